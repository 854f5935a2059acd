from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.peers.__main__ import main
from benchmarks.peers.catalogue import PEERS
from benchmarks.peers.earlier import EARLIER, earlier, is_checkout, told_of
from benchmarks.peers.measure import MeasureFailed

ROOT = Path(__file__).parents[3]


def told(**changed: object) -> str:
    one = {"work": "idle", "failure": "", "unfinished": "", "figures": {"rss_kb": 7.5}}
    return json.dumps({"measured": [one | changed]})


def test_an_earlier_chatd_promises_what_today_s_does_under_another_name() -> None:
    before = earlier(PEERS[0])
    assert (before.name, before.durable) == (EARLIER, PEERS[0].durable)


def test_the_figures_of_the_work_that_was_asked_for_are_taken() -> None:
    assert told_of(told(), "idle") == {"rss_kb": 7.5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (told(failure="it broke"), "it broke"),
        (told(unfinished="after 300 s"), "after 300 s"),
        (told(work="storm"), "nothing is told of idle"),
    ],
)
def test_what_an_earlier_chatd_could_not_do_is_told(text: str, said: str) -> None:
    with pytest.raises(MeasureFailed, match=said):
        told_of(text, "idle")


def test_what_is_no_checkout_is_refused_as_usage(tmp_path: Path) -> None:
    assert is_checkout(ROOT)
    with pytest.raises(SystemExit) as ended:
        main(["--earlier", str(tmp_path)])
    assert ended.value.code == 2


@pytest.mark.slow
def test_a_checkout_is_measured_in_turn_with_its_own_server_and_driver(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    asked = ["--peers", "", "--work", "idle", "--connections", "60", "--earlier", str(ROOT), "--json", str(found)]
    assert main(asked) == 0
    measured = json.loads(found.read_text("utf-8"))["measured"]
    assert [one["peer"] for one in measured] == ["chatd", EARLIER]
    assert [one["figures"]["faults"] for one in measured] == [0, 0]
