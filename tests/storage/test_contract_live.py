"""What a live room lets go of, and how it ended, is kept over every backend (contract 8)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from attrs import evolve

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
from chatd.storage.following import GetAged, GetCommits, GetErasing, GetRanges
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


async def test_an_expiry_takes_the_edits_of_its_posts_and_leaves_those_of_posts_that_are_spared(store: Store) -> None:
    await fill(store, 4)
    edits = {5: 1, 6: 2, 7: 3, 8: 4, 9: 2}
    edit = partial(post, kind=EntryKind.EDIT, counts=False)
    await store.append([edit(seq, target=target) for seq, target in edits.items()])
    await store.append([post(10, OTHER), edit(11, OTHER, target=2)])
    await store.append(records(Expiry(room=ROOM, first=2, last=3, spared=(1, 3))))
    assert await erased(store) == [2, 6, 9]
    await store.append(records(Expiry(room=ROOM, first=4, last=8, spared=(1, 3))))
    assert await erased(store) == [2, 4, 6, 8, 9]
    await store.append(records(Expiry(room=ROOM, first=3, last=3)))
    assert await erased(store) == [2, 3, 4, 6, 7, 8, 9]
    elsewhere = await ask(store, GetEntries(room=OTHER, first=1, last=9, entries_max=9, bytes_max=9999))
    assert all(entry.body for entry in elsewhere.entries)


async def test_an_expiry_takes_what_is_left_of_edits_whose_post_went_before(store: Store) -> None:
    await fill(store, 1)
    await store.append(records(Expiry(room=ROOM, first=1, last=1)))
    await store.append([post(2, kind=EntryKind.EDIT, target=1, counts=False)])
    await store.append(records(Expiry(room=ROOM, first=2, last=2)))
    assert await erased(store) == [1, 2]


async def test_rooms_of_which_bodies_are_left_to_erase_are_found_in_pages(store: Store) -> None:
    rooms = [bytes([number]) * 16 for number in range(1, 5)]
    left = {rooms[0]: 0, rooms[1]: None, rooms[2]: 512, rooms[3]: 7}
    there = [record(room, kind=RoomKind.LIVE, ended=Archive.NONE, erasing=at) for room, at in left.items()]
    await store.append(records(*there))
    assert (await ask(store, GetRoom(rooms[2]))).record.erasing == 512
    assert await ask(store, GetErasing(after=b"", limit=2)) == (rooms[0], rooms[2])
    assert await ask(store, GetErasing(after=rooms[2], limit=2)) == (rooms[3],)
    assert await ask(store, GetErasing(after=rooms[3], limit=2)) == ()


async def test_of_what_is_still_to_be_erased_the_order_of_commits_has_stubs(store: Store) -> None:
    await fill(store, 2)
    await store.append([post(3, kind=EntryKind.EDIT, target=1, counts=False), post(4, kind=EntryKind.TITLE)])
    await store.append([post(5, OTHER)])
    asked = GetCommits(after=0, entries_max=9, bytes_max=1 << 20)
    before = (await ask(store, asked)).entries
    await store.append(records(record(kind=RoomKind.LIVE, ended=Archive.NONE, erasing=0)))
    after = (await ask(store, asked)).entries
    assert [each.body is None and each.salt is None for each in after] == [True, True, True, False, False]
    assert [evolve(each, body=None, salt=None) for each in before] == [
        evolve(each, body=None, salt=None) for each in after
    ]
    assert await erased(store) == []


async def test_streams_under_way_tell_how_old_is_what_they_keep(store: Store) -> None:
    rooms = {number: bytes([number]) * 16 for number in range(1, 7)}
    kept: dict[int, dict[str, Any]] = {
        1: {},
        2: {"expired": 2},
        3: {"ended": Archive.ALL},
        4: {"kind": RoomKind.GROUP},
        5: {"expired": 3},
    }
    for number, changes in kept.items():
        await store.append(records(record(rooms[number], **{"kind": RoomKind.LIVE, **changes})))
        await store.append([post(10 * number + each, rooms[number], time=each) for each in (1, 2, 3)])
    await store.append(records(record(rooms[6], kind=RoomKind.LIVE)))

    async def aged(before: int, most: int = 9, after: bytes = b"", limit: int = 9) -> list[tuple[int, int, int]]:
        found = await ask(store, GetAged(before=before, most=most, after=after, limit=limit))
        return [(each.room[0], each.oldest, each.last) for each in found]

    assert await aged(0) == [(1, 1, 0), (2, 3, 0)]
    assert await aged(3) == [(1, 1, 2), (2, 3, 0)]
    assert await aged(9) == [(1, 1, 3), (2, 3, 3)]
    assert await aged(9, most=2) == [(1, 1, 2), (2, 3, 3)]
    assert await aged(9, limit=1) == [(1, 1, 3)]
    assert await aged(9, after=rooms[1]) == [(2, 3, 3)]


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
