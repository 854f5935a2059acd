"""How a daemon stops, shares its data with nobody, and lives through a shortage of descriptors."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
import trio

from chatd.messages import RoomsPage
from chatd.server.config import ExitCode
from chatd_client import Chat, Committed, Connected, Disconnected, connect
from tests.daemons import Process, chatd

pytestmark = pytest.mark.slow

POSTS = 300


async def _post_all(chat: Chat, room: bytes, acks: list[Committed], first: trio.Event) -> None:
    """Post at once, and keep each ack, however often the connection is lost on the way."""
    for sending in [chat.post_nowait(room, f"line {number}") for number in range(POSTS)]:
        acks.append(await sending.acked())
        first.set()


async def _come_back(chat: Chat) -> None:
    """Return once the connection was lost and found again."""
    lost = False
    async for event in chat.events():
        lost = lost or isinstance(event, Disconnected)
        if lost and isinstance(event, Connected):
            return


async def test_a_stopped_daemon_drains_and_its_clients_come_back_to_the_next(tmp_path: Path) -> None:
    acks: list[Committed] = []
    with Process(tmp_path / "data") as daemon, trio.fail_after(50):
        async with connect(daemon.url, user="ana") as ana:
            room = (await ana.create_group("all")).room
            async with trio.open_nursery() as nursery:
                first = trio.Event()
                nursery.start_soon(_come_back, ana)
                nursery.start_soon(_post_all, ana, room, acks, first)
                await first.wait()
                daemon.signal(signal.SIGTERM)
                assert await trio.to_thread.run_sync(daemon.wait) == ExitCode.OK
                daemon.start()
            page = await ana.history(room, limit=1)
    assert sorted(ack.seq for ack in acks) == list(range(2, POSTS + 2))
    assert [entry.seq for entry in page.entries] == [POSTS + 1]


def test_a_second_daemon_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with Process(tmp_path / "data"):
        second = chatd("serve", "--dev", "--listen", "tcp://127.0.0.1:0", "--data", str(tmp_path / "data"))
        assert second.returncode == ExitCode.STORE_REFUSED
        assert not second.stdout


async def test_without_descriptors_it_serves_who_is_there_and_newcomers_later(tmp_path: Path) -> None:
    with Process(tmp_path / "data") as daemon, trio.fail_after(40):
        daemon.allow_descriptors(40)
        host, port = daemon.url.removeprefix("tcp://").split(":")
        async with connect(daemon.url, user="ana") as ana:
            room = (await ana.create_group("all")).room
            crowd = [await trio.open_tcp_stream(host, int(port)) for _ in range(60)]
            assert (await ana.post(room, "still here")).seq == 2
            for stream in crowd:
                await stream.aclose()
            async with connect(daemon.url, user="bo") as bo:
                assert isinstance(await bo.rooms(), RoomsPage)
        assert daemon.end(signal.SIGTERM) == ExitCode.OK


def _commits(data: Path) -> tuple[int, int]:
    """Return how many commits hold posts, and how many posts there are."""
    with closing(sqlite3.connect(data / "chatd.db")) as database:
        [row] = database.execute("SELECT count(DISTINCT g), count(*) FROM entries WHERE kind = 'post'")
        return row[0], row[1]


async def test_many_posts_at_once_share_few_commits(tmp_path: Path) -> None:
    users = [f"user{number}" for number in range(10)]
    with Process(tmp_path / "data") as daemon, trio.fail_after(40):
        async with AsyncExitStack() as stack:
            chats = [await stack.enter_async_context(connect(daemon.url, user=user)) for user in users]
            room = (await chats[0].create_group("all", users[1:])).room
            sent = [chats[number % 10].post_nowait(room, f"line {number}") for number in range(POSTS)]
            for sending in sent:
                await sending.acked()
        daemon.end(signal.SIGTERM)
    commits, posts = _commits(tmp_path / "data")
    assert posts == POSTS
    assert commits <= POSTS // 10
