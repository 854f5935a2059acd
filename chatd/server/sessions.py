"""The sessions of this daemon by number, as fanout and recovery address them. An unknown number is who left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import Factory, define

from chatd.codes import CloseCode
from chatd.messages import Event, Reply
from chatd.server.config import SessionConfig
from chatd.server.outbox import Outbox
from chatd.wire import codec


class Live(Protocol):
    """What the rest of the daemon knows of a session: `chatd.server.session.Session`."""

    outbox: Outbox
    token: bytes | None
    expires_ms: int | None
    heartbeat_s: int
    heard_s: float

    def reply(self, answers: Sequence[tuple[int, Reply]]) -> None: ...

    def close(self, code: CloseCode, text: str = "") -> None: ...

    def go_away(self, after_ms: int) -> None: ...


@define(eq=False)
class Sessions:
    by_id: dict[int, Live] = Factory(dict[int, Live])
    """Those whose hello was accepted."""
    connected: dict[int, Live] = Factory(dict[int, Live])
    """All, those before their hello too."""
    _last: int = 0

    def is_full(self, config: SessionConfig) -> bool:
        """Return whether another connection is one too many (invariant M3)."""
        waiting = len(self.connected) - len(self.by_id)
        return len(self.connected) >= config.connections_max or waiting >= config.unauthenticated_max

    def number(self) -> int:
        """Return a session number that was never given before."""
        self._last += 1
        return self._last

    def reply(self, session: int, answers: Sequence[tuple[int, Reply]]) -> None:
        """Send final replies, (request, message) each, in one write."""
        if there := self.by_id.get(session):
            there.reply(answers)

    def push(self, session: int, frames: bytes) -> bool:
        """Offer `frames` to a session. Return False when its outbox is over its limit; who left counts as served."""
        there = self.by_id.get(session)
        return there is None or there.outbox.push(frames)

    def push_reserved(self, session: int, event: Event) -> None:
        """Send an event for which every outbox keeps space."""
        if there := self.by_id.get(session):
            there.outbox.push_reserved(codec.encode(event))

    def stalled(self, session: int) -> None:
        """End a connection whose peer takes nothing."""
        if there := self.connected.get(session):
            there.close(CloseCode.STALLED, "nothing was taken")

    def close(self, session: int, code: CloseCode, text: str = "") -> None:
        """End a session at once: what waits unsent is dropped, and nothing it sent is acted upon any more."""
        if there := self.by_id.get(session):
            there.close(code, text)
