"""The machines of one part each come to what they are there for: a rule that never meets its case proves nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Machine
from tests.model.machines import BlocksMachine, OperatedMachine

pytestmark = pytest.mark.slow

QUICK = settings(
    max_examples=100,
    stateful_step_count=20,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TIMES = 2
MET: list[tuple[type[Machine], tuple[str, ...]]] = [
    (OperatedMachine, ("Post: ineligible", "Post: Committed", "Post: emergency")),
    (
        BlocksMachine,
        (
            "Block: Committed",
            "Block: unchanged",
            "Block: forbidden",
            "Contacts: ContactsPage",
            "kept back: Typing",
            "kept back: MarkRead",
            "refused to be added",
        ),
    ),
]


@pytest.mark.parametrize(("machine", "cases"), MET, ids=[machine.__name__ for machine, _ in MET])
def test_a_machine_comes_to_what_it_is_there_for(machine: type[Machine], cases: tuple[str, ...]) -> None:
    met: Counter[str] = Counter()
    run_state_machine_as_test(seed(1)(type(machine.__name__, (machine,), {"met": met})), settings=QUICK)
    assert {case: met[case] for case in cases if met[case] < TIMES} == {}
