"""Who was in which room when, read from its entries alone: each tells what it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import Factory, define

from chatd.limits import CONTAINERS_FROM_SERVER
from chatd.model import PRESENT, Entry, UserId
from chatd.wire.strict import unpack

PRESENT_STATES = [state.value for state in PRESENT]

Change = tuple[UserId, str, str]
"""Who, their state, their role."""


@define(eq=False)
class Stay:
    """A user in a room from the entry that brought them to the one that took them away, both seen."""

    first: int
    last: int | None = None


@define(eq=False)
class Roll:
    """Who was in one room when."""

    stays: dict[UserId, list[Stay]] = Factory(dict[UserId, list[Stay]])
    roles: dict[UserId, str] = Factory(dict[UserId, str])
    """Of who is present now."""

    def change(self, seq: int, user: UserId, state: str, role: str) -> None:
        stays = self.stays.setdefault(user, [])
        present = bool(stays) and stays[-1].last is None
        if state in PRESENT_STATES:
            self.roles[user] = role
            if not present:
                stays.append(Stay(seq))
        elif present:
            stays[-1].last = seq
            self.roles.pop(user, None)

    def show_all(self) -> None:
        """Who comes may see what was there before."""
        for stay in [stay for stays in self.stays.values() for stay in stays]:
            stay.first = 1

    def sees(self, user: UserId, seq: int) -> bool:
        return any(stay.first <= seq <= (stay.last or seq) for stay in self.stays.get(user, ()))


def changes(kind: str, body: bytes) -> list[Change]:
    """Return what an entry of this kind and body changes in its own room."""
    if kind not in ("create", "members"):
        return []
    facts: Any = unpack(body, CONTAINERS_FROM_SERVER)
    if "room" in facts:
        return []  # it stands in a self room, and tells of a broadcast room
    return [(user, state, role) for user, state, role in facts.get("members") or facts.get("changes") or ()]


def changes_of(entry: Entry) -> list[Change]:
    return [] if entry.body is None else changes(entry.kind.value, entry.body)


def roll_of(entries: Sequence[Entry]) -> Roll:
    """Return who was in a room when."""
    roll = Roll()
    for entry in entries:
        for change in changes_of(entry):
            roll.change(entry.seq, *change)
    return roll
