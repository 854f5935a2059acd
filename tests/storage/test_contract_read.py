"""What `read` promises (clauses 5 and 6 of `chatd.storage.base`), over every backend."""

from __future__ import annotations

from typing import get_args

import pytest

from chatd import chain
from chatd.model import Head, MemberState, ReadMark
from chatd.storage.base import Store
from chatd.storage.memory import ANSWERS as REFERENCE_ANSWERS
from chatd.storage.queries import (
    FindToken,
    GetEntries,
    GetHash,
    GetHead,
    GetKey,
    GetMembers,
    GetMembership,
    GetRoom,
    GetTokens,
    GetUnread,
    GetUser,
    KeyRow,
    MemberView,
    Page,
    Query,
    RoomState,
)
from chatd.storage.reading import ANSWERS
from tests.storage.scenes import (
    OTHER,
    ROOM,
    ask,
    entry,
    erase,
    item,
    key,
    member,
    page,
    post,
    posts,
    record,
    records,
    stored,
    token,
    user,
)


def test_every_query_has_an_answer() -> None:
    assert set(ANSWERS) == set(REFERENCE_ANSWERS) == set(get_args(Query))


async def test_answers_come_in_the_order_of_the_queries_with_the_commit_they_see(store: Store) -> None:
    await store.append(posts(3))
    answers = await store.read([GetUnread(room=ROOM, seq=2), GetUser("ana"), GetUnread(room=ROOM, seq=1)])
    assert (answers.g, answers.values) == (1, (1, None, 2))


async def test_no_queries_have_no_answers(store: Store) -> None:
    assert (await store.read([])).values == ()


async def test_an_unknown_room_is_none_and_its_head_that_of_an_empty_one(store: Store) -> None:
    assert await ask(store, GetRoom(ROOM)) is None
    assert await ask(store, GetHead(ROOM)) == Head(0, 0, 0, chain.origin(ROOM))


async def test_a_room_is_read_with_its_head(store: Store) -> None:
    await store.append(records(record(pair=("ana", "bo"))))
    empty = Head(0, 0, 0, chain.origin(ROOM))
    assert await ask(store, GetRoom(ROOM)) == RoomState(record(pair=("ana", "bo")), empty)
    last = stored(await store.append(posts(2)))[-1]
    assert (await ask(store, GetRoom(ROOM))).head == Head(2, 1002, 2, last.hash)


async def test_a_membership_is_read_with_its_read_mark(store: Store) -> None:
    await store.append(records(record(), member("bo"), member("cy"), ReadMark(ROOM, "cy", 4)))
    assert await ask(store, GetMembership(ROOM, "ana")) is None
    assert await ask(store, GetMembership(ROOM, "bo")) == MemberView(member("bo"), 0)
    assert await ask(store, GetMembership(ROOM, "cy")) == MemberView(member("cy"), 4)


async def test_a_key_is_read_with_what_tells_a_repeat_from_a_conflict(store: Store) -> None:
    await store.append([item(entry(1), entry(2), digest=b"digest")])
    salt = entry(1).salt
    expected = KeyRow(ROOM, 1, 1001, salt, chain.command_hash(salt, b"digest"))
    assert await ask(store, GetKey(ROOM, "ana", key(1))) == expected
    await erase(store, ROOM, 1)
    assert (await ask(store, GetKey(ROOM, "ana", key(1)))).salt is None


async def test_a_key_is_known_however_much_came_since(store: Store) -> None:
    """There is no window after which a repeat is new (invariant E1)."""
    await store.append([item(entry(1))])
    for number in range(2, 40):
        await store.append([item(entry(number))])
    found = await ask(store, GetKey(ROOM, "ana", key(1)))
    assert isinstance(found, KeyRow)
    assert found.seq == 1


async def test_a_key_is_unknown_in_another_room_or_of_another_sender(store: Store) -> None:
    await store.append([item(entry(1), entry(2))])
    for query in (GetKey(OTHER, "ana", key(1)), GetKey(ROOM, "bo", key(1)), GetKey(ROOM, "ana", key(3))):
        assert await ask(store, query) is None


async def test_the_key_of_a_later_entry_of_an_item_is_that_of_no_command(store: Store) -> None:
    await store.append([item(entry(1), entry(2))])
    assert await ask(store, GetKey(ROOM, "ana", key(2))) == KeyRow(ROOM, 2, 1002, entry(2).salt, None)


async def test_a_token_is_found_by_its_hash_and_by_its_first_bytes(store: Store) -> None:
    await store.append(records(user("ana"), token(3), token(5)))
    assert await ask(store, FindToken(token(3).hash[:8])) == token(3)
    assert await ask(store, FindToken(bytes(8))) is None


async def test_tokens_are_paged_by_their_hash(store: Store) -> None:
    await store.append(records(user("ana"), *[token(first) for first in (5, 1, 4, 2, 3)]))
    assert await ask(store, GetTokens(after=b"", limit=2)) == (token(1), token(2))
    assert await ask(store, GetTokens(after=token(2).hash, limit=9)) == (token(3), token(4), token(5))


