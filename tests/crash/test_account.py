from __future__ import annotations

import json
from collections import Counter

from tests.crash.account import Account, brief
from tests.history.events import Ack, Stored
from tests.history.verdict import Violation

KEY = bytes(range(16))
ROOM = b"r" * 16


def test_the_accounts_of_several_lives_add_up() -> None:
    one = Account(cycles=2, acked=10, endings=Counter({"a": 2}), violations=["lost"])
    other = Account(cycles=1, acked=5, endings=Counter({"a": 1, "b": 1}), violations=["late"])
    both = one + other
    assert (both.cycles, both.acked, both.endings) == (3, 15, Counter({"a": 3, "b": 1}))
    assert both.violations == ["lost", "late"]


def test_an_account_is_told_in_counts_alone() -> None:
    told = Account(cycles=1, violations=["one", "two"]).to_dict()
    assert json.loads(json.dumps(told))["violations"] == 2
    assert {"cycles", "acked", "lost", "duplicated", "unexpected", "recovered"} <= told.keys()


def test_a_violation_names_who_saw_it_and_where_in_one_short_line() -> None:
    ack = Ack(1.0, "ana", "ana", KEY, ROOM, 7, 1_000)
    stored = Stored(ROOM, 8, KEY, "ana", 1_000, b"x" * 10_000)
    said = brief(Violation("E2", "another answer for the same key", (stored, ack)))
    assert said.startswith("E2 another answer for the same key: Stored sender ana, seq 8, key 000102030405")
    assert "Ack client ana, seq 7" in said
    assert len(said) < 200
