"""How the reference backend answers what is asked of users' conversations: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatd.model import PRESENT
from chatd.storage import personal as q
from chatd.storage.tables import Tables


def _hidden(tables: Tables, query: q.GetHidden) -> tuple[int, ...]:
    found = [seq for room, user, seq in tables.hidden if (room, user) == (query.room, query.user)]
    return tuple(sorted([seq for seq in found if query.first <= seq <= query.last]))


def _pinned(tables: Tables, query: q.CountPinned) -> int:
    return sum(kept.user == query.user and kept.pinned > 0 for kept in tables.conversations.values())


def _readers(tables: Tables, query: q.GetReaders) -> tuple[q.Reader, ...]:
    present = [each for each in tables.memberships.values() if each.room == query.room and each.state in PRESENT]
    present.sort(key=lambda each: each.user.encode())
    readers = [q.Reader(each.user, _floor(each.floor), tables.told.get((each.room, each.user), 0)) for each in present]
    return tuple(readers[: query.limit])


def _floor(floor: object) -> int:
    return floor if isinstance(floor, int) else 0


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetHidden: _hidden,
    q.CountPinned: _pinned,
    q.GetReaders: _readers,
}
"""Which function answers which query: one for each."""
