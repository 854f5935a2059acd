"""What the model says of a command."""

from __future__ import annotations

from attrs import Factory, define

from chatd.model import Answer, RoomId

Place = tuple[RoomId, int]


@define
class Accept:
    """The command commits: in `room` an entry of this kind, which changes these standings."""

    room: RoomId
    kind: str
    changes: dict[str, tuple[str, str]] = Factory(dict)
    answers: dict[str, Answer] | None = None
    copies: bool = True
    """Whether who is changed learns of it by an entry of their own room beside the first one."""
    tells: tuple[str, ...] = ()
    """Who else has a copy of the entry in their own room."""


@define
class Refuse:
    code: str


@define
class Again:
    """The command is answered with the entry that made it so."""

    place: Place


Verdict = Accept | Refuse | Again
