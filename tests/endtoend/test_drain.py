"""A daemon that is stopped and started again while it is used: the app sees events, and no error (L4, F29)."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio
from attrs import Factory, define

from chatd.model import RoomId
from chatd.server.config import ExitCode
from chatd_client import Chat, Committed, Connected, Disconnected, connect
from tests.daemons import Process, chatd

pytestmark = pytest.mark.slow

RESTARTS = 2
ROUND = 20
"""Acks that each client waits for between two restarts."""


@define(eq=False)
class App:
    """One user's app: it posts, reads and changes things, each call after the other, until it is told to stop."""

    chat: Chat
    room: RoomId
    posted: list[Committed] = Factory(list)
    calls: int = 0
    over: bool = False
    _moved: trio.Event = Factory(trio.Event)

    async def go_on(self) -> None:
        """Nothing is caught here: an error that a call raised would fail the test."""
        others: list[Callable[[], Awaitable[object]]] = [
            lambda: self.chat.history(self.room, limit=10),
            lambda: self.chat.members(self.room),
            self.chat.rooms,
            lambda: self.chat.set_title(self.room, f"round {self.calls}"),
        ]
        while not self.over:
            self.posted.append(await self.chat.post(self.room, f"line {len(self.posted)}"))
            await others[self.calls % len(others)]()
            self.calls += 1
            self._moved.set()
            self._moved = trio.Event()

    async def has_made(self, more: int) -> None:
        wanted = self.calls + more
        while self.calls < wanted:
            await self._moved.wait()


async def restart(daemon: Process) -> None:
    daemon.signal(signal.SIGTERM)
    assert await trio.to_thread.run_sync(daemon.wait) == ExitCode.OK
    daemon.start()


async def listen(chat: Chat, told: Counter[type]) -> None:
    async for event in chat.events():
        told[type(event)] += 1


async def test_an_app_sees_no_error_whatever_call_a_restart_meets(tmp_path: Path) -> None:
    told = Counter[type]()
    with Process(tmp_path / "data") as daemon, trio.fail_after(60):
        async with connect(daemon.url, user="ana") as ana, connect(daemon.url, user="bo") as bo:
            room = (await ana.create_group("all", ["bo"])).room
            own = (await bo.create_group("bo's own", ["ana"])).room
            apps = [App(ana, room), App(bo, own)]
            async with trio.open_nursery() as nursery:
                nursery.start_soon(listen, ana, told)
                for app in apps:
                    nursery.start_soon(app.go_on)
                for _ in range(RESTARTS):
                    await apps[0].has_made(ROUND)
                    await restart(daemon)
                for app in apps:
                    await app.has_made(ROUND)
                    app.over = True
                nursery.cancel_scope.cancel()
        assert daemon.end(signal.SIGTERM) == ExitCode.OK
    assert told[Disconnected] >= RESTARTS <= told[Connected]
    for app in apps:
        seqs = [ack.seq for ack in app.posted]
        assert seqs == sorted(dict.fromkeys(seqs))
        assert len(seqs) >= ROUND
    assert chatd("check", "--data", str(tmp_path / "data")).returncode == ExitCode.OK


async def test_what_was_stored_before_is_all_there_after_each_start(tmp_path: Path) -> None:
    with Process(tmp_path / "data") as daemon, trio.fail_after(60):
        async with connect(daemon.url, user="ana") as ana:
            room = (await ana.create_group("all")).room
            for cycle in range(3):
                for sending in [ana.post_nowait(room, f"{cycle} {number}") for number in range(100)]:
                    await sending.acked()
                await restart(daemon)
                page = await ana.history(room, limit=1)
                assert [entry.seq for entry in page.entries] == [1 + 100 * (cycle + 1)]
