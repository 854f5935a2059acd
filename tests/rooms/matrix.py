"""Who may do what where: one table, derived from protocol.md sections 5 and 9.6.

A row is a clause, a command with what it is about, and one answer for each column. A command about a person names that
person's standing: `RemoveMember admin` removes another admin of the group, `Delete admin` deletes a post of one.

`test_matrix.py` and `tests/server/test_matrix.py` ask every cell, of the people and in the rooms of `places`. A new
command brings its rows in GROUP and ELSEWHERE (or in ANYWHERE, if it names no room), and a way to make it in
`places.MAKE`. What is not there fails those tests by name.
"""

from __future__ import annotations

from typing import Any, get_args

from attrs import frozen

from chatd import messages as m
from chatd.messages import Administer, Ask, Command, OperatorCommand
from tests.rooms.broadcast_matrix import BROADCAST

GROUP = """
                            owner    admin    mod      member   readonly asking   invited  left     banned   stranger
5.4  Post                   ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.4  Post media             ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.4  Post mention_all       ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post reply             ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.4  Post ttl               ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.4  Post mention member    ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.4  Post mention readonly  ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.4  Post mention asking    mention  mention  mention  mention  forbid   absent   absent   absent   absent   unknown
5.4  Post mention invited   mention  mention  mention  mention  forbid   absent   absent   absent   absent   unknown
5.4  Post mention left      mention  mention  mention  mention  forbid   absent   absent   absent   absent   unknown
5.4  Post mention banned    mention  mention  mention  mention  forbid   absent   absent   absent   absent   unknown
5.4  Post mention stranger  mention  mention  mention  mention  forbid   absent   absent   absent   absent   unknown
5.4  Post mention nobody    mention  mention  mention  mention  forbid   absent   absent   absent   absent   unknown
5.4  Post forward group     ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.4  Post forward others    origin   origin   origin   origin   forbid   absent   absent   absent   absent   unknown
5.4  Post gated             ok       ok       ok       gate     forbid   absent   absent   absent   absent   unknown
5.7  AddMember stranger     ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.7  AddMember left         ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.7  AddMember invited      ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.7  AddMember asking       ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.7  AddMember banned       ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.7  AddMember owner        same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.7  AddMember member       same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.7  AddMember readonly     same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.7  AddMember nobody       nobody   nobody   nobody   forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember owner     forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember admin     ok       forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember mod       ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember member    ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember readonly  ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember asking    ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember invited   ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember left      same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember banned    same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember stranger  same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.8  RemoveMember oneself   forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.9  Join                   same     same     same     same     same     forbid   ok       forbid   forbid   unknown
5.9  Join public            same     same     same     same     same     ok       ok       ok       forbid   ok
5.10 Leave                  ok       ok       ok       ok       ok       ok       ok       same     same     unknown
5.10 Leave alone            last     ok       ok       ok       ok       ok       ok       same     same     unknown
5.11 SetTitle other         ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.11 SetTitle same          same     same     forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole member mod     ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole member admin   ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole member owner   ok       forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole member member  same     same     forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole mod member     ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole admin member   ok       forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole admin owner    ok       forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole owner member   forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole invited admin  nobody   nobody   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole stranger admin nobody   nobody   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole oneself member ok       ok       ok       same     same     absent   absent   absent   absent   unknown
5.12 SetRole oneself owner  same     forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.12 SetRole alone member   last     ok       ok       same     same     absent   absent   absent   absent   unknown
5.19 History                all      all      all      all      all      none     none     past     past     unknown
5.21 Members                ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.24 Rooms                  listed   listed   listed   listed   listed   hidden   listed   hidden   hidden   hidden
5.27 MarkRead head          ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.27 MarkRead beyond        beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.28 Typing                 ok       ok       ok       ok       forbid       absent   absent   absent   absent   unknown
5.31 Edit own               ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.31 Edit owner             forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.31 Edit member            forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.31 Edit beyond            beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.32 Delete own             ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.32 Delete owner           forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.32 Delete admin           ok       forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.32 Delete mod             ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.32 Delete member          ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.32 Delete readonly        ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.32 Delete left            ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.32 Delete beyond          beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.33 React owner            ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.33 React gated            ok       ok       ok       gate     forbid   absent   absent   absent   absent   unknown
5.33 React beyond           beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.34 Pin owner              ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.34 Pin beyond             beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.35 Versions owner         ok       ok       ok       ok       ok       beyond   beyond   beyond   beyond   unknown
5.37 Reactions owner        ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.41 Search                 found    found    found    found    found    none     none     none     none     unknown
5.46 Restrict owner         forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.46 Restrict admin         ok       forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.46 Restrict mod           ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.46 Restrict member        ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.46 Restrict readonly      ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.46 Restrict invited       nobody   nobody   nobody   forbid   forbid   absent   absent   absent   absent   unknown
5.46 Restrict left          nobody   nobody   nobody   forbid   forbid   absent   absent   absent   absent   unknown
5.46 Restrict stranger      nobody   nobody   nobody   forbid   forbid   absent   absent   absent   absent   unknown
5.46 Restrict oneself       forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban owner              forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban admin              ok       forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban mod                ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban member             ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban readonly           ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban asking             ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban invited            ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban left               ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban banned             same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban stranger           nobody   nobody   nobody   forbid   forbid   absent   absent   absent   absent   unknown
5.47 Ban oneself            forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.48 Unban banned           ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.48 Unban member           same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.48 Unban left             same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.48 Unban stranger         same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.49 SetSettings other      ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.49 SetSettings ttl        ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.49 SetSettings gate       ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.49 SetSettings same       same     same     forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.50 CreateInvite           ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.51 RevokeInvite own       ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.51 RevokeInvite owner     ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.51 RevokeInvite none      same     same     same     forbid   forbid   absent   absent   absent   absent   unknown
5.52 JoinByInvite owner     same     same     same     same     same     ok       ok       ok       forbid   ok
5.52 JoinByInvite none      same     same     same     same     same     invite   invite   invite   forbid   invite
5.53 RequestJoin            same     same     same     same     same     same     same     forbid   forbid   unknown
5.53 RequestJoin open       same     same     same     same     same     same     same     ok       forbid   ok
5.54 Permissions oneself    ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.54 Permissions left       ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.54 Permissions stranger   nobody   nobody   nobody   nobody   nobody   absent   absent   absent   absent   unknown
5.56 Hide owner             ok       ok       ok       ok       ok       beyond   beyond   beyond   beyond   unknown
5.56 Hide first             ok       ok       ok       ok       ok       beyond   beyond   ok       ok       unknown
5.56 Hide beyond            beyond   beyond   beyond   beyond   beyond   beyond   beyond   beyond   beyond   unknown
5.57 SetConversation other  ok       ok       ok       ok       ok       ok       ok       ok       ok       unknown
5.57 SetConversation same   same     same     same     same     same     same     same     same     same     unknown
5.58 SetDraft               ok       ok       ok       ok       ok       ok       ok       ok       ok       unknown
5.58 SetDraft none          same     same     same     same     same     same     same     same     same     unknown
5.59 MarkDelivered head     ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.59 MarkDelivered beyond   beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.60 WhoRead owner          ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.60 WhoRead beyond         beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.74 SetFilter other        ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.74 SetFilter same         same     same     forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.75 AskFilter              ok       ok       forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.79 TransferOwnership mod  ok       forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.79 TransferOwnership owner same    forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.79 TransferOwnership left nobody   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.79 TransferOwnership stranger nobody forbid forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.79 TransferOwnership oneself same  forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.82 Vote                   ok       ok       ok       ok       forbid   absent   absent   absent   absent   unknown
5.82 Vote owner             beyond   beyond   beyond   beyond   forbid   absent   absent   absent   absent   unknown
5.82 Vote beyond            beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.83 ClosePoll              ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.83 ClosePoll owner        forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
5.83 ClosePoll beyond       beyond   beyond   beyond   beyond   beyond   absent   absent   absent   absent   unknown
5.84 Votes owner            ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.90 WatchPresence          ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
5.95 Watch                  kind     kind     kind     kind     kind     kind     kind     kind     kind     unknown
5.96 Unwatch                same     same     same     same     same     same     same     same     same     same
5.97 Cheer                  kind     kind     kind     kind     kind     absent   absent   absent   absent   unknown
5.98 End                    kind     kind     kind     kind     kind     absent   absent   absent   absent   unknown
5.100 Review member         ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.100 Review reject member  ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.100 Review withdraw       ok       ok       ok       ok       ok       ok       ok       ok       ok       unknown
5.101 HeldPosts             ok       ok       ok       ok       ok       absent   absent   absent   absent   unknown
8.4  Subscribe              live     live     live     live     live     closed   closed   closed   closed   unknown
14.8 Report owner           ok       ok       ok       ok       ok       beyond   beyond   beyond   beyond   unknown
14.8 Report own             forbid   forbid   forbid   forbid   forbid   beyond   beyond   beyond   beyond   unknown
14.8 Report beyond          beyond   beyond   beyond   beyond   beyond   beyond   beyond   beyond   beyond   unknown
14.8 Report room            ok       ok       ok       ok       ok       ok       ok       ok       ok       unknown
14.9 Reports                ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
14.12 Evidence none         report   report   report   forbid   forbid   absent   absent   absent   absent   unknown
14.15 Resolve none          report   report   report   forbid   forbid   absent   absent   absent   absent   unknown
"""
"""In one's own group, by one's own standing: `mod` is a moderator, `readonly` is restricted, `asking` has requested."""

