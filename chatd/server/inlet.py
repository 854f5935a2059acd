"""The bytes that come from one peer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from socket import socket

import trio

RECEIVE_BYTES = 64 * 1024
"""Taken at once of a session. A frame is no larger (`chatd.limits.FRAME_BYTES_MAX`)."""
GREETED_BYTES = 8 * 1024
"""Taken at once of who has not said hello yet: strangers get little memory (invariant M3)."""

Receive = Callable[[int], Awaitable[bytes]]
"""Waits for bytes and returns at most so many, none at the peer's end. Raises trio.BrokenResourceError. Lets others
run."""


def inlet(stream: trio.abc.ReceiveStream, plain: socket | None) -> Receive:
    """Return how bytes are received: from `plain`, the non-blocking socket beneath `stream`, where there is one."""
    return partial(_from_stream, stream) if plain is None else partial(_from_socket, plain)


async def _from_stream(stream: trio.abc.ReceiveStream, bytes_max: int) -> bytes:
    return bytes(await stream.receive_some(bytes_max))


async def _from_socket(plain: socket, bytes_max: int) -> bytes:
    """Wait first and read then: a peer that talks seldom has not sent more by the time it is asked again.

    A stream reads first, in vain, and raises and catches an error for it, before it waits.
    """
    while True:
        await trio.lowlevel.wait_readable(plain)
        try:
            return plain.recv(bytes_max)
        except BlockingIOError:
            continue
        except OSError as error:
            raise trio.BrokenResourceError(str(error)) from error
