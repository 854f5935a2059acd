"""What is read of users by who administers them, over every backend."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.model import MemberState, Role, RoomKind
from chatd.storage import accounts_rows
from chatd.storage.accounts import Bearer, GetBearer, GetHeir, GetLeaving, GetStandings, GetUsers
from chatd.storage.base import Store
from chatd.storage.queries import GetRoom, GetUser
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import OTHER, ROOM, ask, member, record, records, scanned, token, user

CLOSED = evolve(user("bo"), closed=9)


async def test_a_user_is_closed_once_the_record_says_so(store: Store) -> None:
    await store.append(records(user("bo")))
    await store.append(records(CLOSED))
    assert await ask(store, GetUser("bo")) == CLOSED


async def test_users_are_listed_by_the_bytes_of_their_names(store: Store) -> None:
    names = ["ana", "zoë", "zo\U0001f600", "zo\uffee", "Bo"]
    await store.append(records(*map(user, names), CLOSED))
    listed = await ask(store, GetUsers(after="", limit=9))
    assert [each.user for each in listed] == sorted([*names, "bo"], key=str.encode)
    assert CLOSED in listed
    assert await ask(store, GetUsers(after="", limit=2)) == listed[:2]
    assert await ask(store, GetUsers(after=listed[3].user, limit=9)) == listed[4:]


async def test_a_token_comes_with_its_user(store: Store) -> None:
    await store.append(records(user("ana"), CLOSED, token(1), token(2, "bo")))
    assert await ask(store, GetBearer(token(1).hash)) == Bearer(token(1), user("ana"))
    assert await ask(store, GetBearer(token(2).hash)) == Bearer(token(2, "bo"), CLOSED)
    assert await ask(store, GetBearer(token(3).hash)) is None


async def test_who_has_still_to_be_taken_out_of_rooms_is_found(store: Store) -> None:
    leaving = [evolve(CLOSED, user=name, leaving=True) for name in ("zoë", "bo", "cy")]
    await store.append(records(user("ana"), evolve(CLOSED, user="di"), *leaving))
    assert await ask(store, GetLeaving(limit=9)) == (leaving[1], leaving[2], leaving[0])
    assert await ask(store, GetLeaving(limit=1)) == (leaving[1],)
    await store.append(records(CLOSED))
    assert await ask(store, GetLeaving(limit=9)) == (leaving[2], leaving[0])


async def test_where_a_user_takes_part_is_found_by_room_without_direct_ones(store: Store) -> None:
    states = [*MemberState]
    rooms = [bytes([number]) * 16 for number, _ in enumerate(states, 1)]
    kept = [member("bo", room, state) for room, state in zip(rooms, states, strict=True)]
    direct = record(ROOM, kind=RoomKind.DIRECT, pair=("ana", "bo"))
    people = [*kept, member("ana", rooms[0]), member("bo", ROOM)]
    await store.append(records(*map(record, rooms), direct, *people))
    taking_part = tuple([each for each in kept if each.state not in ("left", "banned")])
    assert await ask(store, GetStandings(user="bo", after=b"", limit=9)) == taking_part
    assert await ask(store, GetStandings(user="bo", after=b"", limit=1)) == taking_part[:1]
    assert await ask(store, GetStandings(user="bo", after=taking_part[0].room, limit=9)) == taking_part[1:]


async def test_the_heir_is_the_highest_then_the_longest_there_then_the_lowest_by_name(store: Store) -> None:
    people = [
        member("ada", role=Role.OWNER),
        member("cy", role=Role.ADMIN, floor=9),
        member("di", role=Role.ADMIN, floor=4),
        member("bo", role=Role.ADMIN, floor=4),
        member("eve", floor=1),
        member("fay", state=MemberState.LEFT, role=Role.OWNER),
        member("gus", OTHER, role=Role.OWNER),
    ]
    await store.append(records(record(), record(OTHER), *people))
    heirs = [await ask(store, GetHeir(ROOM, "ada"))]
    for gone in ("bo", "di", "cy"):
        await store.append(records(member(gone, state=MemberState.LEFT)))
        heirs.append(await ask(store, GetHeir(ROOM, "ada")))
    assert heirs == [("bo",), ("di",), ("cy",), ("eve",)]
    assert await ask(store, GetHeir(OTHER, "gus")) == ()


async def test_a_room_is_frozen_until_its_record_says_otherwise(store: Store) -> None:
    await store.append(records(evolve(record(), frozen=True)))
    assert (await ask(store, GetRoom(ROOM))).record.frozen
    await store.append(records(record()))
    assert not (await ask(store, GetRoom(ROOM))).record.frozen


@pytest.mark.parametrize("statement", ["USERS", "BEARER", "STANDINGS", "HEIR"])
async def test_no_statement_goes_through_a_whole_table(sqlite: SqliteStore, statement: str) -> None:
    assert await scanned(sqlite, getattr(accounts_rows, statement)) == []


async def test_of_all_users_those_alone_are_looked_at_who_are_leaving(sqlite: SqliteStore) -> None:
    assert await scanned(sqlite, accounts_rows.LEAVING) == ["SCAN users USING INDEX users_leaving"]


async def test_what_was_closed_stays_so_whatever_is_put_later(store: Store) -> None:
    leaving = evolve(CLOSED, leaving=True)
    await store.append(records(leaving))
    await store.append(records(user("bo"), evolve(user("bo"), closed=30, leaving=True)))
    assert await ask(store, GetUser("bo")) == leaving
    await store.append(records(evolve(user("bo"), closed=40)))
    assert await ask(store, GetUser("bo")) == CLOSED


async def test_what_was_revoked_stays_so_whatever_is_put_later(store: Store) -> None:
    revoked = evolve(user("bo"), revoked_until=30)
    await store.append(records(revoked, token(1, "bo")))
    await store.append(records(user("bo"), evolve(user("bo"), revoked_until=20)))
    assert await ask(store, GetUser("bo")) == revoked
    assert await ask(store, GetBearer(token(1).hash)) == Bearer(token(1, "bo"), revoked)
    assert await ask(store, GetUsers(after="", limit=9)) == (revoked,)
    await store.append(records(evolve(user("bo"), revoked_until=40)))
    assert await ask(store, GetUser("bo")) == evolve(revoked, revoked_until=40)
