"""The Index protocol and its contract: which posts have which words. Proven by one suite over every backend.

An index is made from the store and can be made again from it at any time, so nothing is promised of it after a crash
but that it is what it was after some `put`. It decides nothing about who may see what: it looks in the ranges that it
is given, and nowhere else, so neither an answer nor the time it takes tells of other rooms (invariants A1, A4).

1. `put(changes, progress)` takes effect whole or not at all, and `begin` returns the last progress that was put.
2. Changes come in the order of the store's commits, and posts are found in that order, the newest first.
3. A post is found by its newest text alone. One that was erased is not found any more, whatever comes later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatd.frozen import frozen
from chatd.model import RoomId, UserId
from chatd.words import Term


class IndexFailed(Exception):
    """The index cannot take or answer this. `begin` opens it again; `broken`: what it holds is worth nothing."""

    def __init__(self, text: str, *, broken: bool = False) -> None:
        super().__init__(text)
        self.broken = broken


class IndexSlow(IndexFailed):
    """The answer took too long, and was given up. Nothing else failed."""


@frozen(kw_only=True)
class Posted:
    room: RoomId
    seq: int
    sender: UserId
    time: int
    text: str | None
    """None: it is erased."""


@frozen(kw_only=True)
class Edited:
    """The post at `seq` has the text of the entry at `version` from now on."""

    room: RoomId
    seq: int
    version: int
    text: str


@frozen(kw_only=True)
class Erased:
    """Nothing is found by what the post at `seq` said."""

    room: RoomId
    seq: int


IndexChange = Posted | Edited | Erased


@frozen
class Progress:
    """How far an index follows the store."""

    place: int
    """Of the last entry that went into it (`chatd.storage.queries.GetCommits`); 0 of an empty one."""
    hash: bytes
    """The chain hash of that entry: a store that has another one there is not the one that was followed."""


NO_PROGRESS = Progress(0, b"")


@frozen
class Scope:
    """The entries first..last of a room."""

    room: RoomId
    first: int
    last: int


@frozen
class Hit:
    room: RoomId
    seq: int
    """Of the post."""
    version: int
    """Of the entry whose text was found: the post's own seq, or that of its newest edit."""


@frozen(kw_only=True)
class Find:
    """The posts that have all `terms`, within any of `scopes`: both the post and the edit whose text it has."""

    terms: tuple[Term, ...]
    scopes: tuple[Scope, ...]
    """Of different rooms."""
    sender: UserId | None = None
    before: int | None = None
    """Posted before this time, in milliseconds since 1970."""
    after: int | None = None
    """Posted at this time or later."""
    below: tuple[RoomId, int] | None = None
    """Only posts that were committed before the one at this room and seq."""
    limit: int


@frozen
class Found:
    hits: tuple[Hit, ...]
    """By the order of commits, the newest first."""
    more: bool


class Index(Protocol):
    @property
    def untidy(self) -> bool:
        """Whether traces of what was erased may be left in files, until `tidy` has returned False."""
        ...

    async def begin(self, epoch: bytes, *, anew: bool = False) -> Progress:
        """Open what there is, and return how far it had come. Called again, it closes what was open before.

        Of another epoch, made by other rules, or no index at all: it begins with nothing, as it does with `anew`.
        Raises IndexFailed; nothing is open then.
        """
        ...

    async def put(self, changes: Sequence[IndexChange], progress: Progress | None) -> None:
        """Take `changes` in, and note how far that comes; None: no further. Raises IndexFailed: then nothing changed.

        Does not return early when cancelled. Lets every `find` pass that comes meanwhile.
        """
        ...

    async def find(self, find: Find, *, deadline_s: float) -> Found:
        """Answer. Raises IndexSlow after `deadline_s`, waiting for its turn included, and IndexFailed."""
        ...

    async def tidy(self) -> bool:
        """Do one step of clearing away what was erased; return whether more steps are left. Raises IndexFailed."""
        ...

    async def aclose(self) -> None:
        """Close. Idempotent; not cut short by cancellation."""
        ...