ELSEWHERE = """
                     pair     third    self     other's  left     invited  banned   stranger others   never
5.4  Post            ok       unknown  forbid   unknown  absent   absent   absent   unknown  unknown  unknown
5.4  Post mention owner  ok   unknown  forbid   unknown  absent   absent   absent   unknown  unknown  unknown
5.7  AddMember       kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.8  RemoveMember    kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.9  Join            same     unknown  same     unknown  forbid   forbid   forbid   unknown  unknown  unknown
5.10 Leave           kind     unknown  kind     unknown  same     ok       same     unknown  unknown  unknown
5.11 SetTitle        kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.12 SetRole         kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.19 History         all      unknown  all      unknown  past     none     past     unknown  unknown  unknown
5.21 Members         ok       unknown  ok       unknown  absent   absent   absent   unknown  unknown  unknown
5.24 Rooms           listed   hidden   hidden   hidden   hidden   listed   hidden   hidden   hidden   hidden
5.27 MarkRead        ok       unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.28 Typing          ok       unknown  forbid       unknown  absent   absent   absent   unknown  unknown  unknown
5.31 Edit            ok       unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.32 Delete          ok       unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.32 Delete owner    forbid   unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.33 React           ok       unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.34 Pin             ok       unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.35 Versions        ok       unknown  beyond   unknown  beyond   beyond   beyond   unknown  unknown  unknown
5.37 Reactions       ok       unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.41 Search          found    unknown  none     unknown  none     none     none     unknown  unknown  unknown
5.46 Restrict        kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.47 Ban             kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.48 Unban           kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.49 SetSettings     kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.50 CreateInvite    kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.51 RevokeInvite    kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.52 JoinByInvite    same     invite   same     invite   invite   invite   forbid   invite   invite   invite
5.53 RequestJoin     kind     unknown  kind     unknown  forbid   forbid   forbid   unknown  unknown  unknown
5.54 Permissions     ok       unknown  ok       unknown  absent   absent   absent   unknown  unknown  unknown
5.56 Hide            ok       unknown  kind     unknown  beyond   beyond   beyond   unknown  unknown  unknown
5.57 SetConversation ok       unknown  kind     unknown  ok       ok       ok       unknown  unknown  unknown
5.58 SetDraft        ok       unknown  kind     unknown  ok       ok       ok       unknown  unknown  unknown
5.59 MarkDelivered   ok       unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.60 WhoRead         ok       unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.74 SetFilter       kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.75 AskFilter       kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.79 TransferOwnership kind   unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.82 Vote            beyond   unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.83 ClosePoll       beyond   unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.84 Votes           ok       unknown  beyond   unknown  absent   absent   absent   unknown  unknown  unknown
5.90 WatchPresence   ok       unknown  ok       unknown  absent   absent   absent   unknown  unknown  unknown
5.95 Watch           kind     unknown  kind     unknown  kind     kind     kind     unknown  unknown  unknown
5.96 Unwatch         same     same     same     same     same     same     same     same     same     same
5.97 Cheer           kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.98 End             kind     unknown  kind     unknown  absent   absent   absent   unknown  unknown  unknown
5.100 Review         forbid   unknown  forbid   unknown  absent   absent   absent   unknown  unknown  unknown
5.100 Review withdraw beyond  unknown  beyond   unknown  ok       ok       ok       unknown  unknown  unknown
5.101 HeldPosts      ok       unknown  ok       unknown  absent   absent   absent   unknown  unknown  unknown
8.4  Subscribe       live     unknown  live     unknown  closed   closed   closed   unknown  unknown  unknown
14.8 Report owner    ok       unknown  kind     unknown  beyond   beyond   beyond   unknown  unknown  unknown
14.9 Reports         forbid   unknown  forbid   unknown  absent   absent   absent   unknown  unknown  unknown
14.12 Evidence       forbid   unknown  forbid   unknown  absent   absent   absent   unknown  unknown  unknown
14.15 Resolve        forbid   unknown  forbid   unknown  absent   absent   absent   unknown  unknown  unknown
"""
"""In a direct room, as one of the pair and as a third; in the own self room and another's; in a group which everybody
has left, as who left it, is invited to it, was banned from it, and never was in it; in a group of others, asked by
people of every standing in their own; and in a room that never existed."""


@frozen
class Row:
    clause: str
    command: type[Any]
    args: tuple[str, ...]
    answers: dict[str, str]
    """By column."""

    @property
    def label(self) -> str:
        return " ".join((self.command.__name__, *self.args))


def rows(table: str) -> list[Row]:
    """Return the rows of a table."""
    header, *lines = table.strip("\n").splitlines()
    columns = header.split()
    return [_row(line.split(), columns) for line in lines]


def _row(parts: list[str], columns: list[str]) -> Row:
    (clause, name, *args), answers = parts[: -len(columns)], parts[-len(columns) :]
    return Row(clause, getattr(m, name), tuple(args), dict(zip(columns, answers, strict=True)))


def broadcast_rows() -> list[Row]:
    """Return the rows of GROUP as they hold in a broadcast room."""
    others = {row.label: row for row in rows(BROADCAST)}
    return [others.get(row.label, row) for row in rows(GROUP)]


READS = (*get_args(Ask), m.Reports, m.Evidence)
FOR_OPERATORS = (*get_args(OperatorCommand), *get_args(Administer))
COMMANDS = [each for each in get_args(Command) if each not in (m.Ping, *FOR_OPERATORS)]
"""What users do, but for `Ping`."""
