"""What operators do in a workload besides tokens."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from chatd.messages import Command, Resolve, SetAttributes, SetRelation
from chatd.model import Key, RelationKind, ReportId

OPERATING = ("relation", "attributes", "resolve")


def operated(
    kind: str, key: Key, reports: Sequence[ReportId], people: tuple[Sequence[str], Sequence[str]], random: Random
) -> Command | None:
    """Return a command of an operator; None where nothing is there to be settled."""
    user, other = random.choice(people[0]), random.choice(people[1])
    match kind:
        case "relation":
            on = random.random() < 3 / 4
            return SetRelation(key=key, user=user, other=other, relation=RelationKind.FOLLOW, on=on)
        case "attributes":
            return SetAttributes(key=key, user=user, attributes={"level": random.randint(0, 9)})
        case _:
            return Resolve(report=random.choice(reports)) if reports else None
