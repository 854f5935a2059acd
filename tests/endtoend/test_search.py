"""A real daemon is searched over a real socket, and makes its index again whatever becomes of the file."""

from __future__ import annotations

from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest
import trio

from chatd_client import Chat, Refused, connect
from tests.daemons import Process

pytestmark = pytest.mark.slow

SEARCHING = ("--dev", "--search", "on")
FILES = ("search.db", "search.db-wal", "search.db-shm")


async def texts(chat: Chat, query: str) -> list[str]:
    """Return what a search finds once everything is looked through."""
    while True:
        found = await chat.search(query)
        if found.current:
            return [hit.text for hit in found.hits]


async def posted(url: str, *bodies: str) -> None:
    async with connect(url, user="ana") as ana:
        room = (await ana.open_direct("bo")).room
        for body in bodies:
            await ana.post(room, body)


async def found(url: str, query: str) -> list[str]:
    with trio.fail_after(20):
        async with connect(url, user="bo") as bo:
            return await texts(bo, query)


async def test_what_is_posted_is_found_by_those_who_may_read_it(tmp_path: Path) -> None:
    with Process(tmp_path / "data", options=SEARCHING) as daemon:
        await posted(daemon.url, "Grüner Tee?", "お茶を飲む", "no")
        assert await found(daemon.url, "tee") == ["Grüner Tee?"]
        assert await found(daemon.url, "お茶") == ["お茶を飲む"]
        async with connect(daemon.url, user="eve") as eve:
            assert await texts(eve, "tee") == []
        daemon.end(SIGTERM)
        assert '"searches": ' in daemon.log.read_text() or "searches=" in daemon.log.read_text()


@pytest.mark.parametrize("damage", ["none", "removed", "garbage"])
async def test_after_a_kill_everything_is_found_again_whatever_became_of_the_index(tmp_path: Path, damage: str) -> None:
    data = tmp_path / "data"
    with Process(data, options=SEARCHING) as daemon:
        await posted(daemon.url, *[f"tea number {number}" for number in range(50)])
        daemon.end(SIGKILL)
        for name in FILES:
            if damage == "removed":
                (data / name).unlink(missing_ok=True)
            elif damage == "garbage":
                (data / name).write_bytes(b"garbage" * 1000)
        daemon.start()
        assert await found(daemon.url, '"number 7"') == ["tea number 7"]
        await posted(daemon.url, "tea number 50")
        assert (await found(daemon.url, "tea"))[:2] == ["tea number 50", "tea number 49"]


async def test_a_daemon_that_does_not_search_keeps_no_index(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Process(data, options=SEARCHING) as daemon:
        await posted(daemon.url, "tea")
        assert await found(daemon.url, "tea") == ["tea"]
        daemon.end(SIGTERM)
    with Process(data, options=("--dev", "--search", "off")) as daemon:
        assert not any((data / name).exists() for name in FILES)
        with pytest.raises(Refused, match="forbidden"):
            await found(daemon.url, "tea")
