from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from benchmarks.moved import Kept
from benchmarks.report import (
    CHART,
    COMMIT_DIGITS,
    KEPT,
    Circumstances,
    ReportFailed,
    append,
    circumstances,
    kept_in,
    lines_of,
    main,
)
from benchmarks.results import Figure, Found

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
HERE = Circumstances(
    date="2026-11-22T03:04:05Z", commit="c" * 12, dirty=False, python="3.11.7", cpu="a processor", cores=2
)
FOUND = Found(source="load", figures=[Figure(work="one", figure="ack_p50_ms", value=1.23456789, unit="ms")])


def _git(at: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(at), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one commit."""
    root = tmp_path / "checkout"
    (root / "chatd").mkdir(parents=True)
    (root / "chatd/code.py").write_text("1\n", "utf-8")
    (root / "notes.md").write_text("1\n", "utf-8")
    _git(tmp_path, "init", "--quiet", str(root))
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "--message", "first")
    return root


@pytest.mark.slow
def test_the_commit_is_the_one_checked_out(checkout: Path) -> None:
    found = circumstances(checkout, NOW)
    assert found.commit == _git(checkout, "rev-parse", "HEAD")[:COMMIT_DIGITS]
    assert (found.date, found.dirty) == ("2026-11-22T03:04:05Z", False)


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "dirty"), [("chatd/code.py", True), ("chatd/new.py", True), ("notes.md", False)])
def test_a_checkout_is_dirty_when_code_that_is_measured_differs(checkout: Path, changed: str, dirty: bool) -> None:
    (checkout / changed).write_text("2\n", "utf-8")
    assert circumstances(checkout, NOW).dirty is dirty


def test_without_a_repository_the_commit_cannot_be_told(tmp_path: Path) -> None:
    with pytest.raises(ReportFailed, match="cannot be told"):
        circumstances(tmp_path, NOW)


def test_a_line_tells_a_figure_and_its_circumstances() -> None:
    [line] = lines_of(FOUND, HERE)
    assert json.loads(line) == {
        "date": "2026-11-22T03:04:05Z",
        "commit": "c" * 12,
        "dirty": False,
        "python": "3.11.7",
        "cpu": "a processor",
        "cores": 2,
        "source": "load",
        "work": "one",
        "figure": "ack_p50_ms",
        "unit": "ms",
        "value": 1.23457,
    }


def test_a_unit_that_is_not_known_is_not_told() -> None:
    [line] = lines_of(Found(source="load", figures=[Figure(work="one", figure="x", value=1)]), HERE)
    assert "unit" not in json.loads(line)


def test_the_version_that_was_measured_is_told() -> None:
    [line] = lines_of(Found(source="micro", figures=FOUND.figures, python="3.13.1"), HERE)
    assert json.loads(line)["python"] == "3.13.1"


def test_what_is_kept_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    append(path, lines_of(FOUND, HERE), HERE)
    append(path, lines_of(FOUND, HERE), HERE)
    assert [each.value for each in kept_in(path)] == [1.23457, 1.23457]


def test_nothing_is_added_before_what_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    append(path, lines_of(FOUND, HERE), HERE)
    earlier = evolve(HERE, date="2026-11-21T23:59:59Z")
    with pytest.raises(ReportFailed, match="to come"):
        append(path, lines_of(FOUND, earlier), earlier)
    assert len(kept_in(path)) == 1


@pytest.mark.parametrize("text", ["no JSON\n", '{"date": "2026"}\n', "3\n"])
def test_a_file_of_another_form_is_not_added_to(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kept.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(ReportFailed, match=r"kept\.jsonl"):
        append(path, [], HERE)


def _main(tmp_path: Path, *arguments: Any) -> int:
    return main(["--kept", str(tmp_path / "kept.jsonl"), *map(str, arguments)])


def test_figures_are_added_and_drawn_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = tmp_path / "other.json"
    result.write_text('{"rss_kb": 3.5}', "utf-8")
    assert _main(tmp_path, "add", result, result) == 0
    assert _main(tmp_path, "draw", "--out", tmp_path / "charts") == 0
    assert ">rss_kb</text>" in (tmp_path / "charts" / CHART).read_text("utf-8")
    assert "2 figures added" in capsys.readouterr().err


def test_of_files_of_which_one_cannot_be_read_nothing_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "other.json"
    result.write_text('{"rss_kb": 3.5}', "utf-8")
    assert _main(tmp_path, "add", result, tmp_path / "missing.json") == 1
    assert kept_in(tmp_path / "kept.jsonl") == []
    assert "missing.json" in capsys.readouterr().err


def test_what_was_left_out_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = tmp_path / "neighbours.json"
    result.write_text('{"rows": [{"nuisance": "pinger", "faults": {"lost (others)": 2}}]}', "utf-8")
    assert _main(tmp_path, "add", result) == 0
    assert "left out: neighbours: pinger" in capsys.readouterr().err


def test_nothing_kept_is_nothing_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _main(tmp_path, "draw", "--out", tmp_path) == 1
    assert "no figure" in capsys.readouterr().err


def test_the_figures_of_the_repository_are_in_order_of_time() -> None:
    dates = [each.date for each in kept_in(KEPT)]
    assert dates == sorted(dates)
    assert all(isinstance(each, Kept) for each in kept_in(KEPT))
