"""What a live room lets go of, and how it ended, is kept over every backend (contract 8)."""

from __future__ import annotations

import pytest

from chatd.model import (
    EntryKind,
    Expiry,
    Item,
    MentionsRecord,
    PollRecord,
    ReactionRecord,
    Record,
    RoomKind,
    VoteRecord,
)
from chatd.rights import Archive
from chatd.storage.base import Store
from chatd.storage.following import GetRanges
from chatd.storage.personal import CountMentions, GetRooms
from chatd.storage.polls import GetVote
from chatd.storage.queries import GetEntries, GetHash, GetMessage, GetReaction, GetRoom
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import OTHER, ROOM, ask, execute, member, post, posts, record, records

LIVE = record(kind=RoomKind.LIVE, expired=3, ended=Archive.STAFF)


async def erased(store: Store) -> list[int]:
    """Return the seqs of the entries whose bodies are gone."""
    page = await ask(store, GetEntries(room=ROOM, first=1, last=99, entries_max=99, bytes_max=1 << 20))
    return [entry.seq for entry in page.entries if entry.body is None and entry.salt is None]


async def fill(store: Store, count: int = 6) -> None:
    await store.append(records(record(kind=RoomKind.LIVE), member("ana")))
    await store.append([post(number) for number in range(1, count + 1)])


def said_of(seq: int, room: bytes = ROOM) -> list[Record]:
    """Return what stands beside a post: whom it mentions, a poll, a vote and a reaction."""
    return [
        MentionsRecord(room=room, seq=seq, users=("bo",), everybody=seq % 2 == 0),
        PollRecord(room=room, seq=seq, multiple=False, closes=None, counts=(1, 0), voters=1),
        VoteRecord(room=room, seq=seq, user="cy", options=(0,)),
        ReactionRecord(room=room, seq=seq, emoji="\u2764", user="di", on=True),
    ]


async def beside(store: Store, seq: int, room: bytes = ROOM) -> tuple[bool, bool, bool, bool]:
    """Return whether a post still mentions somebody, and has a poll, a vote and a reaction."""
    above = [await ask(store, CountMentions(room=room, user="bo", seq=floor)) for floor in (seq - 1, seq)]
    message = await ask(store, GetMessage(room, seq))
    vote = await ask(store, GetVote(room, seq, "cy"))
    reaction = await ask(store, GetReaction(room, seq, "\u2764", "di"))
    return (above[0] > above[1], message.poll is not None, vote != (), reaction)


@pytest.mark.parametrize("ended", [None, *Archive])
async def test_a_room_keeps_what_has_expired_and_how_it_ended(store: Store, ended: Archive | None) -> None:
    there = record(kind=RoomKind.LIVE, expired=7, ended=ended)
    await store.append(records(there, member("bo")))
    assert (await ask(store, GetRoom(ROOM))).record == there
    [row] = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert row.record == there


async def test_an_expiry_takes_the_bodies_of_its_range_but_for_those_spared(store: Store) -> None:
    await fill(store)
    hashes = [await ask(store, GetHash(room=ROOM, seq=seq)) for seq in range(7)]
    await store.append(records(Expiry(room=ROOM, first=2, last=5, spared=(3,))))
    assert await erased(store) == [2, 4, 5]
    assert [await ask(store, GetHash(room=ROOM, seq=seq)) for seq in range(7)] == hashes


async def test_an_expiry_takes_what_was_put_in_its_own_batch(store: Store) -> None:
    await fill(store, 2)
    await store.append([post(3), Item(records=(Expiry(room=ROOM, first=1, last=2**53 - 1),))])
    assert await erased(store) == [1, 2, 3]
    await store.append([post(4)])
    assert await erased(store) == [1, 2, 3]


async def test_an_expiry_takes_what_was_written_and_leaves_facts(store: Store) -> None:
    await fill(store, 1)
    kinds = [EntryKind.EDIT, EntryKind.PIN, EntryKind.SETTINGS, EntryKind.END, EntryKind.MEMBERS]
    await store.append([post(2 + number, kind=kind, counts=False) for number, kind in enumerate(kinds)])
    await store.append(records(Expiry(room=ROOM, first=1, last=99)))
    assert await erased(store) == [1, 2]


async def test_what_has_expired_is_not_unread_nor_in_any_range(store: Store) -> None:
    await fill(store)
    await store.append(records(LIVE, Expiry(room=ROOM, first=1, last=3)))
    [row] = await ask(store, GetRooms(user="ana", before=None, limit=9))
    assert row.unread == 3
    [range_] = await ask(store, GetRanges(user="ana", limit=9))
    assert range_.floor == 4


async def test_a_room_that_has_expired_beyond_somebodys_leaving_is_in_no_range_of_theirs(store: Store) -> None:
    await fill(store)
    await store.append(records(LIVE, member("bo", until=3), member("cy", until=4)))
    assert await ask(store, GetRanges(user="bo", limit=9)) == ()
    assert [each.floor for each in await ask(store, GetRanges(user="cy", limit=9))] == [4]


KEPT, GONE = (True,) * 4, (False,) * 4


@pytest.mark.parametrize("at_once", [False, True])
async def test_an_expiry_ends_what_stood_beside_the_posts_it_takes_alone(store: Store, at_once: bool) -> None:
    facts = [fact for seq in range(1, 7) for fact in said_of(seq)]
    steps = [*posts(6), *posts(2, OTHER), *records(*said_of(2, OTHER)), *records(*facts)]
    steps += records(Expiry(room=ROOM, first=2, last=5, spared=(3,)))
    for batch in [steps] if at_once else [[step] for step in steps]:
        await store.append(batch)
    assert [await beside(store, seq) for seq in range(1, 7)] == [KEPT, GONE, KEPT, GONE, GONE, KEPT]
    assert await beside(store, 2, OTHER) == KEPT


async def test_posts_of_a_stream_that_was_erased_at_its_end_mention_nobody(store: Store) -> None:
    await fill(store)
    await store.append(records(member("bo"), *said_of(2), *said_of(6)))
    [row] = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert row.mentions == 2
    ended = record(kind=RoomKind.LIVE, ended=Archive.NONE)
    await store.append(records(ended, Expiry(room=ROOM, first=1, last=2**53 - 1)))
    [row] = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert row.mentions == 0


@pytest.mark.parametrize("table", ["mentions", "polls", "votes", "reactions"])
async def test_an_expiry_leaves_no_row_of_what_stood_beside_its_posts(sqlite: SqliteStore, table: str) -> None:
    await fill(sqlite)
    await sqlite.append(records(*said_of(2), *said_of(5)))
    assert await execute(sqlite, f"SELECT count(*) > 0 FROM {table}") == [(1,)]
    await sqlite.append(records(Expiry(room=ROOM, first=1, last=5)))
    assert await execute(sqlite, f"SELECT count(*) FROM {table}") == [(0,)]
