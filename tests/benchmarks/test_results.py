from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyperf  # type: ignore[import-untyped]
import pytest
from attrs import asdict

from benchmarks.growth.curves import Curve, Point, as_json
from benchmarks.peers.table import Measured
from benchmarks.results import Figure, Found, Unreadable, read, unit_of
from benchmarks.summary import Usage, figures
from tests.benchmarks.test_plan import make_plan
from tests.benchmarks.test_summary import make_result

LOAD = figures(make_plan(rooms=1, members=2, senders=1, window=4, rate=None), [make_result()], Usage(cpu=0.5))
WORK = "1 x 2, 1 x 100 B, window 4"


def _read(tmp_path: Path, document: object, name: str = "some.json") -> Found:
    path = tmp_path / name
    path.write_text(json.dumps(document), "utf-8")
    return read(path)


def _by_name(found: Found) -> dict[tuple[str, str], float]:
    return {(each.work, each.figure): each.value for each in found.figures}


def _peers(*measured: Measured) -> dict[str, Any]:
    return {"machine": {"python": "3.13.1"}, "measured": [asdict(each) for each in measured]}


def _small(run: int, peer: str, messages_per_s: float, **more: float) -> Measured:
    return Measured(run, peer, "small", {"messages_per_s": messages_per_s, "driver_cpu": 0.5, "faults": 0, **more})


@pytest.mark.parametrize(
    ("figure", "unit"),
    [
        ("messages_per_s", "/s"),
        ("server_cpu_s", "s"),
        ("seconds", "s"),
        ("p99_ms", "ms"),
        ("rss_kb", "KiB"),
        ("daemon_rss_mb", "MiB"),
        ("server_cpu", "cores"),
        ("faults", ""),
    ],
)
def test_a_unit_is_what_the_name_ends_in(figure: str, unit: str) -> None:
    assert unit_of(figure) == unit


def test_of_a_load_speeds_latencies_and_costs_are_kept(tmp_path: Path) -> None:
    found = _read(tmp_path, LOAD)
    kept = _by_name(found)
    assert found.source == "load"
    assert kept[WORK, "messages_per_s"] == LOAD["messages_per_s"]
    assert kept[WORK, "daemon_cpu"] == 0.5
    assert (WORK, "lost") not in kept
    assert (WORK, "driver_cpu") not in kept


def test_what_a_load_could_not_tell_is_not_kept(tmp_path: Path) -> None:
    assert (WORK, "rss_per_connection_kb") not in _by_name(_read(tmp_path, LOAD))


def test_a_load_with_a_fault_is_left_out(tmp_path: Path) -> None:
    found = _read(tmp_path, {**LOAD, "lost": 1})
    assert found.figures == []
    assert found.left_out == [f"{WORK}: not every message arrived once, in order"]


def test_several_loads_may_stand_in_one_file_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "loads.json"
    path.write_text(
        f"{json.dumps(LOAD)}\n{json.dumps({**LOAD, 'window': None, 'rate': 400.0, 'tls': True})}\n", "utf-8"
    )
    works = dict.fromkeys(each.work for each in read(path).figures)
    assert list(works) == [WORK, "1 x 2, 1 x 100 B, rate 400, TLS"]


def test_of_peers_chatd_s_medians_are_kept(tmp_path: Path) -> None:
    found = _read(tmp_path, _peers(*(_small(run, "chatd", value) for run, value in enumerate((10.0, 40.0, 20.0)))))
    assert found.figures == [Figure(work="small", figure="messages_per_s", value=20.0, unit="/s")]
    assert (found.source, found.python) == ("peers", "3.13.1")


def test_of_other_peers_the_ratio_within_a_run_is_kept(tmp_path: Path) -> None:
    measured = [_small(0, "chatd", 10.0), _small(0, "nats", 20.0), _small(1, "chatd", 40.0), _small(1, "nats", 80.0)]
    found = _read(tmp_path, _peers(*measured))
    assert found.figures[-1] == Figure(work="small", figure="messages_per_s/nats", value=2.0, unit="x chatd")
    assert len(found.figures) == 2


@pytest.mark.parametrize(
    "spoilt",
    [
        Measured(0, "nats", "small", {}, failure="it fell over"),
        Measured(0, "nats", "small", {}, unfinished="too slow"),
        _small(0, "nats", 20.0, faults=1),
    ],
)
def test_a_peer_that_failed_or_lost_something_is_left_out(tmp_path: Path, spoilt: Measured) -> None:
    found = _read(tmp_path, _peers(_small(0, "chatd", 10.0), spoilt))
    assert [each.figure for each in found.figures] == ["messages_per_s"]
    assert [said.partition(":")[0] for said in found.left_out] == ["small, nats"]


def test_where_chatd_lost_something_no_ratio_to_it_is_kept(tmp_path: Path) -> None:
    found = _read(tmp_path, _peers(_small(0, "chatd", 10.0, faults=1), _small(0, "nats", 20.0)))
    assert found.figures == []
    assert len(found.left_out) == 1


