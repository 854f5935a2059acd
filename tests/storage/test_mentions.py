"""How often a user is mentioned in a room (`CountMentions`), over every backend."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.limits import MENTIONS_COUNTED_MAX
from chatd.model import Erasure, MemberState, MentionsRecord, ReadMark, SeqOf
from chatd.storage import mentions
from chatd.storage.base import Store, Stored
from chatd.storage.personal import CountMentions, GetRooms
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import OTHER, ROOM, ask, entry, item, member, posts, record, records, scanned

CALLS_BO = MentionsRecord(room=ROOM, seq=2, users=("bo", "cy"))
CALLS_ALL = MentionsRecord(room=ROOM, seq=3, everybody=True)


async def counted(store: Store, user: str = "bo", seq: int = 0) -> Any:
    return await ask(store, CountMentions(room=ROOM, user=user, seq=seq))


async def test_the_posts_above_a_seq_are_counted_that_mention_a_user_or_everybody(store: Store) -> None:
    await store.append([*posts(4), *records(CALLS_BO, CALLS_ALL, evolve(CALLS_BO, room=OTHER))])
    assert [await counted(store, user) for user in ("ana", "bo", "cy")] == [1, 2, 2]
    assert [await counted(store, seq=seq) for seq in (1, 2, 3)] == [2, 1, 0]


async def test_a_post_that_mentions_a_user_and_everybody_counts_once(store: Store) -> None:
    await store.append([*posts(2), *records(evolve(CALLS_BO, everybody=True))])
    assert await counted(store) == 1


async def test_the_seq_of_a_post_that_mentions_somebody_is_filled_in(store: Store) -> None:
    await store.append(posts(1))
    appended = await store.append([item(entry(2), records=[evolve(CALLS_BO, seq=SeqOf(0))])])
    [outcome] = appended.outcomes
    assert isinstance(outcome, Stored)
    assert outcome.records == (CALLS_BO,)
    assert [await counted(store, seq=seq) for seq in (1, 2)] == [1, 0]


@pytest.mark.parametrize("at_once", [False, True])
async def test_an_edit_mentions_whom_it_does_in_the_place_of_those_before(store: Store, at_once: bool) -> None:
    first, second = evolve(CALLS_BO, edit=1, users=("cy", "di")), evolve(CALLS_BO, edit=2, users=("di",))
    steps = [*posts(2), *records(CALLS_BO), *records(first), *records(second)]
    for batch in [steps] if at_once else [[step] for step in steps]:
        await store.append(batch)
    assert [await counted(store, user) for user in ("bo", "cy", "di")] == [0, 0, 1]


async def test_an_edit_that_mentions_nobody_takes_all_back(store: Store) -> None:
    await store.append([*posts(3), *records(CALLS_BO, CALLS_ALL)])
    await store.append(records(evolve(CALLS_ALL, edit=1, everybody=False)))
    assert [await counted(store, user) for user in ("ana", "bo")] == [0, 1]


@pytest.mark.parametrize("at_once", [False, True])
async def test_who_is_mentioned_in_a_post_is_forgotten_with_it(store: Store, at_once: bool) -> None:
    steps = [*posts(3), *records(CALLS_BO, CALLS_ALL), *records(Erasure(room=ROOM, seq=2, edited=False))]
    for batch in [steps] if at_once else [[step] for step in steps]:
        await store.append(batch)
    assert [await counted(store, user) for user in ("ana", "bo")] == [1, 1]


async def test_no_more_are_counted_than_are_told_of(store: Store) -> None:
    most = MENTIONS_COUNTED_MAX
    calls = [evolve(CALLS_BO, seq=seq) for seq in range(1, most + 2)]
    await store.append(records(*calls, *[evolve(CALLS_ALL, seq=seq) for seq in range(most, 2 * most)]))
    assert [await counted(store, seq=seq) for seq in (0, most - 1, most, 2 * most - 2)] == [most, most, most - 1, 1]


@pytest.mark.parametrize(("read", "found"), [(None, 2), (1, 2), (2, 1), (3, 0)])
async def test_the_list_of_rooms_tells_of_mentions_above_the_read_mark(
    store: Store, read: int | None, found: int
) -> None:
    marks = [] if read is None else [ReadMark(ROOM, "bo", read)]
    await store.append([*records(record(), member("bo")), *posts(3), *records(CALLS_BO, CALLS_ALL, *marks)])
    [row] = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert row.mentions == found


@pytest.mark.parametrize(("state", "found"), [(MemberState.MEMBER, 1), (MemberState.INVITED, 0)])
async def test_nothing_below_the_floor_is_told_of_and_nothing_to_who_is_invited(
    store: Store, state: MemberState, found: int
) -> None:
    await store.append([*records(record(), member("bo", state=state, floor=3)), *posts(3)])
    await store.append(records(CALLS_BO, CALLS_ALL))
    [row] = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert row.mentions == found


@pytest.mark.parametrize("statement", ["PUT_MENTION", "FORGET_OLDER", "FORGET_MENTIONS", "MENTIONS_EXPIRE", "COUNT"])
async def test_no_statement_goes_through_a_whole_table(sqlite: SqliteStore, statement: str) -> None:
    assert await scanned(sqlite, getattr(mentions, statement)) == []
