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

LOCAL = ("127.0.0.1", "[::1]", "unix", "memory")


def address_of(peer: str) -> str:
    """Return the address in a peer's label, without its port."""
    return peer.rpartition(":")[0] or peer


class Live(Protocol):
    """What the rest of the daemon knows of a session: `chatd.server.session.Session`."""

    id: int
    outbox: Outbox
    token: bytes | None
    issued_ms: int | None
    expires_ms: int | None
    heartbeat_s: int
    heard_s: float

    def reply(self, answers: Sequence[tuple[int, Reply]], frames: bytes = b"") -> bool: ...

    def close(self, code: CloseCode, text: str = "") -> None: ...

    def go_away(self, after_ms: int) -> None: ...


@define(eq=False)
class Sessions:
    by_id: dict[int, Live] = Factory(dict[int, Live])
    """Those whose hello was accepted."""
    connected: dict[int, Live] = Factory(dict[int, Live])
    """All, those before their hello too."""
    _waiting: dict[int, str] = Factory(dict[int, str])
    """The address of each connection whose hello is to come."""
    _waiting_from: dict[str, int] = Factory(dict[str, int])
    _last: int = 0

    def is_full(self, config: SessionConfig, peer: str) -> bool:
        """Return whether another connection is one too many (invariant M3), in all or from the address of `peer`.

        One address cannot take every place before the hello. This machine may: it is a proxy, or a test.
        """
        if len(self.connected) >= config.connections_max or len(self._waiting) >= config.unauthenticated_max:
            return True
        address = address_of(peer)
        return address not in LOCAL and self._waiting_from.get(address, 0) >= config.unauthenticated_per_address_max

    def arrive(self, session: Live, peer: str) -> None:
        """Take a connection whose hello is to come."""
        address = address_of(peer)
        self.connected[session.id] = session
        self._waiting[session.id] = address
        self._waiting_from[address] = self._waiting_from.get(address, 0) + 1

    def admit(self, session: Live) -> None:
        """Let a connection whose hello was accepted be addressed as a session."""
        self.by_id[session.id] = session
        self._wait_no_more(session)

    def depart(self, session: Live) -> None:
        """Forget a connection that has ended."""
        del self.connected[session.id]
        self._wait_no_more(session)

    def _wait_no_more(self, session: Live) -> None:
        address = self._waiting.pop(session.id, None)
        if address is not None:
            self._waiting_from[address] -= 1
            if not self._waiting_from[address]:
                del self._waiting_from[address]

    def number(self) -> int:
        """Return a session number that was never given before."""
        self._last += 1
        return self._last

    def reply(self, session: int, answers: Sequence[tuple[int, Reply]], frames: bytes = b"") -> bool:
        """Send final replies, (request, message) each, and `frames` right behind them, in one write.

        Return what `push` does.
        """
        there = self.by_id.get(session)
        return there is None or there.reply(answers, frames)

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
