from __future__ import annotations

import pytest
from attrs.exceptions import FrozenInstanceError

from chatd.model import PRESENT, Head, Item, Membership, MemberState, ReadMark, Role, SeqOf, TokenRecord

MEMBERSHIP = Membership(
    room=b"r" * 16, user="ana", state=MemberState.MEMBER, role=Role.OWNER, floor=SeqOf(0), until=None
)


def test_only_members_and_the_restricted_read_a_room_as_it_grows() -> None:
    assert list(PRESENT) == [MemberState.MEMBER, MemberState.RESTRICTED]


def test_what_a_room_holds_cannot_be_changed() -> None:
    head = Head(1, 2, 1, b"h" * 32)
    with pytest.raises(FrozenInstanceError):
        head.seq = 2  # type: ignore[misc]


def test_equal_records_are_one_key() -> None:
    mark = ReadMark(b"r" * 16, "ana", 3)
    assert {mark: 1}[ReadMark(b"r" * 16, "ana", 3)] == 1
    assert MEMBERSHIP in {MEMBERSHIP: None}


def test_an_item_without_entries_has_no_digest() -> None:
    item = Item(records=(MEMBERSHIP,))
    assert (item.entries, item.digest) == ((), b"")


def test_a_token_is_good_until_it_is_revoked() -> None:
    assert not TokenRecord(hash=b"h" * 32, user="ana", created=1, expires=None).revoked
