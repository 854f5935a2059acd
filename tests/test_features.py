"""What is on in a room of which kind, size and settings (protocol 5.63)."""

from __future__ import annotations

from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from chatd import features
from chatd.limits import DEFAULTS
from chatd.model import RoomKind, RoomRecord
from chatd.rights import USUAL, Feature
from tests.wire.strategies import steady

LIMITS = evolve(DEFAULTS, receipts_members_max=20, typing_members_max=40)
RECEIPTS, TYPING = Feature.RECEIPTS, Feature.TYPING
sets = st.sampled_from([(), (RECEIPTS,), (TYPING,), (RECEIPTS, TYPING)])


def room(members: int, *, outgrown: tuple[Feature, ...] = (), off: tuple[Feature, ...] = ()) -> RoomRecord:
    settings = evolve(USUAL, off=off)
    return RoomRecord(
        room=b"r" * 16, kind=RoomKind.GROUP, members=members, owners=1, outgrown=outgrown, settings=settings
    )


@pytest.mark.parametrize(
    ("members", "off"), [(1, ()), (20, ()), (21, (RECEIPTS,)), (40, (RECEIPTS,)), (41, (RECEIPTS, TYPING))]
)
def test_a_room_outgrows_a_feature_with_the_first_member_beyond_its_size(
    members: int, off: tuple[Feature, ...]
) -> None:
    assert features.outgrown(members, (), LIMITS) == off


@pytest.mark.parametrize(("members", "off"), [(20, (RECEIPTS,)), (19, (RECEIPTS,)), (18, ()), (1, ())])
def test_it_comes_back_at_nine_tenths_of_that_size(members: int, off: tuple[Feature, ...]) -> None:
    assert features.outgrown(members, (RECEIPTS,), LIMITS) == off


@pytest.mark.parametrize(("most", "back"), [(0, 0), (1, 0), (2, 1), (9, 8), (10, 9), (11, 9), (100, 90), (200, 180)])
def test_nine_tenths_are_rounded_down(most: int, back: int) -> None:
    assert features.back_at(most) == back


@steady
@given(st.lists(st.integers(0, 60), min_size=1, max_size=30), sets)
def test_asked_again_about_the_same_room_it_says_the_same(sizes: list[int], before: tuple[Feature, ...]) -> None:
    for members in sizes:
        before = features.outgrown(members, before, LIMITS)
        assert features.outgrown(members, before, LIMITS) == before


@steady
@given(st.lists(st.sampled_from([20, 21]), max_size=30))
def test_who_comes_and_goes_at_the_size_itself_turns_nothing_off_and_on(sizes: list[int]) -> None:
    told: list[tuple[Feature, ...]] = [()]
    for members in sizes:
        told.append(features.outgrown(members, told[-1], LIMITS))
    assert sum(one != other for one, other in pairwise(told)) <= 1


def test_settings_turn_off_whatever_the_size() -> None:
    assert features.off(room(2, off=(TYPING,)), LIMITS) == (TYPING,)
    assert features.off(room(21, off=(TYPING,)), LIMITS) == (RECEIPTS, TYPING)
    assert features.told_off(room(2, off=(TYPING,), outgrown=(RECEIPTS,))) == (RECEIPTS, TYPING)
    assert TYPING not in features.in_force(room(2, off=(TYPING,)), LIMITS)


def test_todays_limits_hold_before_any_entry_has_told_of_them() -> None:
    grown = room(30)
    assert features.told_off(grown) == ()
    assert features.off(grown, LIMITS) == (RECEIPTS,)
    assert features.off(grown, evolve(LIMITS, receipts_members_max=30)) == ()


@pytest.mark.parametrize(
    ("kind", "on"),
    [
        (RoomKind.DIRECT, tuple(Feature)),
        (RoomKind.GROUP, tuple(Feature)),
        (RoomKind.BROADCAST, ()),
        (RoomKind.LIVE, ()),
        (RoomKind.SELF, ()),
    ],
)
def test_a_small_room_has_what_its_kind_has(kind: RoomKind, on: tuple[Feature, ...]) -> None:
    assert features.of_kind(kind) == features.on(kind, ()) == on
    assert features.on(kind, tuple(Feature)) == ()


def test_a_feature_that_a_newer_server_has_is_ignored() -> None:
    assert features.known(["typing", "levitation", 7]) == (TYPING,)
    assert features.words((RECEIPTS, TYPING)) == ("receipts", "typing")
