from __future__ import annotations

import pytest

from benchmarks.peers.bars import BARS, Bar, Judged, Sign, bars_text, judged
from benchmarks.peers.catalogue import CHATD, PEERS
from benchmarks.peers.table import HEADLINES, Measured

FANOUT = [bar for bar in BARS if bar.work == "fanout200"]
STORM = [bar for bar in BARS if bar.work == "storm"]


def fanout(run: int, peer: str, deliveries_per_s: float, **more: float) -> Measured:
    return Measured(run, peer, "fanout200", {"deliveries_per_s": deliveries_per_s, **more})


def storm(seconds: float, **more: float) -> Measured:
    return Measured(0, CHATD, "storm", {"seconds": seconds, **more})


def verdicts(measured: list[Measured]) -> list[str]:
    return [each.verdict for each in judged(measured)]


@pytest.mark.parametrize(
    ("sign", "held"),
    [(Sign.AT_LEAST, [False, True, True]), (Sign.AT_MOST, [True, True, False]), (Sign.BELOW, [True, False, False])],
)
def test_a_bar_holds_on_its_side_of_the_limit(sign: Sign, held: list[bool]) -> None:
    bar = Bar("must", "storm", "seconds", sign, 5.0)
    assert [bar.holds(value) for value in (4.9, 5.0, 5.1)] == held


def test_must_and_aim_are_judged_apart() -> None:
    assert [bar.limit for bar in STORM] == [5.0, 2.5]
    assert verdicts([storm(3.0)]) == ["held", "missed"]


def test_beside_a_peer_the_ratios_of_each_run_count() -> None:
    ours = [fanout(0, CHATD, 120.0), fanout(1, CHATD, 30.0), fanout(2, CHATD, 220.0)]
    theirs = [fanout(0, "nats", 100.0), fanout(1, "nats", 10.0), fanout(2, "nats", 200.0)]
    found = judged(ours + theirs)
    assert [each.value for each in found] == [1.2, 1.2]
    assert [each.verdict for each in found] == ["held", "missed"]


def test_a_peer_without_a_figure_makes_no_verdict() -> None:
    nats = Measured(0, "nats", "fanout200", {}, unfinished="too slow")
    assert verdicts([fanout(0, CHATD, 10.0), nats]) == ["not measured: no figure of nats"] * 2


def test_what_was_lost_is_not_fast() -> None:
    assert verdicts([storm(1.0, faults=1.0)]) == ["missed: there were faults"] * 2


def test_a_run_that_failed_is_not_passed_over() -> None:
    assert (
        verdicts([storm(1.0), Measured(1, CHATD, "storm", {}, "it broke")]) == ["missed: no figure in 1 of 2 runs"] * 2
    )


def test_a_work_that_was_not_measured_has_no_bars() -> None:
    assert judged([fanout(0, "nats", 10.0)]) == []


def test_every_bar_is_about_a_figure_of_the_table_and_a_known_peer() -> None:
    known = {(headline.work, headline.figure) for headline in HEADLINES}
    assert {(bar.work, bar.figure) for bar in BARS} == known
    assert {bar.peer for bar in BARS} <= {"", *(peer.name for peer in PEERS)}


def test_those_that_a_latency_must_be_below_are_all_durable_peers() -> None:
    durable = {peer.name for peer in PEERS if peer.durable.startswith("yes") and peer.name != CHATD}
    for figure in ("p50_ms", "p99_ms"):
        assert {bar.peer for bar in BARS if bar.figure == figure and bar.sign is Sign.BELOW} == durable


def test_the_table_says_what_is_asked_and_what_was_found() -> None:
    made = [Judged(FANOUT[1], 1.234, "missed"), Judged(STORM[1], 2.0, "held"), Judged(FANOUT[0], None, "no")]
    title, _, head, _, *lines = bars_text(made).splitlines()
    assert title == "**bars**"
    assert {len(line) for line in lines} == {len(head)}
    assert [[cell.strip() for cell in line.split("|")[1:5]] for line in lines] == [
        ["fan-out, 1 room x 200", "aim >= 1.5 x nats", "1.23 x", "missed"],
        ["all come back after a network cut", "aim <= 2.5 s", "2.00", "held"],
        ["fan-out, 1 room x 200", "must >= 1 x nats", "-", "no"],
    ]
