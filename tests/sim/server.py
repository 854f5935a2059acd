"""The daemon as a process that can be killed, drained and started again over the same disk."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
import trio
from attrs import Factory, define, evolve

from chatd.limits import DEFAULTS
from chatd.server.config import Config, MemoryConfig, OutboxConfig, RateConfig
from chatd.server.daemon import Daemon, compose
from chatd.storage.base import StoreError
from tests.house import START_MS
from tests.sim.disk import Disk, Handle
from tests.sim.links import Connection, ServerEnd

KEPT = 0.5
"""How often what a dying daemon has sent still arrives."""
DRAINS = 3
"""Sessions have one `drain_seconds_max` to end, and the last of their frames another to leave."""


def config(*, invites: bool) -> Config:
    """Return limits so small that pages end, memory is evicted, outboxes fill and floods are refused in a minute."""
    return Config(
        data=Path("unused"),
        dev=True,
        add_members="invited" if invites else "added",
        limits=evolve(
            DEFAULTS,
            page_entries_max=20,
            page_rooms_max=3,
            page_members_max=3,
            live_entries_max=20,
            held_max=6,
            held_per_user_max=3,
            held_s_max=60,
        ),
        memory=MemoryConfig(rooms_max=16, memberships_max=16, tail_bytes_max=4000),
        outbox=OutboxConfig(bytes_max=128 * 1024, low_water_bytes=8192, stall_s_max=10),
        rates=RateConfig(commands_per_s=100, burst_commands=200),
    )


@define(eq=False)
class Wall:
    """The server's clock on the wall, which somebody may set."""

    skew_ms: int = 0

    def now_ms(self) -> int:
        return START_MS + int(trio.current_time() * 1000) + self.skew_ms


@define(eq=False)
class _Life:
    """One process."""

    daemon: Daemon
    handle: Handle
    scope: trio.CancelScope
    sessions: trio.Nursery
    stopping: trio.Event = Factory(trio.Event)
    stopped_s: float = 0.0
    """When it was told to stop."""

    @property
    def accepts(self) -> bool:
        return not (self.stopping.is_set() or self.handle.dead)


@define(eq=False, kw_only=True)
class Server:
    """`complain` is told of every end of the daemon that no fault explains."""

    nursery: trio.Nursery
    disk: Disk
    wall: Wall
    config: Config
    chance: random.Random
    complain: Callable[..., None]
    connections: list[Connection] = Factory(list[Connection])
    starts: int = 0
    kills: int = 0
    _life: _Life | None = None
    _starting: bool = False

    @property
    def daemon(self) -> Daemon | None:
        return self._life.daemon if self._life is not None and self._life.accepts else None

    async def start(self) -> None:
        """Start a process unless one runs, and return when it accepts."""
        if self._life is None and not self._starting:
            self._starting = True
            await self.nursery.start(self._live)
            self._starting = False

    @property
    def is_gone(self) -> bool:
        """Whether no process runs, not even one that is stopping."""
        return self._life is None

    async def _live(self, task_status: trio.TaskStatus[None]) -> None:
        self.starts += 1
        handle = Handle(self.disk)
        chance = random.Random(self.chance.random())
        daemon = compose(self.config, handle, now=self.wall.now_ms, salts=lambda: chance.randbytes(16), chance=chance)
        daemon.core.log = structlog.wrap_logger(None, processors=[self._note], wrapper_class=structlog.BoundLogger)
        try:
            with trio.CancelScope() as scope:
                await self._serve(daemon, handle, scope, task_status)
        except* StoreError as group:
            if not (handle.dead or handle.failed):
                self.complain("the daemon died of", group.exceptions)
        except* Exception:  # noqa: BLE001 - whatever ends the daemon is a finding
            self.complain("the daemon died", traceback.format_exc())
        finally:
            handle.die()
            self._cut_all(keep=True)
            self._life = None

    async def _serve(
        self, daemon: Daemon, handle: Handle, scope: trio.CancelScope, task_status: trio.TaskStatus[None]
    ) -> None:
        """Live until killed, or until the sessions have ended after `drain`."""
        async with trio.open_nursery() as engine:
            engine.start_soon(daemon.run)
            async with trio.open_nursery() as sessions:
                life = self._life = _Life(daemon, handle, scope, sessions)
                task_status.started()
                await life.stopping.wait()
                sessions.cancel_scope.deadline = trio.current_time() + self.config.drain_seconds_max
                await daemon.drain()
            engine.cancel_scope.cancel()
        if trio.current_time() - life.stopped_s > DRAINS * self.config.drain_seconds_max:
            self.complain("L4 a drain that took", trio.current_time() - life.stopped_s, "s")

    def _note(self, _: Any, method: str, event: Any) -> Any:
        if method == "exception":
            self.complain("a session failed", traceback.format_exc())
        raise structlog.DropEvent

    def connect(self, connection: Connection, *, operators: bool = False) -> bool:
        """Accept a connection; False says that nobody listens."""
        life = self._life
        if life is None or not life.accepts:
            return False
        self.connections = [each for each in self.connections if not each.is_over]
        self.connections.append(connection)
        life.sessions.start_soon(self._accept, life, connection, operators)
        return True

    async def _accept(self, life: _Life, connection: Connection, operators: bool) -> None:
        end = ServerEnd(connection.up, connection.down)
        try:
            await life.daemon.accept(life.sessions, end, None, "sim", operators=operators)
        finally:
            await trio.aclose_forcefully(end)

    def kill(self) -> None:
        """End the process as SIGKILL does: nothing more is said, written or committed by it."""
        if (life := self._life) is not None:
            self.kills += 1
            self._cut_all(keep=self.chance.random() < KEPT)
            life.handle.die()
            life.scope.cancel()

    def drain(self) -> None:
        """End the process as SIGTERM does: it ends by itself soon."""
        if (life := self._life) is not None:
            life.stopped_s = trio.current_time()
            life.stopping.set()

    def _cut_all(self, *, keep: bool) -> None:
        for connection in self.connections:
            connection.cut(keep=keep)
        self.connections.clear()
