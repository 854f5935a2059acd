"""Histories of chatd, exported as lists that are appended to: clean ones are explained, and planted bugs are not."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from tests.history.events import Ack, Begin, History, Invoke, Receive, Stored, Unknown
from tests.history.plants import PLANTS
from tests.history.sketch import ROOM, Run, sketch
from tests.outside.elle import anomalies
from tests.outside.listappend import exported
from tests.outside.ops import Op

SEEDS = st.integers(0, 2**32 - 1)
CLEAN = settings(max_examples=20, deadline=None, derandomize=True, database=None)
PLANTED = settings(CLEAN, max_examples=10)
A, B = b"a" * 16, b"b" * 16

EXPECTED: dict[str, tuple[str, ...]] = {
    "an acknowledged post is lost": ("incompatible-order", "G0-process", "G0-realtime", "G-single-realtime"),
    "the end of the file is lost": ("G0-process", "G0-realtime", "G-single-realtime"),
    "an entry is stored that nobody sent": ("phantom",),
    "a refused post is stored": ("G1a",),
    "a seq is given twice": ("phantom",),
    "a post comes before one that was acknowledged before it was sent": ("G0-realtime",),
    "a retry is stored again": ("duplicate-elements",),
}
"""What the planted bugs look like in lists; those are left out that lists cannot show."""


def export(run: Run) -> list[Op]:
    return exported(History(run.events), run.stored)


def invoke(key: bytes, client: str = "ana") -> Invoke:
    return Invoke(0.0, client, "ana", "phone", key, ROOM, b"text")


@CLEAN
@given(SEEDS)
def test_a_clean_history_is_explained(seed: int) -> None:
    assert anomalies(export(sketch(Random(seed)))) == []


@pytest.mark.parametrize("sentence", EXPECTED)
def test_a_planted_bug_is_no_list(sentence: str) -> None:
    @PLANTED
    @given(SEEDS)
    def finds(seed: int) -> None:
        chance = Random(seed)
        run = sketch(chance)
        PLANTS[sentence][1](run, chance)
        assert {each.name for each in anomalies(export(run))} & {*EXPECTED[sentence]}

    finds()


def test_the_export_grows_with_the_history_and_not_with_its_square() -> None:
    run = Run([Begin(0.0, "ana", 1, "ana", ROOM, 0)])
    for seq in range(1, 1025):
        run.events.append(Receive(0.0, "ana", 1, "ana", ROOM, seq, seq.to_bytes(16, "big"), "bo", 7, b"text"))
    reads = [op.value[0][2] for op in export(run) if op.type == "ok"]
    assert [len(read) for read in reads] == [2**power for power in range(11)]


def test_what_was_refused_has_failed_and_of_the_unanswered_nobody_knows() -> None:
    run = Run([invoke(A), invoke(B), Unknown(0.0, "ana", "ana", A, ROOM)])
    run.events.append(Ack(0.0, "ana", "ana", B, ROOM, 1, 7))
    assert [(op.type, op.value[0][2]) for op in export(run)] == [("invoke", 1), ("invoke", 2), ("ok", 2), ("info", 1)]


def test_a_client_s_posts_under_way_are_of_processes_of_their_own() -> None:
    run = Run([invoke(A), invoke(B), Ack(0.0, "ana", "ana", A, ROOM, 1, 7), Ack(0.0, "ana", "ana", B, ROOM, 2, 7)])
    run.events += [invoke(b"c" * 16)]
    invoked = [op.process for op in export(run) if op.type == "invoke"]
    assert invoked in ([0, 1, 1], [0, 1, 0])


def test_a_stream_that_goes_on_elsewhere_is_read_from_the_beginning() -> None:
    run = Run([Begin(0.0, "ana", 1, "ana", ROOM, 0)])
    run.events.append(Receive(0.0, "ana", 1, "ana", ROOM, 1, A, "bo", 7, b"text"))
    run.events.append(Begin(0.0, "ana", 2, "ana", ROOM, 1))
    run.events.append(Receive(0.0, "ana", 2, "ana", ROOM, 2, B, "bo", 7, b"text"))
    assert [op.value for op in export(run) if op.type == "ok"] == [[["r", 1, [1]]], [["r", 1, [1, 2]]]]


def test_an_entry_that_is_no_post_is_no_element() -> None:
    run = Run(stored=[Stored(ROOM, 1, A, "ana", 7, None), Stored(ROOM, 2, B, "ana", 7, b"text")])
    assert [op.value for op in export(run) if op.type == "ok"] == [[["r", 1, [1]]]]
