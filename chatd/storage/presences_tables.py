"""How the reference backend answers who lets whom know that they are there: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from chatd.model import APART, PRESENT, AboutUser, PresenceRecord, Role, SeenRecord, Shown, UserRecord
from chatd.storage import presences as q
from chatd.storage.tables import Tables


def _presences(tables: Tables, query: q.GetPresences) -> tuple[q.PresenceView, ...]:
    found = [tables.presences[user] for user in query.users if user in tables.presences]
    shown = [each for each in found if each.shown is not Shown.NOBODY]
    return tuple([q.PresenceView(each.user, each.shown, tables.last_seen.get(each.user, 0)) for each in shown])


def _is_present(tables: Tables, query: q.IsPresent) -> bool:
    member = tables.memberships.get((query.room, query.user))
    return member is not None and member.state in PRESENT


def _is_known(tables: Tables, query: q.IsKnown) -> bool:
    member, record = tables.memberships.get((query.room, query.user)), tables.rooms.get(query.room)
    if record is None or member is None or member.state not in PRESENT:
        return False
    return member.role is not Role.MEMBER or record.kind not in APART


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetPresences: _presences,
    q.IsPresent: _is_present,
    q.IsKnown: _is_known,
}
"""Which function answers which query: one for each."""


def _kept(tables: Tables, record: UserRecord) -> UserRecord:
    """Return what is kept of a user. Who was closed stays so, and only a record that says so tells if they leave.

    What was revoked stays so, too.
    """
    there = tables.users.get(record.user)
    if there is None:
        return record
    leaving = there.leaving if record.closed is None else record.leaving
    closed, revoked = there.closed, max(there.revoked_until, record.revoked_until)
    return evolve(record, closed=record.closed if closed is None else closed, leaving=leaving, revoked_until=revoked)


def about_user(tables: Tables, record: AboutUser) -> tuple[dict[Any, Any], object, object]:
    """Return in which table `record` stands, under which key, and as what."""
    if isinstance(record, UserRecord):
        return tables.users, record.user, _kept(tables, record)
    if isinstance(record, PresenceRecord):
        return tables.presences, record.user, record
    if isinstance(record, SeenRecord):
        return tables.last_seen, record.user, max(tables.last_seen.get(record.user, 0), record.at)
    return tables.tokens, record.hash, record
