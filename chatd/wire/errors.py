"""What goes wrong on a connection, and whose fault it is."""

from __future__ import annotations

from chatd.codes import CloseCode


class ProtocolError(Exception):
    """The connection cannot go on. Never raised itself: which of its two kinds says who broke the protocol."""

    def __init__(self, text: str) -> None:
        if type(self) is ProtocolError:
            raise TypeError("raise LocalProtocolError or RemoteProtocolError")
        super().__init__(text)


class LocalProtocolError(ProtocolError):
    """This side asked for what the protocol does not allow now: a bug of the caller."""


class RemoteProtocolError(ProtocolError):
    """The peer sent what the protocol does not allow. A server closes with `close_code`; a client just leaves."""

    def __init__(self, close_code: CloseCode, text: str) -> None:
        super().__init__(text)
        self.close_code = close_code
