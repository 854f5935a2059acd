"""The composition root: what a daemon is made of, in which order it is born, and how it ends.

Store, journal and fanout are born first and die last; then the sessions; then the listeners, which die first.
A bug in a session ends that session; a failure of journal, fanout or store ends the daemon.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from socket import socket
from typing import cast

import structlog
import trio
from attrs import Factory, define

from chatd.codes import CloseCode
from chatd.model import AboutUser, UserRecord
from chatd.rooms.effects import InFlight
from chatd.server.closing import Closing
from chatd.server.collector import Collector
from chatd.server.compose import core_of
from chatd.server.config import Config, ExitCode
from chatd.server.core import Core
from chatd.server.gate import Gate
from chatd.server.hooks.plan import NO_PLAN, Plan, asking_of
from chatd.server.inlet import inlet
from chatd.server.journal import Batch
from chatd.server.keyring import Keyring
from chatd.server.lapsing import Lapses
from chatd.server.listener import ListenError
from chatd.server.outbox import Outbox
from chatd.server.recovery import Recovery
from chatd.server.salts import Salts
from chatd.server.session import Session
from chatd.server.stopping import serve_until_stopped
from chatd.storage import open_index, open_store
from chatd.storage.base import Store, StoreError, StoreRefused
from chatd.storage.index import Index
from chatd.wire.connection import ServerConnection

BATCHES_WAITING = 1
"""Committed batches that wait for delivery: the journal commits none before the last one is delivered."""
SWEEP_S = 5.0


@define(eq=False, kw_only=True)
class Daemon:
    """Everything but the listeners: `run` keeps it alive, `accept` serves a connection, `drain` ends it."""

    core: Core
    batches: trio.MemoryReceiveChannel[Batch]
    recovery: Recovery
    closing: Closing
    lapses: Lapses
    chance: random.Random
    _collector: Collector = Factory(Collector)
    _visitors: int = 0
    """Connections of operators who come with a credential."""

    async def run(self) -> None:
        """Commit, deliver and load until cancelled. Raises StoreError when the store failed for good."""
        core = self.core
        async with trio.open_nursery() as nursery:
            nursery.start_soon(core.loader.run)
            nursery.start_soon(core.journal.keep_marks)
            nursery.start_soon(core.signals.keep_receipts)
            nursery.start_soon(core.signals.keep_summaries)
            nursery.start_soon(core.presence.run)
            nursery.start_soon(core.signals.keep_live)
            nursery.start_soon(self.recovery.watch_disk)
            nursery.start_soon(core.expiries.run)
            nursery.start_soon(self.closing.run)
            nursery.start_soon(self.lapses.run)
            nursery.start_soon(core.pages.reviews.keep_told)
            nursery.start_soon(self._sweep)
            nursery.start_soon(core.relays.run)
            if core.asking is not None:
                nursery.start_soon(core.asking.run)
            if core.feeding is not None:
                nursery.start_soon(core.feeding.run)
            if core.keyring is not None:
                nursery.start_soon(core.keyring.heed_hangups)
            async with trio.open_nursery() as road:
                road.start_soon(core.journal.run)
                road.start_soon(core.fanout.run, self.batches)
            core.flushed.set()

    async def accept(
        self,
        nursery: trio.Nursery,
        stream: trio.abc.Stream,
        plain: socket | None,
        peer: str,
        *,
        operators: bool,
        credentials: Mapping[bytes, str] | None = None,
    ) -> None:
        """Serve one connection until it ends. Its writer tasks live in `nursery`. Raises Cancelled alone."""
        core = self.core
        core.metrics.connections += 1
        session = self._session(nursery, stream, plain, peer, operators=operators, credentials=credentials)
        if core.draining:
            await session.turn_away(CloseCode.GOING_AWAY, "the server stops")
            return
        if self._is_full(peer, operators=operators, credentials=credentials):
            core.metrics.connections_refused += 1
            await session.turn_away(CloseCode.TOO_MANY_CONNECTIONS, "full")
            return
        core.sessions.arrive(session, peer)
        self._collector.came()
        self._visitors += credentials is not None
        try:
            await session.run()
        except Exception:
            core.metrics.session_errors += 1
            core.log.exception("session failed", session=session.id, user=session.actor.user)
        finally:
            self._visitors -= credentials is not None
            core.holds.leave(session.id)
            core.sessions.depart(session)

    def _is_full(self, peer: str, *, operators: bool, credentials: Mapping[bytes, str] | None) -> bool:
        """Return whether another connection is one too many. Who may open the control socket always comes in."""
        if credentials is not None:
            return self._visitors >= self.core.config.admin.connections_max
        return not operators and self.core.sessions.is_full(self.core.config.sessions, peer)

    def _session(
        self,
        nursery: trio.Nursery,
        stream: trio.abc.Stream,
        plain: socket | None,
        peer: str,
        *,
        operators: bool,
        credentials: Mapping[bytes, str] | None,
    ) -> Session:
        core = self.core
        number = core.sessions.number()
        outbox = Outbox(
            stream,
            nursery.start_soon,
            core.config.outbox,
            partial(core.sessions.stalled, number),
            plain=plain,
        )
        return Session(
            core=core,
            receive=inlet(stream, plain),
            outbox=outbox,
            peer=peer,
            operators=operators,
            credentials=credentials,
            id=number,
            wire=ServerConnection(core.config.limits, allow_system=operators),
            gate=Gate(
                journal=core.journal,
                session=number,
                in_flight_max=core.config.limits.requests_in_flight_max,
            ),
        )

    async def drain(self) -> None:
        """Tell everybody to go, answer what is in flight, and return once that has been delivered."""
        core = self.core
        core.draining = True
        sessions = list(core.sessions.connected.values())
        spread_ms = max(1000, len(sessions))
        for session in sessions:
            session.go_away(self.chance.randrange(spread_ms))
        core.journal.stop()
        await core.flushed.wait()

    async def _sweep(self) -> None:
        """Every few seconds, end the sessions that were not heard of, and those whose token has expired.

        Who is not read from, because too much waits for them, cannot be heard: the outbox cuts them if they stall.
        """
        while True:
            await trio.sleep(SWEEP_S)
            now_s, now_ms = trio.current_time(), self.core.now()
            for session in list(self.core.sessions.by_id.values()):
                unheard_s = 0.0 if session.outbox.above_low_water else now_s - session.heard_s
                if unheard_s > 2 * session.heartbeat_s:
                    session.close(CloseCode.IDLE, "nothing was heard")
                elif session.expires_ms is not None and session.expires_ms <= now_ms:
                    session.close(CloseCode.TOKEN_EXPIRED, "the token has expired")


def compose(
    config: Config,
    store: Store,
    *,
    now: Callable[[], int],
    salts: Callable[[], bytes],
    chance: random.Random,
    index: Index | None = None,
    plan: Plan = NO_PLAN,
) -> Daemon:
    """Return a daemon over `store`, which searches in `index` where it is given one, with the hooks of `plan`.

    Clock and chance are arguments, so that a simulation replays exactly.
    """
    send, receive = trio.open_memory_channel[Batch](BATCHES_WAITING)

    async def failed(error: StoreError, lost: list[InFlight]) -> None:
        await recovery.failed(error, lost)

    core = core_of(config, store, send, failed, now=now, salts=salts, index=index)
    core.asking = asking_of(plan, core)
    core.relays.open(plan.webhooks, now, chance)
    recovery, closing, lapses = Recovery(core), Closing(core), Lapses(core)
    told = core.registry.on_user

    def on_user(record: AboutUser) -> None:
        told(record)
        if isinstance(record, UserRecord):
            closing.on_user(record)

    core.registry.on_user = on_user
    return Daemon(core=core, batches=receive, recovery=recovery, closing=closing, lapses=lapses, chance=chance)


def wall_clock_ms() -> int:
    return time.time_ns() // 1_000_000


async def serve(
    config: Config,
    *,
    ready: Callable[[Sequence[str]], None],
    plan: Plan = NO_PLAN,
    keyring: Keyring | None = None,
) -> ExitCode:
    """Run a daemon until SIGTERM or SIGINT, then drain it. `ready` is told the bound addresses.

    Returns why it ended. What was acknowledged is on disk however it ended.
    """
    log = structlog.get_logger()
    try:
        async with (
            open_store(config.data, new_epoch=os.urandom(16)) as store,
            open_index(config.data, wanted=config.search == "on") as index,
        ):
            daemon = compose(
                config, store, now=wall_clock_ms, salts=Salts(), chance=random.SystemRandom(), index=index, plan=plan
            )
            if keyring is not None:
                daemon.core.verify, daemon.core.keyring = keyring.verify, keyring
            if config.dev:
                log.warning("development mode: anybody on this machine may speak as anybody", listen=config.listen)
            return await _run(daemon, config, ready)
    except StoreRefused as error:
        log.error("store refused", error=str(error))
        return ExitCode.STORE_REFUSED


def _reason(failure: ExceptionGroup[Exception]) -> str:
    """Return what the first error in a tree of groups says; a group only says that it is one."""
    first = failure.exceptions[0]
    return _reason(cast("ExceptionGroup[Exception]", first)) if isinstance(first, ExceptionGroup) else str(first)


async def _run(daemon: Daemon, config: Config, ready: Callable[[Sequence[str]], None]) -> ExitCode:
    log = daemon.core.log
    code = ExitCode.OK
    try:
        async with trio.open_nursery() as engine:
            engine.start_soon(daemon.run)
            await daemon.recovery.read_server()
            await serve_until_stopped(daemon.accept, daemon.drain, daemon.core, config, ready)
            engine.cancel_scope.cancel()
    except* StoreError as failure:
        log.error("store failed", error=_reason(failure))
        code = ExitCode.STORE_FAILED
    except* ListenError as failure:
        log.error("cannot listen", error=_reason(failure))
        code = ExitCode.CANNOT_LISTEN
    log.info("stopped", code=code.name, **daemon.core.metrics.snapshot())
    return code
