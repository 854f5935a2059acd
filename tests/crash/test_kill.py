"""A daemon that is killed while clients post: what it acknowledged is there, once, in one order (D1-D4, E1, E2)."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path
from random import Random

import pytest
import trio
from attrs import Factory, define

from chatd.messages import Post
from chatd.model import EntryKind, RoomId
from chatd.wire import content
from chatd_client import Chat, Committed, connect
from tests.crash.wire_client import WireClient
from tests.daemons import Process, chatd

pytestmark = pytest.mark.slow

CYCLES = 5
USERS = ("ana", "bo", "cy")
PAGE = 100


@define(eq=False)
class Ledger:
    """What was posted and what was answered, each under its key."""

    posted: dict[bytes, Post] = Factory(dict)
    acked: dict[bytes, tuple[RoomId, int, int]] = Factory(dict)
    wanted: int = 0
    reached: trio.Event = Factory(trio.Event)
    """Set when `wanted` commands are acknowledged."""

    def want(self, more: int) -> trio.Event:
        self.wanted, self.reached = len(self.acked) + more, trio.Event()
        return self.reached

    def ack(self, key: bytes, reply: Committed) -> None:
        place = (reply.room, reply.seq, reply.time)
        assert self.acked.setdefault(key, place) == place
        if len(self.acked) >= self.wanted:
            self.reached.set()


async def _post_until_cut(url: str, user: str, room: RoomId, ledger: Ledger, chance: Random) -> None:
    """Post without waiting for acks, what is unacknowledged first, until the daemon dies."""
    client = await WireClient.dial(url, user)
    mine = [post for key, post in ledger.posted.items() if key not in ledger.acked and key.endswith(user.encode())]
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.collect, ledger.ack)
            for post in mine:
                await client.send(Post(room=post.room, key=post.key, content=post.content, retry=True))
            while not client.ended:
                key = chance.randbytes(13) + b"\0" * (3 - len(user)) + user.encode()
                post = Post(room=room, key=key, content=content.text(f"{user} {len(ledger.posted)}"))
                ledger.posted[key] = post
                await client.send(post)
                await client.room_for_more()
    except* (trio.BrokenResourceError, OSError):
        pass
    await client.aclose()


async def _cycle(daemon: Process, room: RoomId, ledger: Ledger, chance: Random) -> None:
    enough = ledger.want(chance.randrange(20, 400))
    async with trio.open_nursery() as nursery:
        for user in USERS:
            nursery.start_soon(_post_until_cut, daemon.url, user, room, ledger, chance)
        await enough.wait()
        daemon.end(signal.SIGKILL)


async def _make_room(url: str) -> RoomId:
    async with connect(url, user="ana", device="setup") as ana:
        return (await ana.create_group("all", list(USERS[1:]))).room


async def _settle_rest(url: str, ledger: Ledger) -> None:
    """Send again what no daemon has answered: each gets a place, its only one."""
    for user in USERS:
        client = await WireClient.dial(url, user)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.collect, ledger.ack)
            for key, post in list(ledger.posted.items()):
                if key.endswith(user.encode()):
                    await client.send(Post(room=post.room, key=post.key, content=post.content, retry=True))
                    await client.room_for_more()
            await client.all_answered()
            nursery.cancel_scope.cancel()
        await client.aclose()


async def _read_all(chat: Chat, room: RoomId) -> list[tuple[int, bytes, bytes | None, int]]:
    rows: list[tuple[int, bytes, bytes | None, int]] = []
    more = True
    while more:
        page = await chat.history(room, after=rows[-1][0] if rows else 0, limit=PAGE)
        rows += [(each.seq, each.key, each.body, each.time) for each in page.entries if each.kind == EntryKind.POST]
        more = page.more_after
    return rows


async def test_killed_five_times_it_keeps_every_ack_at_its_place_once(tmp_path: Path) -> None:
    chance, ledger = Random(22), Ledger()
    with Process(tmp_path / "data") as daemon, trio.fail_after(60):
        room = await _make_room(daemon.url)
        for cycle in range(CYCLES):
            if cycle:
                daemon.start()
            await _cycle(daemon, room, ledger, chance)
        report = chatd("check", "--data", str(tmp_path / "data"))
        assert report.returncode == 0, report.stdout
        daemon.start()
        await _settle_rest(daemon.url, ledger)
        async with connect(daemon.url, user="ana", device="reader") as reader:
            rows = await _read_all(reader, room)
    assert [seq for seq, _, _, _ in rows] == list(range(2, len(ledger.posted) + 2))
    assert Counter(key for _, key, _, _ in rows) == Counter([*ledger.posted])
    assert {key: (room, seq, time) for seq, key, _, time in rows} == ledger.acked
    assert {key: body for _, key, body, _ in rows} == {key: post.content for key, post in ledger.posted.items()}