def test_of_micro_benchmarks_the_median_is_kept_in_microseconds(tmp_path: Path) -> None:
    about = {"name": "codec.decode_post", "unit": "second", "python_version": "3.12.4 (64-bit)"}
    run = pyperf.Run([1.0, 2.0, 9.0], metadata=about, collect_metadata=False)
    pyperf.BenchmarkSuite([pyperf.Benchmark([run])]).dump(str(tmp_path / "micro.json"))
    found = read(tmp_path / "micro.json")
    assert found.figures == [Figure(work="codec", figure="decode_post", value=2e6, unit="us")]
    assert (found.source, found.python) == ("micro", "3.12.4")


def test_of_a_curve_both_ends_are_kept_and_failures_named(tmp_path: Path) -> None:
    curve = Curve(name="members", title="", x_label="members", xs=(1, 2, 3, 4), quick=(1,), series=())
    points = [
        Point(x=x, values={"deliveries_per_s": 10.0 * x, "driver_cpu": 0.1, "lost": 0.0}) for x in (10, 100, 1000)
    ]
    points.append(Point(x=5000, failure="it fell over"))
    found = _read(tmp_path, {"machine": {"python": "3.11.7"}, "curves": [as_json(curve, points)]})
    assert _by_name(found) == {
        ("members", "deliveries_per_s at 10"): 100.0,
        ("members", "deliveries_per_s at 1,000"): 10_000.0,
    }
    assert found.left_out == ["members at 5,000: it fell over"]


def test_of_memory_what_each_holds_and_what_stays_is_kept(tmp_path: Path) -> None:
    document = {
        "connections": {"stages": [], "each": {"rss_kb": 8.5, "uss_kb": 8.0}, "kept_kb": [10, 20]},
        "burst": {"stages": [], "each": {"listening": {"rss_kb": 9.0}}, "kept_kb": []},
        "cycles": {"cycles": 100, "looks": [], "leaked": [{"name": "Session"}]},
    }
    found = _read(tmp_path, document)
    assert found.source == "memory"
    assert _by_name(found) == {
        ("connections", "rss_kb"): 8.5,
        ("connections", "uss_kb"): 8.0,
        ("connections", "kept_kb"): 20,
        ("burst", "rss_kb, listening"): 9.0,
        ("cycles", "leaked"): 1,
    }


def test_of_neighbours_latencies_and_ratios_are_kept_where_nothing_was_lost(tmp_path: Path) -> None:
    row = {"nuisance": "pinger", "others": {"ack_p99_ms": 3.0}, "others_ratio": {"ack_p99_ms": 1.5}, "faults": {}}
    found = _read(tmp_path, {"rows": [row, {**row, "nuisance": "poster", "faults": {"lost (others)": 1}}], "turns": []})
    assert found.figures == [
        Figure(work="pinger", figure="ack_p99_ms", value=3.0, unit="ms"),
        Figure(work="pinger", figure="ack_p99_ms/alone", value=1.5, unit="x alone"),
    ]
    assert found.left_out == ["poster: not every message arrived once, in order"]


def _run(processes: int, messages_per_s: float, idle: float, faults: int = 0) -> dict[str, Any]:
    share = {"messages_per_s": messages_per_s, "faults": faults}
    return {"processes": processes, "run": 1, "idle": idle, "shares": [share] * processes}


def test_of_several_processes_what_they_did_together_is_kept(tmp_path: Path) -> None:
    found = _read(tmp_path, [_run(2, 10.0, 0.1), _run(2, 30.0, 0.2), _run(2, 20.0, 0.3), _run(3, 1.0, 0.0, faults=1)])
    assert found.source == "several"
    assert _by_name(found) == {("2 processes", "messages_per_s"): 40.0, ("2 processes", "idle"): 0.2}
    assert found.left_out == ["3 processes: not every message arrived once, in order"]


def test_a_flat_object_is_its_numbers_under_the_name_of_its_file(tmp_path: Path) -> None:
    found = _read(tmp_path, {"rss_kb": 3.5, "note": "idle", "whole": True}, "other.json")
    assert found == Found(source="other", figures=[Figure(work="other", figure="rss_kb", value=3.5, unit="KiB")])


def test_a_list_says_of_each_figure_what_it_belongs_to(tmp_path: Path) -> None:
    found = _read(tmp_path, [{"work": "two", "figure": "messages_per_s", "value": 7}, {"figure": "x", "value": 1}])
    assert found.figures == [
        Figure(work="two", figure="messages_per_s", value=7, unit="/s"),
        Figure(work="some", figure="x", value=1, unit=""),
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", "[1]", "3", "no JSON", '{"measured": 1}', '{"benchmarks": []}'])
def test_a_file_without_figures_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, "utf-8")
    with pytest.raises(Unreadable, match=r"odd\.json"):
        read(path)
