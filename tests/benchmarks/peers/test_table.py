from __future__ import annotations

import pytest

from benchmarks.peers.table import Measured, number, rows, text

DURABLE = {"chatd": "yes: always", "other": "no: never"}


def fanout(run: int, peer: str, deliveries_per_s: float, **more: float) -> Measured:
    return Measured(run, peer, "fanout200", {"deliveries_per_s": deliveries_per_s, **more})


def test_the_value_is_the_median_and_the_spread_its_ends() -> None:
    [row] = rows([fanout(run, "chatd", value) for run, value in enumerate([30.0, 10.0, 20.0])], DURABLE, "chatd")
    assert (row.value, row.low, row.high) == (20.0, 10.0, 30.0)


def test_a_ratio_compares_figures_of_the_same_run() -> None:
    chatd = [fanout(0, "chatd", 10.0), fanout(1, "chatd", 100.0)]
    other = [fanout(0, "other", 20.0), fanout(1, "other", 200.0)]
    assert [row.ratio for row in rows(chatd + other, DURABLE, "chatd")] == [1.0, 2.0]


def test_a_run_in_which_the_reference_failed_has_no_ratio() -> None:
    measured = [Measured(0, "chatd", "fanout200", {}, "no"), fanout(0, "other", 20.0)]
    assert [row.ratio for row in rows(measured, DURABLE, "chatd")] == [None, None]


def test_latency_has_a_row_for_each_percentile() -> None:
    figures = {"p50_ms": 1.0, "p99_ms": 4.0}
    made = rows([Measured(0, "chatd", "latency", figures)], DURABLE, "chatd")
    assert [(row.headline.figure, row.value) for row in made] == [("p50_ms", 1.0), ("p99_ms", 4.0)]


def test_a_failure_is_remarked_beside_the_runs_that_went_well() -> None:
    measured = [fanout(0, "chatd", 10.0), Measured(1, "chatd", "fanout200", {}, "it broke\nand more")]
    [row] = rows(measured, DURABLE, "chatd")
    assert (row.value, row.remarks) == (10.0, ("failed: it broke",))


def test_a_server_that_was_too_slow_is_told_from_one_that_failed() -> None:
    late = [Measured(run, "chatd", "fanout200", {}, unfinished="after 300 s") for run in range(2)]
    [row] = rows(late, DURABLE, "chatd")
    assert (row.value, row.remarks) == (None, ("not finished: after 300 s",))


@pytest.mark.parametrize(
    ("figures", "remark"),
    [({"driver_cpu": 0.95}, "the driver is the bottleneck"), ({"faults": 3.0}, "3 faults")],
)
def test_what_spoils_a_figure_is_remarked(figures: dict[str, float], remark: str) -> None:
    [row] = rows([fanout(0, "chatd", 10.0, **figures)], DURABLE, "chatd")
    assert row.remarks[0].startswith(remark)


def test_a_server_that_got_nothing_done_in_time_is_remarked() -> None:
    [row] = rows([fanout(0, "chatd", 0.0)], DURABLE, "chatd")
    assert row.remarks == ("nothing was done within the time: --seconds gives it more",)


def test_a_driver_with_time_to_spare_is_not_remarked() -> None:
    [row] = rows([fanout(0, "chatd", 10.0, driver_cpu=0.5, faults=0.0)], DURABLE, "chatd")
    assert row.remarks == ()


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (1_234_567.8, "1,234,568"), (99.94, "99.9"), (1.234, "1.23"), (0.0, "0.00")]
)
def test_a_number_has_three_digits_that_mean_something(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_the_table_names_figure_durability_and_ratio() -> None:
    shown = text(rows([fanout(0, "chatd", 1000.0), fanout(0, "other", 500.0)], DURABLE, "chatd"))
    title, _, head, _, chatd, other = shown.splitlines()
    assert title == "**fan-out, 1 room x 200** (deliveries/s; more is better)"
    assert [cell.strip() for cell in chatd.split("|")[1:5]] == ["chatd", "1,000", "1,000 .. 1,000", "1.00"]
    assert [cell.strip() for cell in other.split("|")[4:8]] == ["0.50", "-", "-", "no: never"]
    assert len(head) == len(chatd) == len(other)
