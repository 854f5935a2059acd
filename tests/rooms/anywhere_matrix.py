"""Who may do what of the commands that name no room: a table like those of `matrix`."""

from __future__ import annotations

ANYWHERE = """
                            owner    admin    mod      member   readonly asking   invited  left     banned   stranger
5.5  OpenDirect stranger    ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
5.5  OpenDirect oneself     forbid   forbid   forbid   forbid   forbid   forbid   forbid   forbid   forbid   forbid
5.5  OpenDirect nobody      nobody   nobody   nobody   nobody   nobody   nobody   nobody   nobody   nobody   nobody
5.89 SetPresence            ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
5.89 SetPresence nobody     same     same     same     same     same     same     same     same     same     same
5.6  CreateGroup            ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
14.2 Block stranger         ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
14.2 Block oneself          forbid   forbid   forbid   forbid   forbid   forbid   forbid   forbid   forbid   forbid
14.2 Block nobody           nobody   nobody   nobody   nobody   nobody   nobody   nobody   nobody   nobody   nobody
14.19 SetProfile            ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
14.20 Profiles              ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
14.3 Contacts               ok       ok       ok       ok       ok       ok       ok       ok       ok       ok
"""
"""Commands that name no room: what somebody is in a group does not count."""