async def test_the_hash_at_a_seq_is_known_from_the_origin_to_the_head(store: Store) -> None:
    entries = stored(await store.append(posts(2)))
    hashes = [await ask(store, GetHash(room=ROOM, seq=seq)) for seq in range(4)]
    assert hashes == [chain.origin(ROOM), entries[0].hash, entries[1].hash, None]


async def test_what_counts_as_unread_above_a_seq_is_counted(store: Store) -> None:
    await store.append([post(1), post(2, counts=False), post(3)])
    assert [await ask(store, GetUnread(room=ROOM, seq=seq)) for seq in range(5)] == [2, 1, 1, 0, 0]
    assert await ask(store, GetUnread(room=OTHER, seq=5)) == 0


@pytest.mark.parametrize(("first", "last", "seqs"), [(2, 4, [2, 3, 4]), (0, 1, [1]), (4, 99, [4, 5]), (6, 9, [])])
async def test_a_page_holds_the_range_as_far_as_there_is_one(
    store: Store, first: int, last: int, seqs: list[int]
) -> None:
    await store.append(posts(5))
    for newest in (False, True):
        found = await page(store, first=first, last=last, newest=newest)
        assert [each.seq for each in found.entries] == seqs


@pytest.mark.parametrize(("newest", "seqs"), [(False, [2, 3]), (True, [4, 5])])
async def test_a_page_ends_at_its_most_entries(store: Store, newest: bool, seqs: list[int]) -> None:
    await store.append(posts(6))
    found = await page(store, first=2, last=5, entries_max=2, newest=newest)
    assert [each.seq for each in found.entries] == seqs


@pytest.mark.parametrize(("newest", "seqs"), [(False, [1, 2]), (True, [3, 4])])
async def test_a_page_ends_at_its_most_bytes(store: Store, newest: bool, seqs: list[int]) -> None:
    await store.append([post(number, body=bytes(100)) for number in range(1, 5)])
    two = 2 * (256 + 100)
    assert [each.seq for each in (await page(store, bytes_max=two, newest=newest)).entries] == seqs
    assert len((await page(store, bytes_max=two - 1, newest=newest)).entries) == 1


@pytest.mark.parametrize("newest", [False, True])
async def test_a_page_is_never_empty_for_its_bounds(store: Store, newest: bool) -> None:
    await store.append(posts(3))
    assert len((await page(store, bytes_max=1, newest=newest)).entries) == 1
    assert len((await page(store, entries_max=0, newest=newest)).entries) == 1


async def test_a_stub_counts_no_body(store: Store) -> None:
    await store.append([post(1, body=bytes(1000)), post(2, body=b"")])
    await erase(store, ROOM, 1)
    assert len((await page(store, bytes_max=512)).entries) == 2


async def test_a_page_names_the_hash_before_it(store: Store) -> None:
    entries = stored(await store.append(posts(4)))
    assert (await page(store)).before == chain.origin(ROOM)
    assert (await page(store, first=3)).before == entries[1].hash
    assert (await page(store, newest=True, entries_max=1)).before == entries[2].hash
    assert await page(store, first=5) == Page((), None)


async def test_members_come_in_the_order_of_their_bytes_without_those_who_left(store: Store) -> None:
    names = ["ó", "z", "Z", "\U0001f600", "a", "\uffee"]
    left = member("gone", state=MemberState.LEFT)
    banned = member("banned", state=MemberState.BANNED)
    await store.append(records(record(), *[member(name) for name in names], left, banned))
    found = await ask(store, GetMembers(room=ROOM, after="", limit=99))
    assert [each.user for each in found] == ["Z", "a", "banned", "z", "ó", "\uffee", "\U0001f600"]


async def test_members_are_paged(store: Store) -> None:
    await store.append(records(record(), record(OTHER), *[member(name) for name in "abcde"], member("f", OTHER)))
    assert await ask(store, GetMembers(room=ROOM, after="b", limit=2)) == (member("c"), member("d"))
    assert await ask(store, GetMembers(room=ROOM, after="d", limit=2)) == (member("e"),)


async def test_a_read_sees_all_of_the_last_commit(store: Store) -> None:
    await store.append([item(entry(1), entry(2, OTHER), records=[record(), member("bo")])])
    answers = await store.read(
        [
            GetHead(ROOM),
            GetHead(OTHER),
            GetMembership(ROOM, "bo"),
            GetEntries(room=OTHER, first=1, last=1, entries_max=1, bytes_max=1),
        ]
    )
    heads = answers.values[:2]
    assert [head.seq for head in heads if isinstance(head, Head)] == [1, 1]
    assert answers.values[2] == MemberView(member("bo"), 0)
    assert isinstance(answers.values[3], Page)
    assert answers.values[3].entries[0].seq == 1
