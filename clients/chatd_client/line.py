"""The connections to a server, one after another, until the server or the app ends it."""

from __future__ import annotations

from types import TracebackType

import anyio
from anyio.abc import TaskGroup
from attrs import define, field

from chatd.messages import Hello
from chatd_client.address import Dial
from chatd_client.credentials import Fresh, NoToken, with_fresh
from chatd_client.desk import Desk
from chatd_client.errors import Ended
from chatd_client.events import Disconnected
from chatd_client.link import Link, Lost

CONNECT_S_MAX = 15
BACKOFF_S_BASE = 0.5
BACKOFF_S_MAX = 30.0


def backoff_s(failures: int, chance: float) -> float:
    """Return how long to wait after so many failures in a row: full jitter, a share `chance` of a growing time."""
    return chance * min(BACKOFF_S_MAX, BACKOFF_S_BASE * 2.0 ** min(failures, 16))


@define(eq=False)
class Line:
    """What is asked of one desk goes by one line. It runs once."""

    desk: Desk
    _dial: Dial
    _hello: Hello
    _fresh: Fresh | None = None
    link: Link | None = field(default=None, init=False)
    """The connection of now, or the last one there was."""
    _running: anyio.CancelScope = field(factory=anyio.CancelScope, init=False)

    def hang_up(self) -> None:
        """Let `run` return: there is no connection after this one, and this one ends."""
        self._running.cancel()

    async def run(self) -> None:
        """Connect, and again after every loss, until the desk is closed, or the server ends it for good."""
        failures = 0
        with self._running:
            while self.desk.ended is None:
                self.desk.made_progress = False
                end = await self._connection()
                if isinstance(end, Ended):
                    self.desk.finish(end)
                    return
                failures = 0 if self.desk.made_progress else failures
                wait_s = backoff_s(failures, self.desk.sources.chance()) if end.after_s is None else end.after_s
                failures += 1
                self.desk.offer(Disconnected(end.reason, wait_s))
                await anyio.sleep(wait_s)

    async def _connection(self) -> Lost | Ended:
        try:
            hello = await with_fresh(self._hello, self._fresh)
            with anyio.fail_after(CONNECT_S_MAX):
                stream = await self._dial()
        except NoToken as error:
            return Lost(str(error))
        except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
            return Lost(str(error) or "no connection could be made")
        try:
            self.link = Link(self.desk, hello, stream)
            return await self.link.run()
        finally:
            await anyio.aclose_forcefully(stream)


async def close_tasks(
    tasks: TaskGroup, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
) -> bool | None:
    """Keep an app's exception from the task group, which would wrap it; a cancellation may be the group's own."""
    if isinstance(exc, anyio.get_cancelled_exc_class()):
        return await tasks.__aexit__(exc_type, exc, traceback)
    await tasks.__aexit__(None, None, None)
    return None
