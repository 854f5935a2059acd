from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.peers.record import Record, RecordRefused
from benchmarks.peers.table import Measured

ONE = Measured(0, "chatd", "storm", {"seconds": 1.5, "faults": 0}, took_s=9.5)
TWO = Measured(0, "prosody", "storm", {}, unfinished="after 300 s")


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record({"seconds": 5.0}, {"cores": 2}, tmp_path / "found.json", "2026-11-22")


def test_what_was_measured_is_there_for_who_goes_on(record: Record) -> None:
    record.add(ONE)
    record.add(TWO)
    other = Record(record.settings, record.machine, record.path, "2026-11-23")
    other.resume()
    assert other.measured == [ONE, TWO]
    assert other.began == "2026-11-22"


def test_every_measurement_is_kept_at_once(record: Record) -> None:
    assert record.path is not None
    sizes: list[int] = []
    for one in (ONE, TWO):
        record.add(one)
        sizes.append(record.path.stat().st_size)
    assert sizes[0] < sizes[1]
    assert [path.name for path in record.path.parent.iterdir()] == ["found.json"]


def test_a_turn_is_known_whatever_came_of_it(record: Record) -> None:
    record.add(TWO)
    assert record.has(0, "storm", "prosody")
    assert not record.has(1, "storm", "prosody")
    assert not record.has(0, "storm", "chatd")
    assert not record.has(0, "storm-cold", "prosody")


def test_without_a_file_it_is_kept_in_memory() -> None:
    record = Record({}, {})
    record.add(ONE)
    record.resume()
    assert record.measured == [ONE]


@pytest.mark.parametrize(
    ("settings", "machine", "named"),
    [({"seconds": 1.0}, {"cores": 2}, "settings"), ({"seconds": 5.0}, {"cores": 4}, "machine")],
)
def test_figures_that_cannot_be_compared_are_not_mixed(
    record: Record, settings: dict[str, float], machine: dict[str, int], named: str
) -> None:
    record.save()
    with pytest.raises(RecordRefused, match=f"differs in its {named}"):
        Record(settings, machine, record.path).resume()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"measured": [{"rum": 1}]}'])
def test_a_file_of_something_else_is_refused(record: Record, text: str) -> None:
    assert record.path is not None
    record.path.write_text(text)
    with pytest.raises(RecordRefused, match="holds no run"):
        record.resume()
