"""What a chat can raise. Every exception of the library is a ChatError, but for bad arguments (ValueError).

    ChatError
      Refused            the server said no to one command; the chat goes on
      Backlog            too many commands wait for their ack; the chat goes on
      ChainBroken        what the server gave does not continue what it gave before; the chat goes on
      StreamReset        a position in the stream belongs to another store; the admin side goes on
      Ended              the chat is over, and every later call says why
        Left             the app left its `async with`
        Closed           the server ended it for good: a person or another version must act first
        ProtocolViolation  the server said what protocol.md does not allow
        StoreFailed      the app's store could not be read or written, or holds another user's state

A bad argument (a title of control characters, a text over the limit) raises `Unfit`, a ValueError, and nothing is sent.
"""

from __future__ import annotations

from chatd import messages
from chatd.codes import Verdict
from chatd.model import RoomId


class ChatError(Exception):
    """The base of all that this library raises."""


class Refused(ChatError):
    """The server refused one command, which was not carried out. The chat goes on.

    A refusal whose verdict is `after_ms` never comes here: the library sends the command again by itself.
    """

    def __init__(
        self,
        code: str,
        verdict: str,
        text: str,
        after_ms: int | None = None,
        wait_ms: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code
        """One of `chatd.codes.RefusalCode`, or what a newer server says."""
        self.verdict = verdict
        """One of `chatd.codes.Verdict`: what to do about a code that you do not know."""
        self.text = text
        self.after_ms = after_ms
        self.wait_ms = wait_ms
        """Of `slow_mode` and `too_new`, and where `limit_reached` heals: in how many ms the command would be taken."""
        self.reason = reason
        """Of `rejected`: the word by which the app's own rules say why; else empty."""

    @classmethod
    def of(cls, reply: messages.Refused) -> Refused:
        """Return the exception for `reply`."""
        return cls(reply.code, reply.verdict, reply.text, reply.after_ms, reply.wait_ms, reply.reason)


def passes(reply: messages.Refused) -> bool:
    """Return whether this refusal asks for the same command again, later."""
    return reply.verdict == Verdict.AFTER_MS


class Backlog(ChatError):
    """So many commands wait for their ack that a call which never blocks takes no more."""


class ChainBroken(ChatError):
    """An entry does not continue the hash chain of its room, or leaves a hole in its order that nothing names."""

    def __init__(self, room: RoomId, seq: int, text: str) -> None:
        super().__init__(f"room {room.hex()}, seq {seq}: {text}")
        self.room = room
        self.seq = seq


class StreamReset(ChatError):
    """A position in the stream does not belong to what the server holds, which was restored: begin anew."""


class Ended(ChatError):
    """The chat is over. Whether a command that was waiting has been carried out is unknown."""


class Left(Ended):
    """The app left its `async with`."""


class Closed(Ended):
    """The server ended the chat with a code that does not ask to come back."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{text} (close code {code})" if text else f"close code {code}")
        self.code = code
        """One of `chatd.codes.CloseCode`, or what a newer server says."""
        self.text = text


class ProtocolViolation(Ended):
    """The server said what the protocol does not allow, or speaks no version that this library knows."""


class StoreFailed(Ended):
    """The app's store could not be read or written, or holds what belongs to another user."""
