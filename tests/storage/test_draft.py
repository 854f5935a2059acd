"""What a transaction will hold. The contract tests it through a store; here is what only a draft shows."""

from __future__ import annotations

from attrs import evolve

from chatd import chain
from chatd.model import Conversation, Head, HeadPlus, ReadMark, SeqOf
from chatd.storage.base import Conflict, Duplicate, Stored
from chatd.storage.draft import Draft, Used, entry_rooms, filled
from tests.storage.scenes import OTHER, ROOM, entry, item, key, member, post, record


def heads() -> dict[bytes, Head]:
    return {room: Head(0, 0, 0, chain.origin(room)) for room in (ROOM, OTHER)}


def test_the_rooms_of_a_batch_come_once_each_in_order() -> None:
    assert entry_rooms([post(1, OTHER), item(records=[record()]), item(entry(2), entry(3, OTHER))]) == [OTHER, ROOM]


def test_an_optimists_draft_judges_no_key() -> None:
    draft = Draft(1, heads(), None)
    assert [type(draft.add(post(1))) for _ in range(2)] == [Stored, Stored]
    assert [row[1] for row in draft.rows] == [1, 2]


def test_a_judging_draft_adds_no_row_for_a_key_that_is_taken() -> None:
    salt = bytes(16)
    used = {
        (key(1), "ana", ROOM): Used(5, 77, salt, chain.command_hash(salt, b"one digest")),
        (key(2), "ana", ROOM): Used(6, 78, None, b"of what was erased"),
        (key(3), "ana", ROOM): Used(7, 79, salt, None),
    }
    draft = Draft(1, heads(), used)
    outcomes = [draft.add(post(number)) for number in (1, 2, 3)]
    assert outcomes == [Duplicate(ROOM, 5, 77), Duplicate(ROOM, 6, 78), Conflict()]
    assert draft.rows == []


def test_only_the_first_row_of_an_item_has_its_command_hash() -> None:
    draft = Draft(1, heads(), None)
    draft.add(item(entry(1), entry(2), entry(3, OTHER), digest=b"digest"))
    assert [row[6] for row in draft.rows] == [chain.command_hash(entry(1).salt, b"digest"), None, None]


def test_only_a_membership_has_seqs_to_fill_in() -> None:
    assert filled(member("bo", floor=SeqOf(1), until=SeqOf(0)), [8, 9], {}) == member("bo", floor=9, until=8)
    assert filled(ReadMark(ROOM, "bo", 3), [8, 9], {}) == ReadMark(ROOM, "bo", 3)


def test_a_membership_may_refer_to_where_its_room_ends() -> None:
    ends = heads() | {ROOM: Head(5, 1, 1, b"")}
    assert filled(member("bo", floor=HeadPlus(1)), [8], ends) == member("bo", floor=6)
    assert filled(member("bo", until=HeadPlus(0)), [8], ends) == member("bo", until=5)


def test_a_room_that_a_membership_refers_to_is_one_of_the_batch() -> None:
    came, went = member("bo", floor=HeadPlus(1)), member("cy", ROOM, until=HeadPlus(0))
    assert entry_rooms([item(entry(1, OTHER), records=[member("dee"), came]), item(records=[went])]) == [OTHER, ROOM]


def test_the_place_of_a_draft_is_filled_in() -> None:
    kept = Conversation(room=ROOM, user="bo", draft=SeqOf(1))
    assert filled(kept, [8, 9], {}) == evolve(kept, draft=9)
    assert filled(evolve(kept, draft=3), [8, 9], {}) == evolve(kept, draft=3)
