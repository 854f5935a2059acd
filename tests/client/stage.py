"""A server that follows a script for a blocking chat: it plays in the chat's own thread and loop, as `fakes` has it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
from anyio.abc import ByteStream
from attrs import define, field

from chatd.wire.connection import State
from chatd_client import blocking
from tests.client.fakes import Network, Peer, calm
from tests.client.scrolls import Scroll

CALL_S_MAX = 20.0
"""What is never answered fails its test after that time."""

Script = Callable[[Peer], Awaitable[None]]


async def nothing_more(_: Peer) -> None:
    """The script of a server that answers no command once the chat has caught up."""


@define(eq=False)
class Stage:
    """Where a blocking chat dials. The first call begins the play: `begin`, and then the script."""

    script: Script
    begin: Callable[[Network], Awaitable[Peer]]
    begun: threading.Event = field(factory=threading.Event, init=False)
    error: Exception | None = field(default=None, init=False)
    _network: Network | None = field(default=None, init=False)
    _playing: asyncio.Task[None] | None = field(default=None, init=False)

    async def dial(self) -> ByteStream:
        if self._network is None:
            self._network = Network()
            self._playing = asyncio.create_task(self._play(self._network))
        return await self._network.dial()

    async def _play(self, network: Network) -> None:
        """Play, and leave the connections open until the loop ends."""
        async with network:
            try:
                peer = await self.begin(network)
                self.begun.set()
                await self.script(peer)
                if peer.conn.state is not State.CLOSED:
                    await peer.drain()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                pass  # the chat has been left
            except Exception as error:  # noqa: BLE001 - `played` raises it in the thread of the test
                self.error = error
            await anyio.sleep_forever()


@contextmanager
def played(
    script: Script = nothing_more,
    *scrolls: Scroll,
    begin: Callable[[Network], Awaitable[Peer]] | None = None,
    **options: Any,
) -> Iterator[blocking.Chat]:
    """Hand out a blocking chat that has caught up with `scrolls`, and whose server then follows `script`.

    With `begin` the chat is brought no further than that does. Raises what the script raised.
    """
    stage = Stage(script, begin or (lambda network: network.follow(*scrolls)))
    plain: dict[str, Any] = {"user": "ana", "sources": calm()}
    chat = blocking.connect(stage.dial, **plain | options)
    chat.call_s_max = CALL_S_MAX
    try:
        with chat:
            stage.begun.wait(CALL_S_MAX)
            yield chat
    finally:
        if stage.error is not None:
            raise stage.error


@contextmanager
def no_thread_left() -> Iterator[None]:
    """Hold that the threads which begin within have ended, or end by themselves at once."""
    before = threading.enumerate()
    yield
    begun = [thread for thread in threading.enumerate() if thread not in before]
    for thread in begun:
        thread.join(CALL_S_MAX)
    assert [thread for thread in begun if thread.is_alive()] == []
