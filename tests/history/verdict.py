"""What the checkers say of a history."""

from __future__ import annotations

from attrs import frozen

from tests.history.events import Event, Stored


@frozen
class Violation:
    invariant: str
    """Its name, as D1 or O7."""
    text: str
    """What is wrong, for a person."""
    events: tuple[Event | Stored, ...]
    """What shows it, in the order of the history."""

    def __str__(self) -> str:
        return f"{self.invariant} {self.text}: " + "; ".join(map(str, self.events))


@frozen(kw_only=True)
class Verdict:
    violations: list[Violation]
    acked: int
    """Commands that were acknowledged, each counted once."""
    recovered: int
    """Commands that are stored although no answer came, and none said no. They are no violation (D4)."""
    lost: int
    """Commands that were acknowledged and are not stored (D1)."""
    unexpected: int
    """Entries that nobody sent, or not so (D2)."""
    duplicated: int
    """Entries too many for their key (E1)."""

    @property
    def clean(self) -> bool:
        return not self.violations

    def by_invariant(self) -> dict[str, int]:
        """Return how many violations there are of each invariant that is violated."""
        counts: dict[str, int] = {}
        for each in self.violations:
            counts[each.invariant] = counts.get(each.invariant, 0) + 1
        return counts
