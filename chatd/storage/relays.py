"""What may be read of the app's endpoints, and the shape of each answer: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import RoomId


@frozen(kw_only=True)
class GetRelays:
    """How far each endpoint was told, ascending by its UTF-8 bytes: a tuple of `RelayRecord`."""

    limit: int


@frozen(kw_only=True)
class GetRelay:
    """How far one endpoint was told: a `RelayRecord`, None where it was told nothing yet."""

    endpoint: str


@frozen(kw_only=True)
class GetEnd:
    """Answered with the place of the last entry (`int`) in the order of commits; 0 where there is none."""


@frozen(kw_only=True)
class GetLetters:
    """The letters of an endpoint, ascending by (room, seq), behind `after` where it is given: a tuple of
    `LetterRecord`."""

    endpoint: str
    after: tuple[RoomId, int] | None
    limit: int
    again: bool = False
    """Only those that are to be delivered again."""


@frozen(kw_only=True)
class CountLetters:
    """Answered with how many letters (`int`) an endpoint has."""

    endpoint: str


RelayQuery = GetRelays | GetRelay | GetEnd | GetLetters | CountLetters
