from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks import load
from benchmarks.daemon import Daemon
from benchmarks.stamps import STAMP_BYTES

SPEED = ["messages_per_s", "deliveries_per_s"]
LATENCY = ["ack_p50_ms", "ack_p99_ms", "delivery_p50_ms", "delivery_p99_ms", "delivery_p999_ms"]
COST = ["daemon_cpu", "driver_cpu", "daemon_rss_mb", "rss_per_connection_kb", "cpu_per_session_ms"]
SMALL = ["--rooms", "3", "--members", "4", "--senders", "2", "--duration", "0.5", "--json"]


def _load(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = load.main(arguments)
    [line] = capsys.readouterr().out.splitlines()
    return code, json.loads(line)


def _is_whole(found: dict[str, Any], members: int) -> bool:
    faults = ("lost", "duplicated", "out_of_order", "uneven_bytes", "unanswered", "closed")
    return found["deliveries_per_s"] >= members * 0.5 and not any(found[name] for name in faults)


@pytest.mark.slow
def test_a_closed_loop_on_an_own_daemon_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = _load(capsys, *SMALL, "--window", "6")
    assert code == 0
    assert [key for key in SPEED + LATENCY + COST if found.get(key) is None] == []
    assert _is_whole(found, 4)
    assert found["tls"] is False
    assert found["messages_per_s"] > 6
    assert 0 < found["ack_p50_ms"] <= found["ack_p99_ms"]
    assert found["rss_per_connection_kb"] > 0


@pytest.mark.slow
def test_a_broadcast_room_is_measured_as_a_group_is(capsys: pytest.CaptureFixture[str], daemon: Daemon) -> None:
    code, found = _load(capsys, *SMALL, "--kind", "broadcast", "--window", "6", "--connect", daemon.url)
    assert code == 0
    assert _is_whole(found, 4)


@pytest.mark.slow
def test_a_live_room_is_measured_with_an_audience(capsys: pytest.CaptureFixture[str], daemon: Daemon) -> None:
    code, found = _load(capsys, *SMALL, "--kind", "live", "--window", "6", "--connect", daemon.url)
    assert code == 0
    assert _is_whole(found, 4)


@pytest.mark.slow
def test_the_same_load_is_carried_over_tls(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = _load(capsys, *SMALL, "--window", "6", "--tls")
    assert code == 0
    assert _is_whole(found, 4)
    assert found["tls"] is True
    assert found["rss_per_connection_kb"] > 0


@pytest.mark.slow
def test_an_open_loop_sends_at_its_rate(capsys: pytest.CaptureFixture[str], daemon: Daemon) -> None:
    code, found = _load(capsys, *SMALL, "--rate", "40", "--connect", daemon.url)
    assert code == 0
    assert _is_whole(found, 4)
    assert found["messages_per_s"] == pytest.approx(40, abs=4)
    assert found["daemon_cpu"] is None


@pytest.mark.slow
def test_two_driver_processes_share_the_work(capsys: pytest.CaptureFixture[str], daemon: Daemon) -> None:
    code, found = _load(capsys, *SMALL, "--window", "6", "--drivers", "2", "--sample", "1", "--connect", daemon.url)
    assert code == 0
    assert _is_whole(found, 4)


@pytest.mark.slow
def test_without_json_each_figure_has_a_line(capsys: pytest.CaptureFixture[str], daemon: Daemon) -> None:
    assert load.main([*SMALL[:-1], "--window", "1", "--connect", daemon.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if line.startswith("lost")] == [["lost", "0"]]


@pytest.mark.slow
def test_a_daemon_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert load.main([*SMALL, "--window", "1", "--connect", "unix:///nowhere/at/all"]) == 1
    assert "load: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--window", "1", "--rate", "1"],
        ["--window", "0"],
        ["--rate", "0"],
        ["--window", "1", "--rooms", "0"],
        ["--window", "1", "--senders", "6", "--members", "5"],
        ["--window", "1", "--size", str(STAMP_BYTES - 1)],
        ["--window", "1", "--size", "32768"],
        ["--window", "1", "--duration", "0"],
        ["--window", "1", "--sample", "0"],
        ["--window", "1", "--tls", "--connect", "tcp://127.0.0.1:1"],
    ],
)
def test_bad_usage_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        load.main(arguments)
    assert refused.value.code == 2


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (["--members", "1024"], []),
        (["--members", "1025"], ["--limits.group-members-max", "1025"]),
        (["--members", "1025", "--kind", "broadcast"], []),
    ],
)
def test_only_groups_over_the_limit_change_the_daemon(arguments: list[str], flags: list[str]) -> None:
    options = load.parser().parse_args(["--window", "1", *arguments])
    assert load.daemon_flags(load.plan_of(options)) == flags
