from __future__ import annotations

import anyio
import pytest

from benchmarks.cast import Ascent, Cast, Misplaced
from benchmarks.daemon import Daemon
from chatd.model import EntryKind, UserId
from chatd_client import Entry


def test_a_listener_is_told_rising_seqs_in_each_room() -> None:
    ascent = Ascent()
    for room, seq in [(b"one", 1), (b"one", 2), (b"two", 1), (b"one", 4)]:
        ascent.see(room, seq)


@pytest.mark.parametrize("seq", [1, 2])
def test_a_listener_that_is_told_again_or_too_late_is_misled(seq: int) -> None:
    ascent = Ascent()
    ascent.see(b"one", 2)
    with pytest.raises(Misplaced, match=f"seq {seq} was told after seq 2"):
        ascent.see(b"one", seq)


@pytest.mark.slow
async def test_a_user_has_one_chat_however_often_asked_for(daemon: Daemon) -> None:
    async with anyio.create_task_group() as tasks:
        cast = Cast(daemon.url, tasks, 0, lambda *_: None)
        assert await cast.chat_of("ana") is await cast.chat_of("ana")
        tasks.cancel_scope.cancel()


@pytest.mark.slow
async def test_the_first_users_hear_what_is_posted_and_the_others_do_not(daemon: Daemon) -> None:
    heard: list[UserId] = []
    posted = anyio.Event()

    def tell_entry(user: UserId, entry: Entry) -> None:
        if entry.kind == EntryKind.POST:
            heard.append(user)
            posted.set()

    async with anyio.create_task_group() as tasks:
        cast = Cast(daemon.url, tasks, 1, tell_entry)
        keeper = await cast.chat_of("cast-keeper", may_listen=False)
        for user in ("cast-ana", "cast-bo"):
            await (await cast.chat_of(user)).connected()
        room = (await keeper.create_group("a cast", ["cast-ana", "cast-bo"])).room
        await keeper.post(room, "hello")
        with anyio.fail_after(30):
            await posted.wait()
        tasks.cancel_scope.cancel()
    assert heard == ["cast-ana"]
