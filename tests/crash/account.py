"""What came of a run, in counts, and every violation in a sentence. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import Factory, fields, frozen

from tests.crash.reading import Found
from tests.history.events import Event, Stored
from tests.history.verdict import Verdict, Violation

if TYPE_CHECKING:
    from tests.crash.life import Life


@frozen(kw_only=True)
class Account:
    """Of one life, or of all of a run together."""

    cycles: int = 0
    acked: int = 0
    """Commands, each once."""
    lost: int = 0
    duplicated: int = 0
    unexpected: int = 0
    recovered: int = 0
    """Commands whose daemon died before it answered, and which were found to be on disk."""
    sent: int = 0
    """With those that were sent again."""
    received: int = 0
    """Entries shown to anybody."""
    stored: int = 0
    rooms: int = 0
    refused: int = 0
    postponed: int = 0
    paused: int = 0
    endings: Counter[str] = Factory(Counter[str])
    missed: Counter[str] = Factory(Counter[str])
    """Failpoints that did not strike in their cycle; the daemon was killed from outside then."""
    violations: Sequence[str] = ()

    @classmethod
    def of(cls, life: Life, found: Found, verdict: Verdict) -> Account:
        book = life.book
        return cls(
            cycles=len(life.endings),
            acked=verdict.acked,
            lost=verdict.lost,
            duplicated=verdict.duplicated,
            unexpected=verdict.unexpected,
            recovered=verdict.recovered + book.found_again,
            sent=book.sent,
            received=book.received,
            stored=sum(map(len, found.rooms.values())),
            rooms=len(found.rooms),
            refused=book.refused.total(),
            postponed=book.postponed,
            paused=book.paused,
            endings=Counter(life.endings),
            missed=Counter(life.missed),
            violations=[*book.faults, *map(brief, verdict.violations)],
        )

    def __add__(self, other: Account) -> Account:
        return Account(**{name: _sum(getattr(self, name), getattr(other, name)) for name in _NAMES})

    def to_dict(self) -> dict[str, Any]:
        """Return the counts, with the number of violations in place of their sentences."""
        return {name: getattr(self, name) for name in _NAMES} | {"violations": len(self.violations)}


def brief(violation: Violation) -> str:
    """Return a violation in one line: what is wrong, and which entries and commands of whom show it."""
    return f"{violation.invariant} {violation.text}: {'; '.join(map(_shown, violation.events))}"


def _shown(event: Event | Stored) -> str:
    names = ("client", "session", "sender", "seq", "key")
    told = [(name, getattr(event, name)) for name in names if hasattr(event, name)]
    words = [f"{name} {value.hex()[:12] if isinstance(value, bytes) else value}" for name, value in told]
    return f"{type(event).__name__} {', '.join(words)}"


_NAMES = [each.name for each in fields(Account)]


def _sum(one: Any, other: Any) -> Any:
    return [*one, *other] if isinstance(one, Sequence) else one + other
