"""Who is told of what: the endpoints of the app, as an operator's tables name them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeVar

from chatd.chain import ROOM_BYTES
from chatd.frozen import frozen
from chatd.model import Entry, EntryKind, RoomId, RoomKind
from chatd.server.errors import ConfigError
from chatd.server.hooks.calls import Target
from chatd.server.hooks.table import Environment, Table
from chatd.server.hooks.targets import read_target, require_client

ENDPOINTS_MAX = 16
ROOMS_MAX = 1_000
SLICE_ENTRIES = 32
"""Entries that an endpoint is told of before its position moves."""
_NAME = re.compile(r"[a-z0-9_-]{1,32}")
_USUAL_ROOMS = tuple([kind for kind in RoomKind if kind is not RoomKind.SELF])
"""What is in a self room concerns nobody but its user."""

T = TypeVar("T", bound=StrEnum)


@frozen(kw_only=True)
class Endpoint:
    name: str
    target: Target
    kinds: tuple[EntryKind, ...] = ()
    """Empty: all."""
    room_kinds: tuple[RoomKind, ...] = _USUAL_ROOMS
    rooms: tuple[RoomId, ...] = ()
    """Empty: all."""
    content: bool = False
    """Whether it is told what was said, and not only where and by whom."""
    from_beginning: bool = False
    """Whether a new endpoint is told of what was there before it."""
    calls_max: int = 4
    """At once."""
    retry_s_max: int = 3_600
    """From the first attempt on; then the entry becomes a letter."""
    letters_max: int = 1_000

    def wants(self, entry: Entry, kind: RoomKind) -> bool:
        """Return whether it is told of an entry in a room of that kind."""
        return (
            kind in self.room_kinds
            and (not self.kinds or entry.kind in self.kinds)
            and (not self.rooms or entry.room in self.rooms)
        )


def read_endpoints(table: Table, environment: Environment) -> tuple[Endpoint, ...]:
    """Return what the table of all endpoints says. Raises ConfigError."""
    names = list(table.left)
    if len(names) > ENDPOINTS_MAX:
        raise ConfigError(f"{table.name}: at most {ENDPOINTS_MAX} endpoints")
    if names:
        require_client()
    return tuple([_endpoint(name, table, environment) for name in names])


def _endpoint(name: str, tables: Table, environment: Environment) -> Endpoint:
    if not _NAME.fullmatch(name):
        raise tables.wrong(name, "a name of 1 to 32 of a-z, 0-9, _ and - expected")
    table = tables.table(name)
    if table is None:
        raise tables.wrong(name, "a table expected")
    endpoint = Endpoint(
        name=name,
        target=read_target(table, environment, table.number("answer_ms_max", 10_000, 10, 60_000)),
        kinds=_words(table, "kinds", EntryKind),
        room_kinds=_words(table, "room_kinds", RoomKind) or _USUAL_ROOMS,
        rooms=tuple([_room(table, each) for each in table.texts("rooms", ROOMS_MAX)]),
        content=table.flag("content"),
        from_beginning=table.one_of("start", ("now", "beginning")) == "beginning",
        calls_max=table.number("calls_max", 4, 1, 64),
        retry_s_max=table.number("retry_s_max", 3_600, 0, 7 * 86_400),
        letters_max=table.number("letters_max", 1_000, SLICE_ENTRIES, 10_000),
    )
    table.end()
    return endpoint


def _words(table: Table, key: str, kinds: type[T]) -> tuple[T, ...]:
    try:
        return tuple([kinds(each) for each in table.texts(key, len(kinds))])
    except ValueError as error:
        raise table.wrong(key, str(error)) from None


def _room(table: Table, text: str) -> RoomId:
    try:
        room = bytes.fromhex(text)
    except ValueError:
        room = b""
    if len(room) != ROOM_BYTES:
        raise table.wrong("rooms", f"{text!r} is not the {2 * ROOM_BYTES} hex digits of a room")
    return room
