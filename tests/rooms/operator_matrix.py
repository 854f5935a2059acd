"""Who may do what where, as an operator: a table like those of `matrix`, which says what its words mean."""

from __future__ import annotations

AS_OPERATOR = """
                          group    pair     self     never
5.4  Post                 ok       ok       unknown  unknown
5.4  Post media           ok       ok       unknown  unknown
5.4  Post mention_all     ok       ok       unknown  unknown
5.4  Post forward group   ok       ok       unknown  unknown
5.4  Post forward others  ok       ok       unknown  unknown
5.7  AddMember stranger   ok       kind     unknown  unknown
5.7  AddMember banned     ok       kind     unknown  unknown
5.7  AddMember owner      same     kind     unknown  unknown
5.7  AddMember nobody     nobody   kind     unknown  unknown
5.8  RemoveMember owner   ok       kind     unknown  unknown
5.8  RemoveMember alone   last     kind     unknown  unknown
5.8  RemoveMember left    same     kind     unknown  unknown
5.11 SetTitle other       ok       kind     unknown  unknown
5.11 SetTitle same        same     kind     unknown  unknown
5.12 SetRole owner member ok       kind     unknown  unknown
5.12 SetRole alone member last     kind     unknown  unknown
5.12 SetRole member owner ok       kind     unknown  unknown
5.12 SetRole left member  nobody   kind     unknown  unknown
5.31 Edit owner           forbid   forbid   unknown  unknown
5.31 Edit beyond          beyond   beyond   unknown  unknown
5.32 Delete owner         ok       ok       unknown  unknown
5.32 Delete left          ok       ok       unknown  unknown
5.32 Delete beyond        beyond   beyond   unknown  unknown
5.34 Pin owner            ok       ok       unknown  unknown
5.34 Pin beyond           beyond   beyond   unknown  unknown
5.46 Restrict owner       ok       kind     unknown  unknown
5.46 Restrict stranger    nobody   kind     unknown  unknown
5.47 Ban owner            ok       kind     unknown  unknown
5.47 Ban alone            last     kind     unknown  unknown
5.47 Ban banned           same     kind     unknown  unknown
5.48 Unban banned         ok       kind     unknown  unknown
5.48 Unban member         same     kind     unknown  unknown
5.49 SetSettings other    ok       kind     unknown  unknown
5.50 CreateInvite         ok       kind     unknown  unknown
5.51 RevokeInvite owner   ok       kind     unknown  unknown
5.74 SetFilter other      ok       kind     unknown  unknown
5.74 SetFilter same       same     kind     unknown  unknown
5.75 AskFilter            ok       kind     unknown  unknown
5.98 End                  kind     kind     unknown  unknown
5.100 Review member        ok       beyond   unknown  unknown
13.10 Freeze              ok       ok       unknown  unknown
14.6  SetRelation stranger ok       ok       ok       ok
14.6  SetRelation nobody  nobody   nobody   nobody   nobody
14.7  SetAttributes       ok       ok       ok       ok
14.15 Resolve none        report   report   report   report
"""
"""As an operator (13.2), in a group, a direct room, a user's self room, and one that never was. `alone` names the owner
of the group, who is its only one."""
