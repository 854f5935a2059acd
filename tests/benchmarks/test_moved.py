from __future__ import annotations

from typing import Any

import pytest

from benchmarks.moved import STATES_MAX, Kept, machines_of, number, rows_of, states_of, svg


def kept(commit: str = "a" * 12, value: float = 1.0, **changes: Any) -> Kept:
    facts: dict[str, Any] = {
        "date": "2026-11-22T00:00:00Z",
        "dirty": False,
        "python": "3.11.7",
        "cpu": "a processor",
        "cores": 2,
        "source": "load",
        "work": "1 x 2",
        "figure": "ack_p50_ms",
        "unit": "ms",
    }
    return Kept(commit=commit, value=value, **(facts | changes))


def test_states_stand_in_the_order_of_their_first_measurement() -> None:
    assert states_of([kept("bbbbbbbb"), kept("aaaaaaaa"), kept("bbbbbbbb")]) == ["bbbbbbb", "aaaaaaa"]


def test_changes_that_were_not_committed_are_a_state_of_their_own() -> None:
    assert states_of([kept("bbbbbbbb"), kept("bbbbbbbb", dirty=True)]) == ["bbbbbbb", "bbbbbbb+"]


def test_what_was_measured_of_one_state_is_one_point_its_median() -> None:
    [row] = rows_of([kept("a" * 8, 1.0), kept("a" * 8, 9.0), kept("a" * 8, 2.0), kept("b" * 8, 4.0)])
    assert row.points == [(0, 2.0), (1, 4.0)]


def test_the_newest_value_stands_beside_what_it_is_over_the_first() -> None:
    [row] = rows_of([kept("a" * 8, 2.0), kept("b" * 8, 3.0)])
    assert row.newest == "3 ms (1.50 x)"


def test_the_first_value_is_over_nothing() -> None:
    [row] = rows_of([kept(unit="", value=1234.4)])
    assert row.newest == "1,234"


def test_a_figure_that_was_0_has_no_ratio() -> None:
    [row] = rows_of([kept("a" * 8, 0.0), kept("b" * 8, 3.0)])
    assert row.newest == "3 ms"


def test_figures_of_one_work_stand_together() -> None:
    rows = rows_of([kept(work="one"), kept(work="two"), kept(work="one", figure="other")])
    assert [row.heading for row in rows] == ["load: one", "load: one", "load: two"]


@pytest.mark.parametrize("change", [{"python": "3.13.0"}, {"cpu": "another"}, {"cores": 8}])
def test_machines_and_versions_are_not_compared(change: dict[str, Any]) -> None:
    both = [kept(), kept(**change)]
    assert [row.label for row in rows_of(both)] == ["ack_p50_ms [1]", "ack_p50_ms [2]"]
    assert len(machines_of(both)) == 2


def test_only_the_newest_states_are_drawn() -> None:
    many = [kept(f"{number:07}", float(number)) for number in range(STATES_MAX + 5)]
    [row] = rows_of([*many, *many[:1]])
    assert [value for _, value in row.points] == [float(number) for number in range(5, STATES_MAX + 5)]


@pytest.mark.parametrize(("value", "said"), [(0.01234, "0.0123"), (12.34, "12.3"), (1234567.0, "1,234,567")])
def test_a_number_has_three_digits_that_mean_something(value: float, said: str) -> None:
    assert number(value) == said


def test_the_chart_tells_headings_figures_values_and_commits() -> None:
    drawn = svg([kept("a" * 8, 2.0), kept("b" * 8, 3.0)])
    assert all(f">{words}</text>" in drawn for words in ("load: 1 x 2", "ack_p50_ms", "3 ms (1.50 x)", "aaaaaaa"))


def test_the_same_figures_give_the_same_bytes() -> None:
    figures = [kept("a" * 8, 2.0), kept("b" * 8, 3.0, figure="other")]
    assert svg(figures) == svg(figures)


def test_a_chart_needs_a_figure() -> None:
    with pytest.raises(ValueError, match="needs a figure"):
        svg([])
