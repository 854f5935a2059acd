from __future__ import annotations

from benchmarks.peers.duration import about_s, spoken
from benchmarks.peers.works import standard

WORKS = standard(seconds=5, latency_seconds=60, connections=1000, clients=5000)


def test_a_longer_work_takes_longer_by_as_much() -> None:
    longer = standard(seconds=5, latency_seconds=90, connections=1000, clients=5000)
    assert about_s(longer["latency"], "nats") - about_s(WORKS["latency"], "nats") == 30


def test_a_slow_server_takes_longer_than_a_fast_one() -> None:
    assert about_s(WORKS["storm"], "prosody") > about_s(WORKS["storm"], "chatd")


def test_durations_are_told_in_the_unit_that_fits() -> None:
    assert [spoken(seconds) for seconds in (12.4, 89.0, 90.1, 780.0)] == ["12 s", "89 s", "2 minutes", "13 minutes"]
