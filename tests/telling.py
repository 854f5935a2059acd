"""How a dialogue writes down a message: short words, with the labels that the dialogue gave."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, get_args

import msgpack
from attrs import define, fields_dict

from chatd.messages import (
    Entered,
    Member,
    Message,
    MessageState,
    PollSummary,
    PostSummary,
    ProfileOf,
    Reactor,
    ReportSummary,
    RoomsPage,
    RoomSummary,
    RoomSync,
    StreamEvent,
    Subscribed,
    Token,
    User,
    Voter,
)


def snake(name: str) -> str:
    """Return a class's name as a dialogue writes it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


NAMES: dict[type[Any], str] = {cls: snake(cls.__name__) for cls in get_args(Message)}
SHOWN: dict[type[Any], tuple[str, ...]] = {
    Member: ("user", "state", "role"),
    RoomSync: ("room", "status"),
    RoomSummary: ("room", "head", "read", "unread"),
    Token: ("user", "revoked"),
    User: ("user", "closed"),
    StreamEvent: ("room_kind", "entry"),
    MessageState: ("seq",),
    PollSummary: ("seq", "votes", "voters"),
    PostSummary: ("seq", "reactions"),
    Reactor: ("emoji", "user"),
    Voter: ("user", "options"),
    ProfileOf: ("user", "name", "handle"),
    ReportSummary: ("seq", "user", "reason", "reporter"),
}
"""What stands for one element of a list."""


def value_of(message: Any, name: str) -> Any:
    """Return what `message` says of `name`: a field, of a sync's or list's first room too, or a fact in a body."""
    if isinstance(message, Subscribed) and name != "rooms":
        message = message.rooms[0]
    if isinstance(message, RoomsPage) and name not in fields_dict(RoomsPage):
        message = message.rooms[0]
    found = getattr(message, name) if name in fields_dict(type(message)) else None
    if found is None and isinstance(message, Entered) and message.body:
        return msgpack.unpackb(message.body).get(name)
    return found


@define(eq=False)
class Telling:
    labels: Mapping[bytes, str]

    def value(self, value: Any) -> str:
        match value:
            case bool() | None:
                return {True: "yes", False: "no", None: "none"}[value]
            case bytes():
                return self.labels.get(value, value[:16].hex())
            case Enum():
                return str(value.value)
            case dict():
                return ",".join(f"{name}:{self.value(each)}" for name, each in value.items())
            case Entered():
                return str(value.seq)
            case _ if type(value) in SHOWN:
                names = SHOWN[type(value)]
                return ":".join(self.value(getattr(value, name)) for name in names)
            case [[*_], *_]:
                return ",".join(":".join(map(self.value, each)) for each in value)
            case tuple() | list():
                return ",".join(map(self.value, value))
            case _:
                return str(value)

    def message(self, message: Any) -> str:
        """Return all that `message` says, but for what nobody reads."""
        if message is None:
            return "nothing"
        names = [name for name in fields_dict(type(message)) if name not in {"salt", "h8", "limits"}]
        return " ".join([NAMES[type(message)], *(f"{name}={self.value(getattr(message, name))}" for name in names)])

    def messages(self, messages: Sequence[Any]) -> str:
        return "\n  ".join(["", *map(self.message, messages)])
