"""The bodies of entries that are not posts: one msgpack map for each kind, built here and nowhere else.

The server builds them from what it decided and never reads one back; clients read them as plain maps, whose
keys protocol.md section 9 lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatd.chain import pack
from chatd.frozen import frozen
from chatd.model import MemberState, Role, RoomId, RoomKind, UserId


@frozen
class Change:
    """One user's new standing in a room."""

    user: UserId
    state: MemberState
    role: Role


def _changes(changes: Sequence[Change]) -> list[list[str]]:
    return [[change.user, change.state.value, change.role.value] for change in changes]


def created(kind: RoomKind, title: str, members: Sequence[Change]) -> bytes:
    """Return the body of a `create` entry: {kind, title, members: [[user, state, role], ...]}."""
    return pack({"kind": kind.value, "title": title, "members": _changes(members)})


def changed(changes: Sequence[Change]) -> bytes:
    """Return the body of a `members` entry: {changes: [[user, state, role], ...]}."""
    return pack({"changes": _changes(changes)})


def titled(title: str) -> bytes:
    """Return the body of a `title` entry: {title}."""
    return pack({"title": title})


def own_room(room: RoomId, kind: RoomKind, title: str, peer: UserId | None, own: Change) -> bytes:
    """Return the body of a `room` entry in a self room: {room, kind, title, state, role, peer?}."""
    facts: dict[str, Any] = {
        "room": room,
        "kind": kind.value,
        "title": title,
        "state": own.state.value,
        "role": own.role.value,
    }
    if peer is not None:
        facts["peer"] = peer
    return pack(facts)
