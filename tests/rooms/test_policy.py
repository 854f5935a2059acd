"""The default policy and the flood guard."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from chatd.model import NO_TIES, Answer, Membership, MemberState, Role, Ties
from chatd.rooms.policy import RANK, Circle, DefaultPolicy, TokenBucket, is_present
from tests.wire.strategies import steady


def test_everybody_may_write_to_everybody_else() -> None:
    policy = DefaultPolicy()
    assert policy.may_open("ana", "bo", NO_TIES) is None
    assert policy.may_open("ana", "ana", NO_TIES) is not None


def test_who_is_added_is_in_unless_the_server_invites() -> None:
    assert DefaultPolicy().on_add("ana", "bo", NO_TIES) is Answer.ADDED
    assert DefaultPolicy(Answer.INVITED).on_add("ana", "bo", NO_TIES) is Answer.INVITED


@pytest.mark.parametrize(
    ("circle", "ties", "let"),
    [
        (Circle.EVERYBODY, NO_TIES, True),
        (Circle.FOLLOWED, NO_TIES, False),
        (Circle.FOLLOWED, Ties(follows=1), False),
        (Circle.FOLLOWED, Ties(followed=1), True),
        (Circle.MUTUAL, Ties(follows=1), False),
        (Circle.MUTUAL, Ties(followed=1), False),
        (Circle.MUTUAL, Ties(follows=1, followed=1), True),
    ],
)
def test_a_server_may_keep_strangers_from_opening_rooms_and_from_adding(circle: Circle, ties: Ties, let: bool) -> None:
    policy = DefaultPolicy(direct_by=circle, added_by=circle)
    assert (policy.may_open("ana", "bo", ties) is None) is let
    assert policy.on_add("ana", "bo", ties) is (Answer.ADDED if let else Answer.INVITED)


@pytest.mark.parametrize("circle", Circle)
@pytest.mark.parametrize("ties", [NO_TIES, Ties(followed=1), Ties(follows=1, followed=1)])
def test_a_block_changes_nothing_of_whom_a_user_lets_come_up(circle: Circle, ties: Ties) -> None:
    policy, blocked = DefaultPolicy(direct_by=circle, added_by=circle), evolve(ties, blocked=1)
    assert policy.may_open("ana", "bo", blocked) == policy.may_open("ana", "bo", ties)


def test_where_users_are_invited_they_are_by_everybody() -> None:
    policy = DefaultPolicy(Answer.INVITED, added_by=Circle.FOLLOWED)
    assert {policy.on_add("ana", "bo", ties) for ties in (NO_TIES, Ties(followed=1))} == {Answer.INVITED}


def test_every_role_has_a_rank_of_its_own() -> None:
    assert sorted(Role, key=lambda role: RANK[role]) == [Role.MEMBER, Role.MODERATOR, Role.ADMIN, Role.OWNER]
    assert len(set(RANK.values())) == len(Role)


def test_only_members_and_the_restricted_are_present() -> None:
    present = [
        state
        for state in MemberState
        if is_present(Membership(room=b"", user="ana", state=state, role=Role.MEMBER, floor=1, until=None))
    ]
    assert present == [MemberState.MEMBER, MemberState.RESTRICTED]
    assert not is_present(None)


def test_a_burst_is_allowed_at_once_and_no_more() -> None:
    bucket = TokenBucket(10, 3, 3, 0)
    assert [bucket.take(0) for _ in range(4)] == [0, 0, 0, 101]


def test_time_refills_the_bucket_up_to_the_burst() -> None:
    bucket = TokenBucket(10, 3, 0, 0)
    assert bucket.take(100) == 0
    assert [bucket.take(1_000_000) for _ in range(4)][:3] == [0, 0, 0]
    assert bucket.take(1_000_000) > 0


def test_nobody_is_told_to_wait_longer_than_it_takes() -> None:
    bucket = TokenBucket(10, 1, 1, 0)
    assert [bucket.take(0), bucket.take(50)] == [0, 51]


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing() -> None:
    bucket = TokenBucket(10, 3, 1, 10_000)
    assert bucket.take(0) == 0
    assert bucket.take(0) > 0
    assert bucket.take(100) == 0


@steady
@given(st.integers(1, 5000), st.integers(1, 20), st.lists(st.integers(0, 500), max_size=40))
def test_who_waits_as_long_as_they_were_told_is_let_in(rate: int, burst: int, pauses: list[int]) -> None:
    bucket, now = TokenBucket(rate, burst, burst, 0), 0
    for pause in pauses:
        now += pause
        after_ms = bucket.take(now)
        if after_ms:
            now += after_ms
            assert bucket.take(now) == 0


@steady
@given(st.integers(1, 1000), st.integers(1, 20), st.lists(st.integers(0, 50), max_size=60))
def test_no_more_than_rate_and_burst_are_let_in(rate: int, burst: int, pauses: list[int]) -> None:
    bucket, now, taken = TokenBucket(rate, burst, burst, 0), 0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now) == 0
    assert taken <= burst + now * rate / 1000 + 1e-6
