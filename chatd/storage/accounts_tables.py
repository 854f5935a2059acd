"""How the reference backend answers who administers users: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatd.model import PRESENT, Membership, MemberState, Role, RoomKind, UserRecord
from chatd.storage import accounts as q
from chatd.storage.tables import Tables

_TAKING_PART = (*PRESENT, MemberState.INVITED, MemberState.REQUESTED)
_ORDER = (Role.OWNER, Role.ADMIN, Role.MODERATOR, Role.MEMBER)


def _users(tables: Tables, query: q.GetUsers) -> tuple[UserRecord, ...]:
    names = sorted([user.encode() for user in tables.users if user.encode() > query.after.encode()])
    return tuple([tables.users[name.decode()] for name in names[: query.limit]])


def _bearer(tables: Tables, query: q.GetBearer) -> q.Bearer | None:
    token = tables.tokens.get(query.hash)
    return None if token is None else q.Bearer(token, tables.users[token.user])


def _leaving(tables: Tables, query: q.GetLeaving) -> tuple[UserRecord, ...]:
    found = [each for each in tables.users.values() if each.leaving]
    found.sort(key=lambda each: each.user.encode())
    return tuple(found[: query.limit])


def _standings(tables: Tables, query: q.GetStandings) -> tuple[Membership, ...]:
    own = [each for each in tables.memberships.values() if each.user == query.user and each.room > query.after]
    found = [each for each in own if each.state in _TAKING_PART and _is_shared(tables, each)]
    found.sort(key=lambda each: each.room)
    return tuple(found[: query.limit])


def _is_shared(tables: Tables, member: Membership) -> bool:
    return tables.rooms[member.room].kind not in (RoomKind.DIRECT, RoomKind.SELF)


def _floor(floor: object) -> int:
    return floor if isinstance(floor, int) else 0


def _heir(tables: Tables, query: q.GetHeir) -> tuple[str, ...]:
    present = [
        each
        for each in tables.memberships.values()
        if each.room == query.room and each.user != query.user and each.state in PRESENT
    ]
    present.sort(key=lambda each: (_ORDER.index(each.role), _floor(each.floor), each.user.encode()))
    return tuple([each.user for each in present[:1]])


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetUsers: _users,
    q.GetBearer: _bearer,
    q.GetLeaving: _leaving,
    q.GetStandings: _standings,
    q.GetHeir: _heir,
}
"""Which function answers which query: one for each."""
