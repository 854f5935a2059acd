"""Whom users let know of their presence, and when they were there, over every backend."""

from __future__ import annotations

import pytest

from chatd.model import MemberState, PresenceRecord, Role, RoomKind, SeenRecord, Shown
from chatd.storage.base import Store
from chatd.storage.presences import GetPresences, IsKnown, IsPresent, PresenceView
from tests.storage.scenes import OTHER, ROOM, ask, member, record, records


def shows(user: str, shown: Shown) -> PresenceRecord:
    return PresenceRecord(user=user, shown=shown)


async def test_only_those_who_let_anybody_know_are_told_in_the_order_asked(store: Store) -> None:
    await store.append(
        records(shows("ana", Shown.EVERYBODY), shows("bo", Shown.NOBODY), shows("\u0107y", Shown.CONTACTS))
    )
    assert await ask(store, GetPresences(("\u0107y", "di", "bo", "ana"))) == (
        PresenceView("\u0107y", Shown.CONTACTS, 0),
        PresenceView("ana", Shown.EVERYBODY, 0),
    )
    assert await ask(store, GetPresences(())) == ()


async def test_what_was_said_last_holds(store: Store) -> None:
    await store.append(records(shows("ana", Shown.EVERYBODY)))
    await store.append([*records(shows("ana", Shown.NOBODY)), *records(shows("ana", Shown.CONTACTS))])
    assert await ask(store, GetPresences(("ana",))) == (PresenceView("ana", Shown.CONTACTS, 0),)


async def test_the_last_time_only_ever_moves_on(store: Store) -> None:
    await store.append(records(SeenRecord(user="ana", at=7), shows("ana", Shown.CONTACTS)))
    await store.append(records(SeenRecord(user="ana", at=9), SeenRecord(user="ana", at=8)))
    assert await ask(store, GetPresences(("ana",))) == (PresenceView("ana", Shown.CONTACTS, 9),)


async def test_present_is_who_reads_the_room_as_it_grows(store: Store) -> None:
    await store.append(
        records(
            record(), member("ana"), member("bo", state=MemberState.RESTRICTED),
            member("cy", state=MemberState.LEFT, until=3), member("di", state=MemberState.INVITED, until=0),
        )
    )  # fmt: skip
    users = ("ana", "bo", "cy", "di", "ed")
    assert [await ask(store, IsPresent(ROOM, user)) for user in users] == [True, True, False, False, False]
    assert not await ask(store, IsPresent(OTHER, "ana"))


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (RoomKind.GROUP, [True, True, True, False, False, False]),
        (RoomKind.BROADCAST, [True, True, False, False, False, False]),
        (RoomKind.LIVE, [True, True, False, False, False, False]),
    ],
)
async def test_known_is_who_is_present_and_where_members_are_apart_of_the_staff(
    kind: RoomKind, known: list[bool], store: Store
) -> None:
    await store.append(
        records(
            record(kind=kind), member("ana", role=Role.OWNER),
            member("bo", state=MemberState.RESTRICTED, role=Role.MODERATOR), member("cy"),
            member("di", state=MemberState.LEFT, until=3), member("ed", state=MemberState.INVITED, until=0),
        )
    )  # fmt: skip
    users = ("ana", "bo", "cy", "di", "ed", "flo")
    assert [await ask(store, IsKnown(ROOM, user)) for user in users] == known
    assert not await ask(store, IsKnown(OTHER, "ana"))
