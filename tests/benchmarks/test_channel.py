from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from benchmarks.cast import Cast
from benchmarks.channel import Channel, read_back
from benchmarks.daemon import Daemon
from benchmarks.judge import Found, Line
from benchmarks.logfile import Joined, Left, Log, Said, Step
from chatd.chain import pack
from chatd.model import PRESENT

pytestmark = pytest.mark.slow


@asynccontextmanager
async def opened(daemon: Daemon, *steps: Step) -> AsyncIterator[Channel]:
    """A channel with its room, whose only member is its keeper."""
    async with anyio.create_task_group() as tasks:
        cast = Cast(daemon.url, tasks, 0, lambda *_: None)
        keeper = await cast.chat_of("channel-keeper")
        room = (await keeper.create_group("a channel")).room
        yield Channel(Log(steps, 0, 0), room, keeper, cast, lambda: None)
        tasks.cancel_scope.cancel()


async def _present(channel: Channel) -> list[str]:
    page = await channel.keeper.members(channel.room)
    return [member.user for member in page.members if member.state in PRESENT]


async def _texts(channel: Channel) -> list[Found]:
    posts = await read_back(channel.keeper, channel.room)
    return [posts[seq] for seq in sorted(posts)]


async def test_lines_are_posted_in_the_order_of_the_file(daemon: Daemon) -> None:
    async with opened(daemon, Said("ana", b"0"), Said("bo", b"1"), Said("ana", b"2")) as channel:
        await channel.play_in_order()
        assert await _texts(channel) == [Found("ana", b"0"), Found("bo", b"1"), Found("ana", b"2")]


async def test_acks_name_the_places_where_lines_are_found(daemon: Daemon) -> None:
    async with opened(daemon, Said("ana", b"one"), Joined("bo"), Said("ana", b"two")) as channel:
        await channel.play_in_order()
        posts = await read_back(channel.keeper, channel.room)
        assert channel.lines() == [Line(found.user, found.text, seq) for seq, found in sorted(posts.items())]


async def test_who_speaks_or_joins_is_a_member_until_they_leave(daemon: Daemon) -> None:
    steps: list[Step] = [Said("ana", b"x"), Joined("bo"), Joined("cy"), Joined("cy"), Left("bo"), Left("stranger")]
    async with opened(daemon, *steps) as channel:
        await channel.play_in_order()
        assert await _present(channel) == ["ana", "channel-keeper", "cy"]


async def test_who_left_and_speaks_again_is_added_again(daemon: Daemon) -> None:
    async with opened(daemon, Said("ana", b"one"), Left("ana"), Said("ana", b"two")) as channel:
        await channel.play_in_order()
        assert await _texts(channel) == [Found("ana", b"one"), Found("ana", b"two")]


async def test_by_sender_each_one_s_lines_keep_their_order(daemon: Daemon) -> None:
    steps: list[Step] = [Said(user, b"%d" % n) for n in range(20) for user in ("ana", "bo")]
    async with opened(daemon, *steps, Left("ana")) as channel:
        await channel.play_by_sender(5)
        texts = await _texts(channel)
        assert [found.text for found in texts if found.user == "ana"] == [b"%d" % n for n in range(20)]
        assert [found.text for found in texts if found.user == "bo"] == [b"%d" % n for n in range(20)]
        assert await _present(channel) == ["bo", "channel-keeper"]


async def test_a_history_of_many_pages_is_read_whole(daemon: Daemon) -> None:
    async with opened(daemon, *[Said("ana", b"%d" % n) for n in range(230)]) as channel:
        await channel.play_by_sender(50)
        assert [found.text for found in await _texts(channel)] == [b"%d" % n for n in range(230)]


async def test_a_line_that_no_daemon_takes_has_no_place(daemon: Daemon) -> None:
    async with opened(daemon, Said("ana", b"x" * 32_768), Said("ana", b"y")) as channel:
        await channel.play_in_order()
        assert [line.seq is None for line in channel.lines()] == [True, False]
        assert len(channel.refusals) == 1


async def test_a_post_that_is_no_text_is_found_as_it_is(daemon: Daemon) -> None:
    async with opened(daemon) as channel:
        other = pack({"type": "quiz", "fallback": "a quiz", "encoding": "klingon"})
        await channel.keeper.post(channel.room, other)
        assert await _texts(channel) == [Found("channel-keeper", other)]
