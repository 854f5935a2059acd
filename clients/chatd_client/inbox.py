"""What waits to be consumed by the app: bounded in bytes, in order, each once."""

from __future__ import annotations

from collections import deque

from attrs import define, field

from chatd.model import RoomId
from chatd_client import events
from chatd_client.bell import Bell
from chatd_client.cursor import Cursor, Told

EVENT_BYTES = 512
"""Counted for an event beside its body: about what its objects cost."""
SHED_ABOVE = 4
"""Past so many times the limit even a chat with waiting commands takes no more entries."""


def _size(event: events.Event) -> int:
    body = event.body if isinstance(event, events.Entry) else None
    return EVENT_BYTES + len(body or b"")


@define(eq=False)
class Inbox:
    bytes_max: int
    bell: Bell = field(factory=Bell, init=False)
    """Rings when there is something to consume again, and when there is room again."""
    bytes: int = field(default=0, init=False)
    consumed: dict[RoomId, Cursor] = field(factory=dict[RoomId, Cursor], init=False)
    """How far the app has come in each room: what a store keeps."""
    _waiting: deque[Told] = field(factory=deque[Told], init=False)
    _handed: Told | None = field(default=None, init=False)
    """What the app has in hand. It is consumed when the app asks for the next."""

    @property
    def full(self) -> bool:
        """Whether the socket is left alone until the app has consumed some."""
        return self.bytes >= self.bytes_max

    @property
    def overfull(self) -> bool:
        """Whether entries are left out, to be asked for again when there is room."""
        return self.bytes >= SHED_ABOVE * self.bytes_max

    def put(self, told: Told) -> None:
        """Append what must not be lost. The caller looks at `full` and `overfull` first."""
        self._waiting.append(told)
        self.bytes += _size(told.event)
        if len(self._waiting) == 1:
            self.bell.ring()

    def offer(self, event: events.Event) -> None:
        """Append a passing event, unless there is no room; of several Disconnected in a row the last stays."""
        last = self._waiting[-1].event if self._waiting else None
        if isinstance(event, events.Disconnected) and isinstance(last, events.Disconnected):
            self._waiting[-1] = Told(event)  # both count the same bytes
        elif not self.full:
            self.put(Told(event))

    def take(self) -> events.Event | None:
        """Hand out the next event, None when there is none. What was handed out before counts as consumed."""
        self.consume()
        if not self._waiting:
            return None
        was_full = self.full
        self._handed = self._waiting.popleft()
        self.bytes -= _size(self._handed.event)
        if was_full and not self.full:
            self.bell.ring()
        return self._handed.event

    def give_back(self) -> None:
        """Put what the app has in hand first again; it is not consumed. Without any, nothing happens."""
        handed, self._handed = self._handed, None
        if handed is not None:
            self._waiting.appendleft(handed)
            self.bytes += _size(handed.event)
            self.bell.ring()

    def consume(self) -> None:
        """Count what the app has in hand as consumed."""
        handed, self._handed = self._handed, None
        if handed is None:
            return
        if handed.cursor is not None:
            self.consumed[handed.cursor.room] = handed.cursor
        elif isinstance(handed.event, events.Unavailable):
            self.consumed.pop(handed.event.room, None)
