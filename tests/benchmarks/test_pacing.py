from __future__ import annotations

from hypothesis import given, strategies as st

from benchmarks.pacing import NS_PER_S, Schedule, Window, share


def test_a_window_is_filled_at_once_and_not_again() -> None:
    window = Window(3)
    assert window.take(7) == [7, 7, 7]
    assert window.take(8) == []


def test_each_answer_frees_one_place() -> None:
    window = Window(3)
    window.take(7)
    window.answered(2)
    assert window.take(9) == [9, 9]


def test_a_window_waits_for_answers_and_no_clock() -> None:
    assert Window(1).next_ns() is None


def test_a_schedule_follows_the_clock() -> None:
    schedule = Schedule(4.0, 100)
    assert schedule.take(99) == []
    assert schedule.take(100) == [100]
    assert schedule.next_ns() == 100 + NS_PER_S // 4


def test_who_comes_late_to_a_schedule_is_told_when_each_post_was_due() -> None:
    quarter = NS_PER_S // 4
    assert Schedule(4.0, 0).take(NS_PER_S) == [0, quarter, 2 * quarter, 3 * quarter, NS_PER_S]


def test_answers_do_not_change_a_schedule() -> None:
    schedule = Schedule(1.0, 0)
    schedule.take(0)
    schedule.answered(100)
    assert schedule.take(0) == []


def test_a_driver_without_senders_is_never_due() -> None:
    schedule = Schedule(0.0, 0)
    assert schedule.take(10 * NS_PER_S) == []
    assert schedule.next_ns() is None


@given(whole=st.integers(0, 10_000), parts=st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_shares_add_up_and_none_falls_to_nobody(whole: int, parts: list[int]) -> None:
    shares = [share(whole, parts, index) for index in range(len(parts))]
    assert sum(shares) == (whole if sum(parts) else 0)
    assert all(part or not mine for part, mine in zip(parts, shares, strict=True))
