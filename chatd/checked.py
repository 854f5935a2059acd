"""What a decision may need to know of a content (protocol 9.4): told by who checked it, so that it is decoded once."""

from __future__ import annotations

from attrs import field

from chatd.frozen import frozen
from chatd.model import UserId

TEXT = "text"
"""The type that every client knows."""


@frozen(kw_only=True)
class Ballot:
    """What a vote in a poll is judged by."""

    options: int
    """How many there are to choose from."""
    multiple: bool
    closes: int | None
    """The time from which nobody votes any more; None: it stays open."""


@frozen(kw_only=True)
class Quote:
    """What a forward says of what it hands on."""

    author: UserId
    time: int
    """When the author posted it."""
    hops: int
    """How often it was handed on, this time too."""
    content: bytes = field(repr=False)
    """The exact bytes."""


@frozen(kw_only=True)
class Checked:
    type: str
    """`TEXT`, or what is more than text."""
    mentions: tuple[UserId, ...] = ()
    """Distinct names, 50 at most; whether they are members is not known here."""
    mention_all: bool = False
    """Whether everybody in the room is called."""
    ballot: Ballot | None = None
    """Of a poll."""
    quote: Quote | None = None
    """Of a forward; whether it is true is not known here."""
