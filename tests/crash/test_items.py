"""Three tellings of one membership: where they differ, an item was torn (D7)."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.messages import RoomSummary
from chatd.model import EntryKind, MemberState as State, Role, RoomId, RoomKind, UserId
from chatd_client import Entry
from tests.crash.items import torn
from tests.crash.reading import Found

ROOM: RoomId = b"r" * 16


def entry(room: RoomId, seq: int, kind: EntryKind, facts: dict[str, Any], sender: UserId = "ana") -> Entry:
    return Entry(
        room=room, seq=seq, kind=kind, sender=sender, key=bytes(16), time=seq, mine=False, posts=0, facts=facts
    )


def created(title: str, **states: str) -> Entry:
    members = [[user, state, "member"] for user, state in states.items()]
    return entry(ROOM, 1, EntryKind.CREATE, {"kind": "group", "title": title, "members": members})


def changed(seq: int, **states: str) -> Entry:
    return entry(ROOM, seq, EntryKind.MEMBERS, {"changes": [[user, each, "member"] for user, each in states.items()]})


def own(seq: int, state: str) -> Entry:
    return entry(b"own", seq, EntryKind.ROOM, {"room": ROOM, "title": "", "state": state})


def listed(title: str) -> dict[RoomId, RoomSummary]:
    return {ROOM: RoomSummary(room=ROOM, kind=RoomKind.GROUP, state=State.MEMBER, role=Role.MEMBER, title=title)}


def seen(room: list[Entry], bo: list[Entry], bo_lists: dict[RoomId, RoomSummary]) -> Found:
    return Found({ROOM: room}, {"bo": bo}, {"bo": bo_lists})


STAYS = seen([created("t", ana="member", bo="member")], [own(1, "member")], listed("t"))
LEFT = seen([created("t", ana="member", bo="member"), changed(2, bo="left")], [own(1, "member"), own(2, "left")], {})
RENAMED = seen(
    [created("t", bo="member"), entry(ROOM, 2, EntryKind.TITLE, {"title": "u"})], [own(1, "member")], listed("u")
)
NEVER_IN = seen([created("t", ana="member")], [], {})


@pytest.mark.parametrize("found", [STAYS, LEFT, RENAMED, NEVER_IN])
def test_what_is_told_alike_is_whole(found: Found) -> None:
    assert torn(found) == []


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (seen(LEFT.rooms[ROOM], [own(1, "member")], {}), "left by the room, member by their self room"),
        (seen(LEFT.rooms[ROOM], LEFT.own["bo"], listed("t")), "by their membership listed: True"),
        (seen(STAYS.rooms[ROOM], STAYS.own["bo"], {}), "by their membership listed: False"),
        (seen(RENAMED.rooms[ROOM], RENAMED.own["bo"], listed("t")), "titled 'u' by its entries, 't' by its record"),
        (seen(STAYS.rooms[ROOM], [own(2, "member")], listed("t")), "is not dense"),
        (Found({}, STAYS.own, {"bo": {}}), "which is no room"),
    ],
)
def test_what_is_told_differently_is_torn(found: Found, says: str) -> None:
    assert any(says in sentence for sentence in torn(found))
