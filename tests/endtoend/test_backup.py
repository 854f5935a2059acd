"""Backups of a daemon that is being used, and what its clients see when it comes back from one (D9)."""

from __future__ import annotations

import signal
from functools import partial as bind
from pathlib import Path

import pytest
import trio
from attrs import Factory, define

from chatd.model import EntryKind, RoomId
from chatd.server.config import ExitCode
from chatd_client import CaughtUp, Chat, Committed, Entry, Event, MemoryStore, Reset, connect
from tests.daemons import Process, chatd

pytestmark = pytest.mark.slow

USERS = ("ana", "bo", "cy")
AHEAD = 16
PAGE = 100


@define(eq=False)
class Talk:
    """What was posted to one room, and where it was acknowledged, each under its key."""

    room: RoomId
    posted: dict[bytes, str] = Factory(dict)
    acked: dict[bytes, Committed] = Factory(dict)
    over: bool = False

    async def go_on(self, chat: Chat, name: str) -> None:
        """Post so many at a time, until it is over."""
        while not self.over:
            sendings = [chat.post_nowait(self.room, f"{name} {len(self.posted) + each}") for each in range(AHEAD)]
            self.posted |= {sending.key: name for sending in sendings}
            for sending in sendings:
                self.acked[sending.key] = await sending.acked()


async def history(chat: Chat, room: RoomId) -> list[Entry]:
    entries: list[Entry] = []
    more = True
    while more:
        page = await chat.history(room, after=entries[-1].seq if entries else 0, limit=PAGE)
        entries += page.entries
        more = page.more_after
    return entries


async def run(*arguments: str) -> str:
    """Run a command that must succeed and return what it prints."""
    ended = await trio.to_thread.run_sync(chatd, *arguments)
    assert ended.returncode == ExitCode.OK, ended.stderr + ended.stdout
    return ended.stdout


def beside(data: Path) -> list[str]:
    """Return what backups have left beside the data."""
    return [path.name for path in data.parent.glob("file*")]


async def caught_up(chat: Chat) -> list[Event]:
    """Return what is told until the first `CaughtUp`."""
    told: list[Event] = []
    async for event in chat.events():
        told.append(event)
        if isinstance(event, CaughtUp):
            break
    return told


async def test_a_backup_under_load_holds_every_ack_before_it_and_nothing_that_was_not_sent(tmp_path: Path) -> None:
    data, file, new = tmp_path / "data", tmp_path / "file", tmp_path / "new"
    with Process(data) as daemon, trio.fail_after(60):
        async with (
            connect(daemon.url, user="ana") as ana,
            connect(daemon.url, user="bo") as bo,
            connect(daemon.url, user="cy") as cy,
            trio.open_nursery() as nursery,
        ):
            talk = Talk((await ana.create_group("all", USERS[1:])).room)
            for chat, name in zip((ana, bo, cy), USERS, strict=True):
                nursery.start_soon(talk.go_on, chat, name)
            while len(talk.acked) < 2 * AHEAD:
                await ana.post(talk.room, "no talk")
            before = dict(talk.acked)
            printed = await run("backup", str(file), "--data", str(data))
            talk.over = True
        assert daemon.end(signal.SIGTERM) == ExitCode.OK
    assert await run("check", str(file)) == printed
    assert await run("restore", str(file), "--data", str(new)) == printed
    with Process(new) as restored, trio.fail_after(60):
        async with connect(restored.url, user="ana", device="reader") as reader:
            entries = await history(reader, talk.room)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    found = {entry.key: entry for entry in entries[1:] if entry.text != "no talk"}
    assert [key for key in before if key not in found] == []
    assert [key for key in found if key not in talk.posted] == []
    assert {key: entry.seq for key, entry in found.items()} == {key: talk.acked[key].seq for key in found}
    assert len(found) < len(talk.posted)


async def test_a_client_that_has_seen_more_forgets_it_and_begins_anew(tmp_path: Path) -> None:
    data, file, new = tmp_path / "data", tmp_path / "file", tmp_path / "new"
    kept = MemoryStore()
    with Process(data) as daemon, trio.fail_after(60):
        async with connect(daemon.url, user="ana", store=kept) as ana:
            room = (await ana.create_group("all")).room
            await ana.post(room, "in the backup")
            await run("backup", str(file), "--data", str(data))
            await ana.post(room, "not in it")
            told: list[Event] = []
            while [event.seq for event in told if isinstance(event, Entry) and event.room == room] != [1, 2, 3]:
                told.append(await ana.next_event())
    await run("restore", str(file), "--data", str(new))
    with Process(new) as restored, trio.fail_after(60):
        async with connect(restored.url, user="ana", store=kept) as ana:
            told = await caught_up(ana)
            forgotten = [event.room for event in told if isinstance(event, Reset)]
            again = [event for event in told if isinstance(event, Entry) and event.room == room]
            assert room in forgotten
            assert told.index(Reset(room)) < told.index(again[0])
            assert [(event.seq, event.kind) for event in again] == [(1, EntryKind.CREATE), (2, EntryKind.POST)]
            assert (await ana.post(room, "another third")).seq == 3


async def test_a_disk_that_is_full_fails_the_backup_and_not_the_daemon(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "file"
    with Process(data) as daemon, trio.fail_after(60):
        async with connect(daemon.url, user="ana") as ana:
            room = (await ana.create_group("all")).room
            limited = bind(chatd, before=("sh", "-c", 'ulimit -f 16 && exec "$@"', "sh"))
            failed = await trio.to_thread.run_sync(limited, "backup", str(file), "--data", str(data))
            assert failed.returncode == ExitCode.FAILED
            assert "File too large" in failed.stderr
            assert beside(data) == []
            assert (await ana.post(room, "still here")).seq == 2
            await run("backup", str(file), "--data", str(data))


async def test_a_backup_that_is_killed_hinders_neither_the_daemon_nor_the_next(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "file"
    with Process(data) as daemon, trio.fail_after(60):
        async with connect(daemon.url, user="ana") as ana:
            room = (await ana.create_group("all")).room
            for nth in (2, 5):
                killed = bind(chatd, module=("tests.endtoend.killed_command", str(nth)))
                ended = await trio.to_thread.run_sync(killed, "backup", str(file), "--data", str(data))
                assert ended.returncode == -signal.SIGKILL
                assert not file.exists()
                await ana.post(room, f"after kill {nth}")
            printed = await run("backup", str(file), "--data", str(data))
        assert printed == "2 rooms, 4 entries, 0 faults\n"
        assert beside(data) == ["file"]
