"""The default policy and the flood guard."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chatd.model import NO_TIES, Answer, Membership, MemberState, Role
from chatd.rooms.policy import RANK, DefaultPolicy, TokenBucket, is_present
from tests.wire.strategies import steady


def test_everybody_may_write_to_everybody_else() -> None:
    policy = DefaultPolicy()
    assert policy.may_open("ana", "bo", NO_TIES) is None
    assert policy.may_open("ana", "ana", NO_TIES) is not None


def test_who_is_added_is_in_unless_the_server_invites() -> None:
    assert DefaultPolicy().on_add("ana", "bo", NO_TIES) is Answer.ADDED
    assert DefaultPolicy(Answer.INVITED).on_add("ana", "bo", NO_TIES) is Answer.INVITED


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
