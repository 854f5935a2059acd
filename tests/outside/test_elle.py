"""The list-append checker: it explains what can be explained, and names each of Elle's anomalies that it knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import asdict

from tests.outside.elle import anomalies
from tests.outside.ops import Journal, Op, read_ops, write_ops

Txn = list[list[Any]]


def a(key: str, value: int) -> list[Any]:
    return ["append", key, value]


def r(key: str, *values: int) -> list[Any]:
    return ["r", key, [*values]]


def together(*txns: Txn, journal: Journal | None = None) -> Journal:
    """All are under way at the same time, each of its own process."""
    journal = journal or Journal()
    first = len(journal.ops)
    for process, txn in enumerate(txns, first):
        journal.note(0, process, "invoke", "txn", [[*mop[:2], None] if mop[0] == "r" else mop for mop in txn])
    for process, txn in enumerate(txns, first):
        journal.note(0, process, "ok", "txn", txn)
    return journal


def serial(*txns: Txn, journal: Journal | None = None) -> Journal:
    """Each is complete before the next is invoked."""
    journal = journal or Journal()
    for txn in txns:
        together(txn, journal=journal)
    return journal


def names(journal: Journal) -> list[str]:
    return list(dict.fromkeys(anomaly.name for anomaly in anomalies(journal.ops)))


def test_appends_and_reads_in_order_are_explained() -> None:
    assert names(serial([a("x", 1)], [r("x", 1)], [a("x", 2)], [a("y", 3)], [r("x", 1, 2)], [r("y", 3)])) == []


def test_of_two_appends_at_the_same_time_either_may_come_first() -> None:
    assert names(serial([r("x", 2, 1)], journal=together([a("x", 1)], [a("x", 2)]))) == []


def test_an_append_of_which_nobody_knows_may_have_happened_or_not() -> None:
    journal = serial([r("x")])
    for value in (1, 2):
        journal.note(0, 50 + value, "invoke", "txn", [a("x", value)])
        journal.note(0, 50 + value, "info", "txn", [a("x", value)])
    assert names(serial([r("x", 1)], journal=journal)) == []


FOUND: dict[str, Journal] = {
    "duplicate-appends": serial([a("x", 1)], [a("x", 1)]),
    "duplicate-elements": serial([a("x", 1)], [r("x", 1, 1)]),
    "phantom": serial([r("x", 9)]),
    "incompatible-order": together([a("x", 1)], [a("x", 2)], [r("x", 1, 2)], [r("x", 2)]),
    "G1b": together([a("x", 1), a("x", 2)], [r("x", 1)]),
    "G0": serial([r("x", 1, 2)], [r("y", 2, 1)], journal=together([a("x", 1), a("y", 1)], [a("x", 2), a("y", 2)])),
    "G1c": together([a("x", 1), r("y", 1)], [a("y", 1), r("x", 1)]),
    "G-single": serial([r("x", 1)], journal=together([r("x"), r("y", 1)], [a("x", 1), a("y", 1)])),
    "G2-item": serial([r("x", 1)], [r("y", 1)], journal=together([r("x"), a("y", 1)], [r("y"), a("x", 1)])),
    "G0-realtime": serial([a("x", 1)], [a("x", 2)], [r("x", 2, 1)]),
    "G1c-realtime": serial([a("x", 1)], [r("x", 1, 2)], [a("x", 2)]),
    "G-single-realtime": serial([a("x", 1)], [r("x")], [r("x", 1)]),
}


@pytest.mark.parametrize("name", FOUND)
def test_an_anomaly_is_found_and_named(name: str) -> None:
    assert names(FOUND[name]) == [name]


def test_a_read_of_a_failed_append_is_g1a() -> None:
    journal = serial()
    journal.note(0, 9, "invoke", "txn", [a("x", 1)])
    journal.note(0, 9, "fail", "txn", [a("x", 1)])
    assert "G1a" in names(serial([r("x", 1)], journal=journal))


def test_an_append_that_is_never_read_though_a_later_read_is_there_is_lost() -> None:
    assert names(serial([a("x", 1)], [r("x")])) == ["G-single-realtime"]


def test_a_process_that_reads_less_than_before_is_found_without_real_time() -> None:
    journal = Journal()
    journal.note(0, 1, "invoke", "txn", [a("x", 1)])
    for read in (r("x", 1), r("x")):
        journal.note(0, 2, "invoke", "txn", [["r", "x", None]])
        journal.note(0, 2, "ok", "txn", [read])
    journal.note(0, 1, "ok", "txn", [a("x", 1)])
    assert names(journal) == ["G-single-process"]


def test_a_cycle_names_those_concerned_and_no_others() -> None:
    journal = serial([a("y", 5)], [a("x", 1)], [a("y", 6)], [r("x")], [r("x", 1)], [r("y", 5, 6)])
    [anomaly] = anomalies(journal.ops)
    assert [deed.value for deed in anomaly.deeds] in ([[a("x", 1)], [r("x")]], [[r("x")], [a("x", 1)]])


def test_a_history_is_written_as_elle_cli_reads_it(tmp_path: Path) -> None:
    ops = serial([a("x", 1)], [r("x", 1)]).ops
    write_ops(tmp_path / "history.json", ops)
    assert read_ops(tmp_path / "history.json") == ops
    read: dict[str, Any] = {"index": 3, "time": 0, "process": 2, "type": "ok", "f": "txn", "value": [["r", "x", [1]]]}
    assert asdict(Op(**read)) == read == asdict(ops[3])
