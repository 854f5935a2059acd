"""The simulator's workload: every command of a client is among it."""

from __future__ import annotations

import random
from typing import get_args

import pytest

from chatd.messages import Administer, Command, OperatorCommand, Search
from tests.sim.deeds import DEEDS
from tests.sim.plan import DEEDS as WEIGHTS, Action, Plan
from tests.sim.run import run

pytestmark = pytest.mark.slow

NOT_SENT = {Search}
"""The index is a file and a thread, which no seed decides; `tests/server/test_searching_scan.py` searches instead."""
OPERATORS = set(get_args(OperatorCommand)) | set(get_args(Administer))
LAST = ("leave", "end")
TIMES = 18
"""Each deed is done so often, by different phones, in different rooms, with different numbers."""


def _everything() -> Plan:
    deeds = [deed for deed in DEEDS if deed not in LAST] * TIMES + [*LAST]
    chance = random.Random(1)  # numbers that ran round would meet the same deed with the same phone each time
    drawn = [[chance.randrange(64) for _ in range(3)] for _ in deeds]
    actions = [Action(1.0 + number / 4, deed, *drawn[number]) for number, deed in enumerate(deeds)]
    return Plan(seed=1, phones=4, invites=True, actions=tuple(actions))


def test_every_deed_is_planned_and_every_planned_deed_is_one() -> None:
    assert DEEDS.keys() == WEIGHTS.keys()


def test_the_workload_sends_every_command_but_searches() -> None:
    report = run(_everything())
    assert report.violations == ()
    assert set(get_args(Command)) - OPERATORS - report.sent == NOT_SENT
