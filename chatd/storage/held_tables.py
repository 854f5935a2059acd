"""How the reference backend answers what is asked of posts held for review: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatd.model import HeldGone, HeldRecord, Record, RoomId
from chatd.storage import held as q
from chatd.storage.tables import ENTRY_BYTES, Tables


def no_more_held(tables: Tables, record: Record) -> list[tuple[RoomId, int]]:
    """Return the names of the posts that wait no more once `record` is put."""
    if not isinstance(record, HeldGone):
        return []
    return [each for each in tables.held if each[0] == record.room and record.number in (None, each[1])]


def _waiting(tables: Tables) -> list[HeldRecord]:
    return sorted(tables.held.values(), key=lambda each: (each.room, each.number))


def _place(held: HeldRecord) -> q.HeldPlace:
    return q.HeldPlace(held.room, held.number, held.user)


def _held(tables: Tables, query: q.GetHeld) -> HeldRecord | None:
    return tables.held.get((query.room, query.number))


def _queue(tables: Tables, query: q.GetQueue) -> tuple[HeldRecord, ...]:
    behind = [each for each in _waiting(tables) if each.room == query.room and each.number > query.after]
    page: list[HeldRecord] = []
    left = query.bytes_max
    for each in [each for each in behind if query.user in (None, each.user)][: query.limit]:
        left -= ENTRY_BYTES + len(each.content)
        if page and left < 0:
            break
        page.append(each)
    return tuple(page)


def _count(tables: Tables, query: q.CountHeld) -> int:
    return sum((each.room, each.user) == (query.room, query.user) for each in tables.held.values())


def _since(tables: Tables, query: q.GetHeldSince) -> tuple[q.HeldPlace, ...]:
    late = sorted([each for each in _waiting(tables) if each.time < query.before], key=lambda each: each.time)
    return tuple([_place(each) for each in late[: query.limit]])


def _of_author(tables: Tables, query: q.GetHeldOf) -> tuple[q.HeldPlace, ...]:
    return tuple([_place(each) for each in _waiting(tables) if each.user == query.user][: query.limit])


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetHeld: _held,
    q.GetQueue: _queue,
    q.CountHeld: _count,
    q.GetHeldSince: _since,
    q.GetHeldOf: _of_author,
}
"""Which function answers which query: one for each."""
