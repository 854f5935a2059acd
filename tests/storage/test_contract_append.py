"""What `append` promises (clauses 1 to 4 of `chatd.storage.base`), over every backend."""

from __future__ import annotations

import pytest

from chatd import chain
from chatd.model import EntryKind, Head, HeadPlus, Item, MemberState, ReadMark, SeqOf
from chatd.storage.base import Conflict, Duplicate, Store, Stored, StoreError
from chatd.storage.queries import FindToken, GetHead, GetMembership, GetRoom, GetUser
from tests.storage.scenes import (
    EPOCH,
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


async def test_a_new_store_has_the_epoch_it_was_given_and_no_commit(store: Store) -> None:
    assert (store.epoch, store.g) == (EPOCH, 0)


async def test_seqs_are_dense_in_batch_order_over_batches(store: Store) -> None:
    first = stored(await store.append([post(1), post(2, OTHER), post(3)]))
    second = stored(await store.append([post(4), post(5, OTHER)]))
    assert [(each.room, each.seq) for each in first + second] == [
        (ROOM, 1),
        (OTHER, 1),
        (ROOM, 2),
        (ROOM, 3),
        (OTHER, 2),
    ]


async def test_time_never_goes_back_within_a_room(store: Store) -> None:
    first = stored(await store.append([post(1, time=50), post(2, time=40)]))
    second = stored(await store.append([post(3, time=30), post(4, time=60), post(5, OTHER, time=10)]))
    assert [each.time for each in first + second] == [50, 50, 50, 60, 10]


async def test_posts_counts_the_entries_that_count_as_unread(store: Store) -> None:
    await store.append([post(1), post(2, counts=False)])
    entries = stored(await store.append([post(3, counts=False), post(4), post(5)]))
    assert [each.posts for each in entries] == [1, 2, 3]


async def test_every_commit_has_the_next_number_and_its_entries_carry_it(store: Store) -> None:
    first = await store.append([post(1), post(2)])
    second = await store.append(records(record()))
    third = await store.append([])
    fourth = await store.append([post(3), post(1)])
    assert [each.g for each in (first, second, third, fourth)] == [1, 2, 3, 4]
    assert [each.g for each in (await page(store)).entries] == [1, 1, 4]
    assert store.g == 4


@pytest.mark.parametrize("last", [post(2), records(record())[0], post(1)], ids=["post", "record", "duplicate"])
async def test_the_number_of_the_last_commit_survives_a_reopen(store: Store, last: Item) -> None:
    await store.append([post(1)])
    await store.append([last])
    await store.reopen()
    assert store.g == 2


async def test_what_append_returns_is_what_is_read(store: Store) -> None:
    entries = stored(await store.append([post(1), post(2, kind=EntryKind.TITLE, target=1), post(3, sender="bo")]))
    assert (await page(store)).entries == tuple(entries)
    last = entries[-1]
    assert await ask(store, GetHead(ROOM)) == Head(3, last.time, last.posts, last.hash)


async def test_the_chain_covers_header_and_body_of_every_entry(store: Store) -> None:
    await store.append(posts(2))
    await store.append([post(3, sender="bo", target=1)])
    linked = chain.origin(ROOM)
    for each in (await page(store)).entries:
        assert each.salt is not None
        assert each.body is not None
        assert each.body_hash == chain.body_hash(each.salt, each.body)
        header = (each.room, each.seq, each.kind.value, each.sender, each.key, each.time, each.target)
        linked = chain.link(linked, header, each.body_hash)
        assert each.hash == linked


async def test_a_target_may_be_the_seq_of_an_entry_of_its_own_item(store: Store) -> None:
    await store.append(posts(3))
    (outcome,) = (await store.append([item(entry(4), entry(5, OTHER), entry(6, target=SeqOf(0)))])).outcomes
    assert isinstance(outcome, Stored)
    last = outcome.entries[2]
    assert last.target == 4
    header = (last.room, last.seq, last.kind.value, last.sender, last.key, last.time, 4)
    assert last.hash == chain.link(outcome.entries[0].hash, header, last.body_hash)


async def test_a_membership_may_begin_and_end_at_an_entry_of_its_own_item(store: Store) -> None:
    await store.append(posts(3))
    joined, gone = member("bo", floor=SeqOf(0)), member("cy", state=MemberState.LEFT, floor=1, until=SeqOf(1))
    appended = await store.append([item(entry(4), entry(5), records=[record(), joined, gone])])
    outcome = appended.outcomes[0]
    assert isinstance(outcome, Stored)
    filled = (member("bo", floor=4), member("cy", state=MemberState.LEFT, floor=1, until=5))
    assert outcome.records == (record(), *filled)
    for each in filled:
        assert (await ask(store, GetMembership(ROOM, each.user))).membership == each


async def test_a_membership_may_begin_behind_the_head_of_its_room_and_end_at_it(store: Store) -> None:
    await store.append([*posts(3), *records(record())])
    joined = member("bo", floor=HeadPlus(1))
    gone = member("cy", state=MemberState.LEFT, floor=1, until=HeadPlus(0))
    came = [item(entry(4, OTHER), records=[joined]), post(5), item(entry(6, OTHER), records=[gone])]
    outcomes = (await store.append(came)).outcomes
    filled = (member("bo", floor=4), member("cy", state=MemberState.LEFT, floor=1, until=4))
    told = [outcome.records for outcome in outcomes if isinstance(outcome, Stored)]
    assert told == [(filled[0],), (), (filled[1],)]
    for each in filled:
        assert (await ask(store, GetMembership(ROOM, each.user))).membership == each


async def test_the_head_that_a_membership_refers_to_counts_the_entries_of_its_own_item(store: Store) -> None:
    joined = member("bo", floor=HeadPlus(1))
    await store.append([item(entry(1), entry(2), records=[record(), joined])])
    assert (await ask(store, GetMembership(ROOM, "bo"))).membership == member("bo", floor=3)


async def test_a_repeat_is_answered_with_the_first_place_and_stores_nothing(store: Store) -> None:
    await store.append([post(1, time=50), post(2)])
    appended = await store.append([post(2, time=9000), post(1, time=9000, salt=bytes(16))])
    assert appended.outcomes == (Duplicate(ROOM, 2, 1002), Duplicate(ROOM, 1, 50))
    assert (await ask(store, GetHead(ROOM))).seq == 2


async def test_a_repeat_within_one_batch_is_a_duplicate_of_the_first(store: Store) -> None:
    first, *others = (await store.append([post(1, time=50), post(1, time=60), post(1)])).outcomes
    assert isinstance(first, Stored)
    assert others == [Duplicate(ROOM, 1, 50)] * 2


async def test_the_same_key_on_another_command_is_a_conflict(store: Store) -> None:
    await store.append([post(1)])
    appended = await store.append([post(1, digest=b"another"), post(2), post(2, digest=b"another")])
    assert [type(outcome) for outcome in appended.outcomes] == [Conflict, Stored, Conflict]
    assert (await ask(store, GetHead(ROOM))).seq == 2


async def test_a_key_is_one_senders_in_one_room(store: Store) -> None:
    appended = await store.append([post(1), post(1, sender="bo"), post(1, OTHER)])
    assert len(stored(appended)) == 3
    again = await store.append([post(1, OTHER), post(1, sender="bo"), post(1, OTHER, sender="bo")])
    assert [type(outcome) for outcome in again.outcomes] == [Duplicate, Duplicate, Stored]


async def test_a_duplicate_and_a_conflict_put_no_records(store: Store) -> None:
    await store.append([item(entry(1), records=[record(title="first")])])
    repeat = item(entry(1), records=[record(title="second")])
    conflict = item(entry(1), records=[record(title="third"), member("bo")], digest=b"another")
    await store.append([repeat, conflict])
    assert (await ask(store, GetRoom(ROOM))).record.title == "first"
    assert await ask(store, GetMembership(ROOM, "bo")) is None


async def test_the_other_items_of_a_batch_with_a_repeat_go_on(store: Store) -> None:
    await store.append([post(1)])
    appended = await store.append([post(2), post(1), post(3)])
    assert [type(outcome) for outcome in appended.outcomes] == [Stored, Duplicate, Stored]
    assert [each.key for each in (await page(store)).entries] == [key(1), key(2), key(3)]


async def test_a_repeat_of_an_item_of_many_entries_is_one_duplicate(store: Store) -> None:
    whole = item(entry(1), entry(2, OTHER), entry(3, OTHER))
    await store.append([whole])
    assert (await store.append([whole])).outcomes == (Duplicate(ROOM, 1, 1001),)
    assert (await ask(store, GetHead(OTHER))).seq == 2


async def test_a_repeat_of_an_erased_entry_is_a_duplicate_uncompared(store: Store) -> None:
    await store.append([post(1)])
    await erase(store, ROOM, 1)
    assert (await store.append([post(1, digest=b"another")])).outcomes == (Duplicate(ROOM, 1, 1001),)


async def test_an_erased_entry_keeps_its_place_in_the_chain(store: Store) -> None:
    before = stored(await store.append(posts(2)))
    await erase(store, ROOM, 1)
    stub = (await page(store)).entries[0]
    assert (stub.salt, stub.body) == (None, None)
    assert (stub.body_hash, stub.hash) == (before[0].body_hash, before[0].hash)


async def test_the_key_of_a_later_entry_is_no_commands_key(store: Store) -> None:
    await store.append([item(entry(1), entry(2))])
    appended = await store.append([post(2), item(entry(3), entry(4)), post(4)])
    assert [type(outcome) for outcome in appended.outcomes] == [Conflict, Stored, Conflict]


async def test_the_key_of_a_later_entry_is_none_after_its_erasure_either(store: Store) -> None:
    await store.append([item(entry(1), entry(2))])
    await erase(store, ROOM, 2)
    assert (await store.append([post(2)])).outcomes == (Conflict(),)


@pytest.mark.parametrize("taken_before", [True, False])
async def test_an_item_whose_later_key_is_taken_is_a_conflict_and_the_others_go_on(
    store: Store, taken_before: bool
) -> None:
    await store.append([post(1)])
    batch = [post(2), item(entry(3), entry(1 if taken_before else 2)), post(4)]
    appended = await store.append(batch)
    assert [type(outcome) for outcome in appended.outcomes] == [Stored, Conflict, Stored]
    assert [each.key for each in (await page(store)).entries] == [key(1), key(2), key(4)]


async def test_after_a_failed_commit_nothing_is_answered_until_reopen(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.append(records(member("bo")))
    with pytest.raises(StoreError):
        await store.append([post(1)])
    with pytest.raises(StoreError):
        await store.read([GetHead(ROOM)])
    await store.reopen()
    assert stored(await store.append([post(1)]))[0].seq == 1


async def test_a_failed_commit_leaves_nothing_behind(store: Store) -> None:
    await store.append([item(entry(1), records=[record(title="old"), ReadMark(ROOM, "ana", 1)])])
    batch = [item(entry(2), records=[record(title="new"), ReadMark(ROOM, "ana", 2), token(1, "nobody")])]
    with pytest.raises(StoreError):
        await store.append(batch)
    await store.reopen()
    assert (await ask(store, GetRoom(ROOM))).record.title == "old"
    assert (await ask(store, GetRoom(ROOM))).head.seq == 1
    assert await ask(store, FindToken(token(1).hash[:8])) is None
    assert [type(outcome) for outcome in (await store.append([post(2)])).outcomes] == [Stored]


async def test_records_may_come_before_what_they_refer_to(store: Store) -> None:
    await store.append([*records(member("bo")), *records(record()), *records(token(1), user("ana"))])
    assert (await ask(store, GetMembership(ROOM, "bo"))).membership == member("bo")
    assert await ask(store, FindToken(token(1).hash[:8])) == token(1)


async def test_a_record_is_put_whole(store: Store) -> None:
    await store.append(records(record(pair=("ana", "bo"), members=2), member("bo"), user("ana"), token(1)))
    changed = (record(title="", owners=3), member("bo", floor=2, until=5), token(1, expires=9, revoked=True))
    await store.append(records(*changed))
    assert (await ask(store, GetRoom(ROOM))).record == changed[0]
    assert (await ask(store, GetMembership(ROOM, "bo"))).membership == changed[1]
    assert await ask(store, FindToken(token(1).hash[:8])) == changed[2]
    assert await ask(store, GetUser("ana")) == user("ana")


async def test_of_two_read_marks_the_greater_wins(store: Store) -> None:
    await store.append(records(record(), member("bo"), ReadMark(ROOM, "bo", 5)))
    await store.append(records(ReadMark(ROOM, "bo", 3)))
    assert (await ask(store, GetMembership(ROOM, "bo"))).read == 5
    await store.append(records(ReadMark(ROOM, "bo", 7), ReadMark(ROOM, "bo", 6)))
    assert (await ask(store, GetMembership(ROOM, "bo"))).read == 7


async def test_an_item_without_entries_may_be_repeated(store: Store) -> None:
    again = records(record(), member("bo"))
    await store.append(again)
    outcomes = (await store.append([*again, *again])).outcomes
    assert outcomes == (Stored((), again[0].records),) * 2


async def test_many_rooms_find_their_heads_again(store: Store) -> None:
    rooms = [key(number) for number in range(1, 101)]
    await store.append([post(1, room) for room in rooms])
    await store.reopen()
    entries = stored(await store.append([post(2, room) for room in rooms[::3]]))
    assert [each.seq for each in entries] == [2] * 34
    assert [each.posts for each in entries] == [2] * 34
