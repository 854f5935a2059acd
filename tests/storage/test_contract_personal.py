"""How users keep their conversations, over every backend."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.model import Conversation, EntryKind, Erasure, HiddenRecord, MemberState, ReadMark, SeqOf
from chatd.storage.base import Store
from chatd.storage.personal import CountPinned, GetHidden, GetReaders, GetRooms, Reader
from chatd.storage.queries import GetMembership, MemberView
from tests.storage.scenes import OTHER, ROOM, ask, entry, item, member, page, post, posts, record, records, stored

KEPT = Conversation(room=ROOM, user="bo", muted_until=7, archived=True, pinned=9, unread=0, draft=3, hidden=2)


def hidden(seq: int, **changes: Any) -> HiddenRecord:
    return evolve(HiddenRecord(room=ROOM, user="bo", seq=seq), **changes)


async def view(store: Store, user: str = "bo") -> Any:
    return await ask(store, GetMembership(ROOM, user))


async def test_a_conversation_comes_with_its_users_membership_alone(store: Store) -> None:
    await store.append(records(record(), member("bo"), member("cy"), KEPT))
    assert await view(store) == MemberView(member("bo"), 0, conversation=KEPT)
    assert (await view(store, "cy")).conversation is None


async def test_a_conversation_is_put_whole(store: Store) -> None:
    await store.append(records(record(), member("bo"), KEPT))
    plain = Conversation(room=ROOM, user="bo")
    await store.append(records(evolve(KEPT, hidden=3), plain))
    assert (await view(store)).conversation == plain


async def test_the_seq_of_a_draft_is_filled_in(store: Store) -> None:
    await store.append([*records(record(), member("bo")), post(1, OTHER)])
    draft = evolve(KEPT, draft=SeqOf(0))
    appended = await store.append([item(entry(2, OTHER, kind=EntryKind.DRAFT), records=[draft])])
    assert (await view(store)).conversation == evolve(KEPT, draft=2)
    [outcome] = appended.outcomes
    assert outcome.records == (evolve(KEPT, draft=2),)  # type: ignore[union-attr]


async def test_an_erased_draft_keeps_its_place_and_its_hash(store: Store) -> None:
    [draft] = stored(await store.append([post(1, kind=EntryKind.DRAFT, counts=False)]))
    await store.append([item(entry(2), records=[Erasure(room=ROOM, seq=1, edited=False)])])
    first = (await page(store)).entries[0]
    assert first == evolve(draft, salt=None, body=None)


async def test_the_list_of_rooms_tells_how_each_is_kept(store: Store) -> None:
    await store.append(records(record(), record(OTHER), member("bo"), member("bo", OTHER), KEPT))
    rows = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert {row.record.room: row.conversation for row in rows} == {ROOM: KEPT, OTHER: None}


@pytest.mark.parametrize(("seq", "is_last"), [(2, False), (3, True)])
async def test_the_list_of_rooms_tells_of_a_last_entry_that_is_hidden(store: Store, seq: int, is_last: bool) -> None:
    await store.append(records(record(), member("bo"), KEPT, hidden(seq), hidden(3, user="cy")))
    await store.append(posts(3))
    [row] = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert row.last_hidden is is_last


@pytest.mark.parametrize(("kind", "is_hidden"), [("edit", True), ("react", True), ("pin", True), ("post", False)])
async def test_an_act_on_a_hidden_post_is_hidden_and_an_answer_to_it_is_not(
    store: Store, kind: str, is_hidden: bool
) -> None:
    await store.append(records(record(), member("bo"), KEPT, hidden(1)))
    await store.append([*posts(1), item(entry(2, kind=EntryKind(kind), target=1))])
    [row] = await ask(store, GetRooms(user="bo", before=None, limit=9))
    assert row.last_hidden is is_hidden


@pytest.mark.parametrize(("first", "last", "seqs"), [(1, 9, (1, 3, 9)), (2, 8, (3,)), (4, 8, ())])
async def test_hidden_entries_are_found_by_their_range(
    store: Store, first: int, last: int, seqs: tuple[int, ...]
) -> None:
    await store.append(records(*[hidden(seq) for seq in (9, 1, 3, 3)], hidden(4, user="cy"), hidden(5, room=OTHER)))
    assert await ask(store, GetHidden(room=ROOM, user="bo", first=first, last=last)) == seqs


async def test_pinned_conversations_are_counted(store: Store) -> None:
    assert await ask(store, CountPinned(user="bo")) == 0
    await store.append(records(KEPT, evolve(KEPT, room=OTHER), evolve(KEPT, user="cy")))
    assert await ask(store, CountPinned(user="bo")) == 2
    await store.append(records(evolve(KEPT, pinned=0)))
    assert await ask(store, CountPinned(user="bo")) == 1


async def test_readers_are_the_present_members_with_what_others_may_know(store: Store) -> None:
    await store.append(
        records(
            record(),
            member("bo", floor=4),
            member("Al", state=MemberState.RESTRICTED),
            member("cy", state=MemberState.INVITED),
            member("di", state=MemberState.LEFT),
            member("ćy"),
            ReadMark(ROOM, "bo", 9, 5),
            ReadMark(ROOM, "ćy", 2),
        )
    )
    readers = (Reader("Al", 1, 0), Reader("bo", 4, 5), Reader("ćy", 1, 2))
    assert await ask(store, GetReaders(room=ROOM, limit=9)) == readers
    assert await ask(store, GetReaders(room=ROOM, limit=2)) == readers[:2]
    assert await ask(store, GetReaders(room=OTHER, limit=9)) == ()


async def test_a_mark_and_what_was_told_of_it_grow_apart(store: Store) -> None:
    await store.append(records(record(), member("bo"), ReadMark(ROOM, "bo", 5)))
    await store.append(records(ReadMark(ROOM, "bo", 8, 5)))
    assert await view(store) == MemberView(member("bo"), 8, told=5)
    await store.append(records(ReadMark(ROOM, "bo", 7)))
    assert await view(store) == MemberView(member("bo"), 8, told=7)
