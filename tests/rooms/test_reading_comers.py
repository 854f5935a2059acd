"""What is named to who comes into a room, where its past is theirs to read and where it is not (protocol 8.11)."""

from __future__ import annotations

import pytest

from chatd.codes import GapReason
from chatd.model import Membership, MemberState, Role
from chatd.rooms import reading
from chatd.rooms.reading import Cursor, Range
from chatd.rooms.slots import Slot
from tests.rooms.tails import ROOM, grown


def comer(floor: int, until: int | None = None) -> Membership:
    state = MemberState.MEMBER if until is None else MemberState.LEFT
    return Membership(room=ROOM, user="fay", state=state, role=Role.MEMBER, floor=floor, until=until)


@pytest.mark.parametrize(
    ("floor", "hidden", "reason"),
    [
        (6, Range(1, 5), GapReason.NOT_VISIBLE),
        (6, Range(5, 5), GapReason.NOT_VISIBLE),
        (1, Range(1, 5), GapReason.SKIPPED),
        (1, Range(4, 5), GapReason.SKIPPED),
    ],
)
def test_what_is_left_out_is_hidden_or_only_skipped(floor: int, hidden: Range, reason: GapReason) -> None:
    assert reading.why_hidden(comer(floor), hidden) is reason


@pytest.mark.parametrize("member", [comer(6), comer(6, 5)], ids=["present", "gone again"])
def test_who_may_see_nothing_yet_is_told_of_all_that_is_hidden(member: Membership) -> None:
    planned = reading.plan(grown(5), Slot(member), Cursor(ROOM, 2, bytes(8)), None)
    assert planned.gaps == ((Range(3, 5), GapReason.NOT_VISIBLE),)
    assert planned.wanted == Range(6, 5)
