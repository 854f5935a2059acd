"""How the reference backend answers what is asked of the app's endpoints: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatd.model import LetterRecord, LettersChange, RelayRecord
from chatd.storage import relays as q
from chatd.storage.tables import Tables


def changed(tables: Tables, change: LettersChange) -> list[LetterRecord]:
    """Return the letters that `change` is about."""
    letters = [each for each in tables.letters.values() if each.endpoint == change.endpoint]
    return [each for each in letters if change.room is None or (each.room, each.seq) == (change.room, change.seq)]


def _relays(tables: Tables, query: q.GetRelays) -> tuple[RelayRecord, ...]:
    found = sorted(tables.relays.values(), key=lambda each: each.endpoint.encode())
    return tuple(found[: query.limit])


def _relay(tables: Tables, query: q.GetRelay) -> RelayRecord | None:
    return tables.relays.get(query.endpoint)


def _end(tables: Tables, _: q.GetEnd) -> int:
    return len(tables.entries)


def _letters(tables: Tables, query: q.GetLetters) -> tuple[LetterRecord, ...]:
    found = [each for each in tables.letters.values() if each.endpoint == query.endpoint]
    found = [each for each in found if (each.room, each.seq) > (query.after or (b"", 0)) and each.again >= query.again]
    return tuple(sorted(found, key=lambda each: (each.room, each.seq))[: query.limit])


def _count(tables: Tables, query: q.CountLetters) -> int:
    return sum(each.endpoint == query.endpoint for each in tables.letters.values())


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetRelays: _relays,
    q.GetRelay: _relay,
    q.GetEnd: _end,
    q.GetLetters: _letters,
    q.CountLetters: _count,
}
"""Which function answers which query: one for each."""
