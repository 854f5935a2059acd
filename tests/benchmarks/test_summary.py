from __future__ import annotations

from typing import Any

import pytest

from benchmarks.plan import Received, Result
from benchmarks.summary import Usage, accepted_by_room, figures, is_clean, missed, uneven, warnings
from tests.benchmarks.test_plan import make_plan


def make_result(**changes: Any) -> Result:
    facts: dict[str, Any] = {
        "acked": 10,
        "delivered": 20,
        "accepted": {0: 10},
        "received": [Received(0, 10, 1000, True), Received(0, 10, 900, False)],
        "ack_us": {1000: 10},
        "delivery_us": {2000: 10},
        "out_of_order": 0,
        "refused": {},
        "unanswered": 0,
        "unsent": 0,
        "paused": 0,
        "closed": 0,
        "cpu": 0.25,
    }
    return Result(**(facts | changes))


PLAN = make_plan(rooms=1, members=2, senders=1, duration_s=2.0)


def test_speeds_are_by_the_second_of_the_duration() -> None:
    found = figures(PLAN, [make_result(), make_result()], Usage())
    assert (found["messages_per_s"], found["deliveries_per_s"]) == (10.0, 20.0)


def test_latencies_are_in_milliseconds() -> None:
    found = figures(PLAN, [make_result()], Usage())
    names = ("ack_p50_ms", "ack_p99_ms", "delivery_p50_ms", "delivery_p99_ms", "delivery_p999_ms")
    assert [found[name] for name in names] == pytest.approx([1, 1, 2, 2, 2], rel=0.001)


def test_memory_is_by_connection_and_in_kibibytes() -> None:
    usage = Usage(cpu=0.5, rss_kb=2048, rss_before_kb=1000, rss_idle_kb=1021, connecting_cpu_s=0.003)
    found = figures(PLAN, [make_result()], usage)
    assert (found["daemon_cpu"], found["daemon_rss_mb"], found["rss_per_connection_kb"]) == (0.5, 2.0, 10.5)
    assert found["cpu_per_session_ms"] == 1.5


def test_of_a_daemon_that_is_not_ours_nothing_is_claimed() -> None:
    found = figures(PLAN, [make_result()], Usage())
    assert (found["daemon_cpu"], found["daemon_rss_mb"], found["rss_per_connection_kb"]) == (None, None, None)


def test_what_drivers_used_adds_up() -> None:
    assert figures(PLAN, [make_result(), make_result()], Usage())["driver_cpu"] == 0.5


def test_acknowledged_posts_of_one_room_count_over_all_drivers() -> None:
    results = [make_result(accepted={0: 1, 1: 2}), make_result(accepted={1: 3})]
    assert accepted_by_room(results) == {0: 1, 1: 5}


def test_every_member_expects_every_post_of_its_own_room() -> None:
    received = [Received(0, 4, 0, False), Received(0, 5, 0, False), Received(1, 0, 0, False)]
    assert missed(received, {0: 5, 1: 2}) == (3, 0)


def test_one_delivery_too_many_does_not_make_up_for_one_that_is_lost() -> None:
    assert missed([Received(0, 4, 0, False), Received(0, 6, 0, False)], {0: 5}) == (1, 1)


def test_listeners_that_were_given_other_bytes_are_counted() -> None:
    received = [Received(0, 1, size, False) for size in (10, 10, 11)] + [Received(1, 1, 11, False)]
    assert uneven(received) == 1


def test_senders_are_not_compared_by_bytes() -> None:
    assert uneven([Received(0, 1, 10, False), Received(0, 1, 99, True)]) == 0


def test_a_run_without_faults_is_clean() -> None:
    assert is_clean(figures(PLAN, [make_result(refused={"busy": 1}, unsent=1)], Usage()))


@pytest.mark.parametrize(
    "fault",
    [
        {"out_of_order": 1},
        {"unanswered": 1},
        {"closed": 1},
        {"accepted": {0: 11}},
        {"accepted": {0: 9}},
        {"received": [Received(0, 10, size, False) for size in (1, 2)]},
    ],
)
def test_any_fault_makes_a_run_unclean(fault: dict[str, Any]) -> None:
    assert not is_clean(figures(PLAN, [make_result(**fault)], Usage()))


def _warnings(**changes: Any) -> list[str]:
    results = [make_result(), make_result(**changes)]
    return warnings(results, figures(PLAN, results, Usage()))


def test_a_quiet_run_needs_no_warning() -> None:
    assert _warnings() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cpu": 0.95}, "bottleneck"),
        ({"unsent": 3}, "never sent"),
        ({"refused": {"busy": 3}}, "refused"),
        ({"paused": 1}, "paused"),
    ],
)
def test_what_spoils_the_figures_is_said(change: dict[str, Any], words: str) -> None:
    [said] = _warnings(**change)
    assert words in said
