"""The checker of the kafka workload: clean logs pass, sparse ones too, and each planted bug is named."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies as st

from tests.outside.kafka import anomalies
from tests.outside.ops import Journal, Op

SEEDS = st.integers(0, 2**32 - 1)
CLEAN = settings(max_examples=20, deadline=None, derandomize=True, database=None)
LOGS = ("1", "2")
READER = 9
"""The process that reads everything in the end."""


def sent(journal: Journal, process: int, log: str, offset: int | None, message: int) -> None:
    journal.note(0, process, "invoke", "send", [["send", log, message]])
    journal.note(0, process, "ok", "send", [["send", log, [offset, message]]])


def polled(journal: Journal, process: int, **messages: list[list[int]]) -> None:
    journal.note(0, process, "invoke", "poll", [["poll", {}]])
    journal.note(0, process, "ok", "poll", [["poll", {log[1:]: pairs for log, pairs in messages.items()}]])


def clean_run(seed: int) -> list[Op]:
    """Sends and polls of three processes over logs that are sparse, and a reading of everything."""
    chance, journal, message = Random(seed), Journal(), 0
    logs: dict[str, list[list[int]]] = {log: [] for log in LOGS}
    at = {(process, log): 0 for process in range(3) for log in LOGS}
    for _ in range(60):
        process, log = chance.randrange(3), chance.choice(LOGS)
        if chance.random() < 0.5:
            message += 1
            offset = logs[log][-1][0] + chance.randint(1, 3) if logs[log] else 2
            logs[log].append([offset, message])
            sent(journal, process, log, offset, message)
        else:
            ahead = [pair for pair in logs[log] if pair[0] >= at[process, log]][: chance.randint(1, 4)]
            at[process, log] = ahead[-1][0] + 1 if ahead else at[process, log]
            polled(journal, process, **{f"k{log}": ahead} if ahead else {})
    polled(journal, READER, **{f"k{log}": pairs for log, pairs in logs.items() if pairs})
    return journal.ops


def last(ops: list[Op]) -> dict[str, list[list[int]]]:
    """The messages of the reading of everything, open to be changed."""
    messages: dict[str, list[list[int]]] = {log: [*pairs] for log, pairs in ops[-1].value[0][1].items()}
    ops[-1] = evolve(ops[-1], value=[["poll", messages]])
    return messages


def disagree(ops: list[Op]) -> None:
    """The message at an offset is another one."""
    pairs = last(ops)["1"]
    pairs[0] = [pairs[0][0], 777]


def double(ops: list[Op]) -> None:
    pairs = last(ops)["1"]
    pairs.append([999, pairs[0][1]])


def unread(ops: list[Op], place: int) -> None:
    """Nobody is shown one message of the log 1."""
    message = last(ops)["1"][place][1]
    for index, op in enumerate(ops):
        if op.f == "poll" and op.type == "ok":
            kept = {log: [pair for pair in pairs if pair[1] != message] for log, pairs in op.value[0][1].items()}
            ops[index] = evolve(op, value=[["poll", kept]])


def fail_a_send(ops: list[Op]) -> None:
    index = next(index for index, op in enumerate(ops) if op.type == "ok" and op.f == "send" and op.value[0][1] == "1")
    ops[index] = evolve(ops[index], type="fail")


def poll_again(ops: list[Op], *pairs: list[int]) -> None:
    process = ops[-1].process
    ops += [Op(len(ops), 0, process, "invoke", "poll", [["poll", {}]])]
    ops += [Op(len(ops), 0, process, "ok", "poll", [["poll", {"1": [*pairs]}]])]


def send_late(ops: list[Op]) -> None:
    """A process is given a smaller offset than the one before it; everything else agrees."""
    for offset, message in ((901, 1001), (900, 1000)):
        ops += [Op(len(ops), 0, 8, "invoke", "send", [["send", "1", message]])]
        ops += [Op(len(ops), 0, 8, "ok", "send", [["send", "1", [offset, message]]])]
    poll_again(ops, [900, 1000], [901, 1001])


PLANTS: dict[str, Callable[[list[Op]], Any]] = {
    "inconsistent-offsets": disagree,
    "duplicate": double,
    "unsent": lambda ops: last(ops)["1"].append([999, 777]),
    "G1a": fail_a_send,
    "lost-write": lambda ops: unread(ops, 1),
    "unseen": lambda ops: unread(ops, -1),
    "int-poll-skip": lambda ops: last(ops)["1"].pop(1),
    "int-nonmonotonic-poll": lambda ops: last(ops)["1"].reverse(),
    "nonmonotonic-poll": lambda ops: poll_again(ops, *last(ops)["1"][-1:]),
    "nonmonotonic-send": send_late,
}


@CLEAN
@given(SEEDS)
def test_clean_logs_pass(seed: int) -> None:
    assert anomalies(clean_run(seed)) == []


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_bug_is_named(name: str) -> None:
    @settings(CLEAN, max_examples=12)
    @given(SEEDS)
    def finds(seed: int) -> None:
        ops = clean_run(seed)
        PLANTS[name](ops)
        assert name in {anomaly.name for anomaly in anomalies(ops)}

    finds()


def test_a_message_left_out_between_two_polls_is_a_skip() -> None:
    journal = Journal()
    for offset in (1, 2, 3):
        sent(journal, 0, "1", offset, 10 + offset)
    polled(journal, 1, k1=[[1, 11]])
    polled(journal, 1, k1=[[3, 13]])
    assert "poll-skip" in {anomaly.name for anomaly in anomalies(journal.ops)}


def test_after_an_assign_a_process_goes_on_from_anywhere() -> None:
    journal = Journal()
    for offset in (1, 2, 3):
        sent(journal, 0, "1", offset, 10 + offset)
    polled(journal, 1, k1=[[1, 11], [2, 12], [3, 13]])
    journal.note(0, 1, "invoke", "assign", ["1"])
    journal.note(0, 1, "ok", "assign", ["1"])
    polled(journal, 1, k1=[[1, 11]])
    assert anomalies(journal.ops) == []


def test_a_send_of_which_nobody_knows_may_be_polled_or_not() -> None:
    journal = Journal()
    for process, message in enumerate((11, 12)):
        journal.note(0, process, "invoke", "send", [["send", "1", message]])
        journal.note(0, process, "info", "send", [["send", "1", message]])
    polled(journal, READER, k1=[[1, 12]])
    assert anomalies(journal.ops) == []
