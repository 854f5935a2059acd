"""A history in a file says what it said in memory."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.history.events import History, from_line, read_run, to_line, write_run
from tests.history.sketch import sketch


def test_a_history_comes_back_from_its_lines() -> None:
    events = sketch(Random(1)).events
    assert History.from_jsonl(History(events).to_jsonl()).events == events


def test_a_whole_run_comes_back_from_its_file(tmp_path: Path) -> None:
    run = sketch(Random(2))
    write_run(tmp_path / "run.jsonl", History(run.events), run.stored)
    history, stored = read_run(tmp_path / "run.jsonl")
    assert (history.events, stored) == (run.events, run.stored)


def test_bytes_stand_in_a_line_as_hex() -> None:
    entry = sketch(Random(3)).stored[0]
    assert f'"key": "{entry.key.hex()}"' in to_line(entry)


def test_a_line_that_is_no_event_is_refused() -> None:
    with pytest.raises(KeyError):
        from_line('{"event": "Rumour"}')
