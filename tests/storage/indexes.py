"""What the tests of the index put and ask: small builders with plain defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import evolve

from chatd import words
from chatd.model import RoomId
from chatd.storage.bridge import Bridge
from chatd.storage.index import Find, Found, Index, IndexChange, Posted, Progress, Scope
from chatd.storage.search import SearchIndex
from tests.storage.scenes import EPOCH, ROOM

EVERYTHING = 2**53 - 1
DEADLINE_S = 60.0


def posted(seq: int, text: str | None, room: RoomId = ROOM, **changes: Any) -> Posted:
    return evolve(Posted(room=room, seq=seq, sender="ana", time=1000 + seq, text=text), **changes)


def progress(place: int) -> Progress:
    return Progress(place, place.to_bytes(32, "big"))


def whole(*rooms: RoomId) -> tuple[Scope, ...]:
    return tuple([Scope(room, 1, EVERYTHING) for room in rooms or (ROOM,)])


def asked(query: str, **changes: Any) -> Find:
    return evolve(Find(terms=words.terms(query), scopes=whole(), limit=100), **changes)


async def put(index: Index, *changes: IndexChange, place: int = 1) -> None:
    await index.put(changes, progress(place))


async def find(index: Index, query: str, **changes: Any) -> Found:
    return await index.find(asked(query, **changes), deadline_s=DEADLINE_S)


async def seqs(index: Index, query: str, **changes: Any) -> list[int]:
    """Return the seqs of the posts that are found, newest first."""
    return [hit.seq for hit in (await find(index, query, **changes)).hits]


async def opened_in(directory: Path) -> SearchIndex:
    """Return the index of `directory`, as a process that starts begins it."""
    opened = SearchIndex(directory, Bridge())
    await opened.begin(EPOCH)
    return opened
