"""What becomes of posts (clause 8 of `chatd.storage.base`, and the queries about it), over every backend."""

from __future__ import annotations

from attrs import evolve

from chatd.model import EntryKind, Erasure, MessageRecord, NewEntry, ReactionRecord, Record, Tally
from chatd.storage.base import Duplicate, Store
from chatd.storage.personal import GetRooms
from chatd.storage.queries import (
    Change,
    GetEdits,
    GetMessage,
    GetReaction,
    GetReactions,
    GetRoom,
    GetUnread,
    MessageView,
    Page,
)
from tests.storage.scenes import ROOM, ask, entry, item, member, page, posts, record, records, stored, user

NOTHING = MessageRecord(room=ROOM, seq=1)


def edit(number: int, seq: int) -> NewEntry:
    return entry(number, kind=EntryKind.EDIT, target=seq, counts=False)


def reaction(emoji: str, who: str, seq: int = 1, *, on: bool = True) -> ReactionRecord:
    return ReactionRecord(room=ROOM, seq=seq, emoji=emoji, user=who, on=on)


async def test_an_entry_to_which_nothing_was_done_has_a_view_all_the_same(store: Store) -> None:
    await store.append(posts(1))
    assert await ask(store, GetMessage(ROOM, 1)) == MessageView(EntryKind.POST, "ana", 1001, NOTHING)
    assert await ask(store, GetMessage(ROOM, 2)) is None


async def test_what_became_of_a_post_is_what_was_put_last(store: Store) -> None:
    await store.append(posts(1))
    first = evolve(NOTHING, edits=1, reactions=(Tally("x", 2, ("ana", "bo")), Tally("\U0001f44d", 1, ())))
    await store.append(records(first))
    assert (await ask(store, GetMessage(ROOM, 1))).record == first
    await store.append(records(evolve(NOTHING, deleted=True)))
    assert (await ask(store, GetMessage(ROOM, 1))).record == evolve(NOTHING, deleted=True)


async def test_who_reacts_is_told_in_the_order_of_their_bytes_in_pages(store: Store) -> None:
    await store.append(posts(2))
    await store.append(records(*[reaction(emoji, who) for emoji in ("\U0001f44d", "x") for who in ("bo", "ana")]))
    await store.append(records(reaction("x", "bo", 2), reaction("x", "bo", on=False)))
    given = [reaction("x", "ana"), reaction("\U0001f44d", "ana"), reaction("\U0001f44d", "bo")]
    everybody = GetReactions(room=ROOM, seq=1, after=("", ""), limit=9)
    assert await ask(store, everybody) == tuple(given)
    assert await ask(store, evolve(everybody, limit=2)) == tuple(given[:2])
    assert await ask(store, evolve(everybody, after=("x", "ana"))) == tuple(given[1:])
    assert [await ask(store, GetReaction(ROOM, 1, "x", who)) for who in ("ana", "bo", "cy")] == [True, False, False]


async def test_reactions_given_and_taken_back_in_one_batch_end_as_the_last_said(store: Store) -> None:
    await store.append(posts(1))
    await store.append([*records(reaction("x", "ana")), *records(reaction("x", "ana", on=False))])
    assert not await ask(store, GetReaction(ROOM, 1, "x", "ana"))


async def test_an_erasure_takes_body_and_salt_of_a_post_and_of_its_edits_alone(store: Store) -> None:
    await store.append([*posts(2), item(edit(3, 1)), item(edit(4, 2)), item(entry(5, target=1))])
    before = (await page(store)).entries
    await store.append([item(entry(6, kind=EntryKind.DELETE), records=[Erasure(room=ROOM, seq=1, edited=True)])])
    after = (await page(store)).entries
    gone = [evolve(each, body=None, salt=None) if each.seq in (1, 3) else each for each in before]
    assert list(after[:5]) == gone
    assert after[5].body is not None


async def test_what_is_erased_in_the_batch_that_brought_it_is_gone(store: Store) -> None:
    await store.append([*posts(1), item(edit(2, 1)), item(entry(3), records=[Erasure(room=ROOM, seq=1, edited=True)])])
    assert [each.body is None for each in (await page(store)).entries] == [True, True, False]


async def test_an_erasure_forgets_the_reactions_to_the_post(store: Store) -> None:
    await store.append(posts(2))
    await store.append(records(reaction("x", "ana"), reaction("x", "ana", 2)))
    await store.append(records(Erasure(room=ROOM, seq=1, edited=False)))
    assert await ask(store, GetReactions(room=ROOM, seq=1, after=("", ""), limit=9)) == ()
    assert await ask(store, GetReaction(ROOM, 2, "x", "ana"))


async def test_a_repeat_of_an_erased_post_is_a_duplicate(store: Store) -> None:
    await store.append(posts(1))
    await store.append(records(Erasure(room=ROOM, seq=1, edited=False)))
    assert (await store.append(posts(1))).outcomes == (Duplicate(ROOM, 1, 1001),)


async def test_an_erased_post_does_not_count_as_unread_and_its_edits_never_did(store: Store) -> None:
    people: list[Record] = [record(), member("ana"), user("ana")]
    await store.append([*records(*people), *posts(3), item(edit(4, 2))])
    await store.append(records(Erasure(room=ROOM, seq=2, edited=True)))
    assert [await ask(store, GetUnread(room=ROOM, seq=seq)) for seq in range(5)] == [2, 1, 1, 0, 0]
    [row] = await ask(store, GetRooms(user="ana", before=None, limit=9))
    assert row.unread == 2


async def test_a_page_tells_what_became_of_its_entries_with_the_newest_edit(store: Store) -> None:
    entries = stored(await store.append([*posts(3), item(edit(4, 1)), item(edit(5, 1)), item(edit(6, 3))]))
    changed = [evolve(NOTHING, edits=2), evolve(NOTHING, seq=2, deleted=True), evolve(NOTHING, seq=3, edits=1)]
    await store.append(records(*changed))
    assert (await page(store)).changes == ()
    found = await page(store, changes=True, last=2)
    assert found.changes == (Change(changed[0], entries[4]), Change(changed[1], None))


async def test_the_edits_of_a_post_come_oldest_first_within_their_bounds(store: Store) -> None:
    entries = stored(await store.append([*posts(2), *[item(edit(number, 1)) for number in range(3, 7)]]))
    asked = GetEdits(room=ROOM, seq=1, after=0, last=9, entries_max=9, bytes_max=10**6)
    assert await ask(store, asked) == Page(tuple(entries[2:]), None)
    assert await ask(store, evolve(asked, after=3, last=5)) == Page(tuple(entries[3:5]), None)
    assert await ask(store, evolve(asked, entries_max=1)) == Page((entries[2],), None)
    assert await ask(store, evolve(asked, bytes_max=1)) == Page((entries[2],), None)
    assert await ask(store, evolve(asked, seq=2)) == Page((), None)


async def test_the_pins_of_a_room_are_kept_in_their_order(store: Store) -> None:
    await store.append(records(record(pins=(7, 3, 300))))
    assert (await ask(store, GetRoom(ROOM))).record.pins == (7, 3, 300)
