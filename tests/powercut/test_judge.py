"""What the judge says of the files that a power cut left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.powercut.judge import NEXT_EPOCH, Found, Judge, complaint
from tests.powercut.run import EMPTY, Promise

EPOCH = bytes(16)
PROMISE = Promise(position=0, states={4: b"four", 5: b"five"}, epoch=EPOCH, absent=False)


def found(g: int, fingerprint: bytes, epoch: bytes | None = EPOCH) -> Found:
    return Found(None, g, fingerprint, epoch)


@pytest.mark.parametrize("kept", [found(4, b"four"), found(5, b"five")])
def test_either_of_two_promised_states_will_do(kept: Found) -> None:
    assert complaint(kept, PROMISE) is None


@pytest.mark.parametrize(
    ("kept", "word"),
    [
        (found(3, b"three"), "D1: commit 4 was promised, the last one is 3"),
        (found(6, b"six"), "D2: "),
        (found(5, b"four"), "D7: "),
        (found(5, b"five", NEXT_EPOCH), "D1: another epoch"),
        (Found(), "D1: the store is gone"),
        (Found("room 00, seq 2: follows seq 0"), "D6, D11: room 00"),
    ],
)
def test_whatever_else_is_left_breaks_a_promise(kept: Found, word: str) -> None:
    assert (complaint(kept, PROMISE) or "").startswith(word)


def test_a_store_that_nobody_was_told_of_may_be_gone() -> None:
    assert complaint(Found(), Promise(0, {0: b""}, None, absent=True)) is None


def test_what_is_no_store_must_let_one_begin(tmp_path: Path) -> None:
    judge = Judge(tmp_path)
    assert judge.look(EMPTY) == judge.look({}) == Found()
    assert "not a database" in (judge.look({"chatd.db": b"nothing of the kind " * 300}).fault or "")
    assert judge.images == 3
