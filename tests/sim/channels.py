"""What the checks must know of kinds of rooms: of broadcast rooms self rooms tell who follows them (protocol 9.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chatd.chain import self_id
from chatd.limits import CONTAINERS_FROM_SERVER
from chatd.model import Entry, RoomId
from chatd.wire.strict import unpack
from tests.sim.plan import STRANGER, USERS
from tests.sim.rolls import PRESENT_STATES, Roll, roll_of

Rooms = Mapping[RoomId, Sequence[Entry]]


def facts_of(entry: Entry) -> dict[str, Any]:
    """Return what an entry that is no post says; nothing of one whose body is gone."""
    facts: dict[str, Any] = {} if entry.body is None else unpack(entry.body, CONTAINERS_FROM_SERVER)
    return facts


def kind_of(first: Entry | None) -> str:
    """Return the kind of the room that begins with this entry; "" of a self room, and of none."""
    return str(facts_of(first)["kind"]) if first is not None and first.kind == "create" else ""


def is_channel(first: Entry | None) -> bool:
    """Return whether the room that begins with this entry is a broadcast room."""
    return kind_of(first) == "broadcast"


def rolls_of(rooms: Rooms) -> dict[RoomId, Roll]:
    """Return who was in each room when.

    Who comes into a live room sees it from its first entry on, as a new one's settings have it. So does who follows a
    broadcast room; who does no more, up to what was committed before, or together with that.
    """
    rolls = {room: Roll() if is_channel(entries[0]) else roll_of(entries) for room, entries in rooms.items()}
    for room, entries in rooms.items():
        if kind_of(entries[0]) == "live":
            rolls[room].show_all()
    for user in (*USERS, STRANGER):
        for entry in rooms.get(self_id(user), ()):
            facts = facts_of(entry) if entry.kind == "room" else {}
            if facts.get("kind") == "broadcast":
                here = facts["state"] in PRESENT_STATES
                last = max([each.seq for each in rooms[facts["room"]] if each.g <= entry.g], default=0)
                rolls[facts["room"]].change(1 if here else last, user, facts["state"], facts["role"])
    return rolls
