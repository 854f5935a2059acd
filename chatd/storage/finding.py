"""How the index's file is searched. All of it runs in the connection's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from heapq import nlargest
from operator import itemgetter

from attrs import define

from chatd.model import RoomId
from chatd.storage.index import Find, Found, Hit, IndexSlow, Scope
from chatd.storage.indexing import scoped, sent
from chatd.words import Term

_NUMBER = "SELECT number FROM rooms WHERE room = ?"
_AT = "SELECT posts.id FROM rooms CROSS JOIN posts ON posts.room = number WHERE rooms.room = ? AND seq = ?"

# In a room times and ids ascend with the seqs, so every filter but words and sender is a range of ids.
_FIRST = "SELECT id FROM posts WHERE room = ? AND seq >= ? ORDER BY seq LIMIT 1"
_LAST = "SELECT id FROM posts WHERE room = ? AND seq <= ? ORDER BY seq DESC LIMIT 1"
_SINCE = "SELECT id FROM posts WHERE room = ? AND time >= ? ORDER BY time, id LIMIT 1"
_BEFORE = "SELECT id FROM posts WHERE room = ? AND time < ? ORDER BY time DESC, id DESC LIMIT 1"

_FOUND = """
    SELECT posts.id, seq, version FROM texts CROSS JOIN posts ON posts.id = texts.rowid
    WHERE texts MATCH ? AND texts.rowid BETWEEN ? AND ? AND version <= ? ORDER BY texts.rowid DESC LIMIT ?
"""

_Numbered = tuple[int, Hit]


def phrases(number: int, find: Find) -> str:
    """Return the query to FTS5 for one room: phrases in quotes, all of which must be there."""
    asked = [_phrase(number, term) for term in find.terms]
    if find.sender is not None:
        asked.append(f'"{sent(number, find.sender)}"')
    return " AND ".join(asked)


def _phrase(number: int, term: Term) -> str:
    said = " ".join([scoped(number, word) for word in term.words])
    return f'"{said}" *' if term.open else f'"{said}"'


@define(eq=False)
class Finder:
    _connection: sqlite3.Connection

    def find(self, find: Find, is_late: Callable[[], bool]) -> Found:
        """Answer as `Index.find` promises, room by room. Raises IndexSlow, and sqlite3.Error."""
        highest = None if find.below is None else self._id(_AT, *find.below)
        best: list[_Numbered] = []
        for scope in find.scopes:
            if is_late():
                raise IndexSlow("the search took too long")
            lowest = best[-1][0] if len(best) > find.limit else 0
            best = nlargest(find.limit + 1, [*best, *self._in(scope, find, lowest, highest)], key=itemgetter(0))
        return Found(tuple([hit for _, hit in best[: find.limit]]), more=len(best) > find.limit)

    def _in(self, scope: Scope, find: Find, lowest: int, highest: int | None) -> list[_Numbered]:
        """Return the newest posts of one room with ids above `lowest` and below `highest`."""
        number = self._id(_NUMBER, scope.room)
        if number is None:
            return []
        low = self._bound(number, (_FIRST, scope.first), (_SINCE, find.after))
        high = self._bound(number, (_LAST, scope.last), (_BEFORE, find.before))
        if low is None or high is None:
            return []
        last = min(high) if highest is None else min(*high, highest - 1)
        row = (phrases(number, find), max(*low, lowest + 1), last, scope.last, find.limit + 1)
        found = self._connection.execute(_FOUND, row).fetchall()
        return [(post, Hit(scope.room, seq, version)) for post, seq, version in found]

    def _bound(self, number: int, *filters: tuple[str, int | None]) -> list[int] | None:
        """Return the ids at which the filters that are asked for begin or end; None where one lets nothing through."""
        ids = [self._id(statement, number, value) for statement, value in filters if value is not None]
        found = [each for each in ids if each is not None]
        return found if len(found) == len(ids) else None

    def _id(self, statement: str, *parameters: RoomId | int) -> int | None:
        rows = self._connection.execute(statement, parameters).fetchall()
        return int(rows[0][0]) if rows else None
