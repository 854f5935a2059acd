"""How far one room is followed."""

from __future__ import annotations

from attrs import define, field

from chatd import chain, messages
from chatd.model import RoomId
from chatd_client.cursor import Cursor


@define(eq=False)
class Track:
    room: RoomId
    seq: int = 0
    hash: bytes = b""
    live: bool = False
    paged_to: int | None = None
    """Where the entries end that the server gave of a room which it does not attend to yet: more is to be asked for."""
    anchor: Cursor | None = None
    """Where the server said that its range begins, when that is beyond the cursor."""
    held: list[messages.Gap] = field(factory=list[messages.Gap])
    """Gaps that came without a hash: they are told with the gap behind them that has one."""
    faults: int = 0
    watched: bool = False
    """Whether it is a live room that the user watches and is not in."""
    latest: int | None = None
    """How many entries to begin with, where it is watched; None: with all."""

    def cursor(self) -> Cursor:
        return Cursor(self.room, self.seq, self.hash)

    def rewind(self) -> None:
        self.seq, self.hash, self.anchor, self.live = 0, chain.origin(self.room), None, False
        self.held.clear()
