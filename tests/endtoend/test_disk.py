"""Disks that are full or cannot be written to, as the system makes them: a small file system, a read-only mount."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import trio

from chatd.server.config import ExitCode
from chatd_client import Chat, Disconnected, connect
from tests.daemons import Process, chatd

SMALL = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@"'
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
SERVE = ("serve", "--dev", "--listen", "tcp://127.0.0.1:0", "--data")


def mounted(script: str, path: Path) -> tuple[str, ...]:
    """Return the command that runs another one where `script` has mounted something on `path`."""
    return ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(path))


def can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    command = [*mounted(SMALL, Path("/mnt")), "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_mount(), reason="this system lets nobody mount in a name space of their own"),
]


def fill(ballast: Path) -> None:
    """Take all that is left of the disk."""
    about = os.statvfs(ballast.parent)
    ballast.write_bytes(bytes(about.f_bavail * about.f_frsize))


async def cut(chat: Chat) -> None:
    """Return once the daemon has closed the connection: the outcome of what is in flight is unknown."""
    async for event in chat.events():
        if isinstance(event, Disconnected):
            return


async def test_a_disk_that_runs_full_loses_nothing_and_goes_on_when_there_is_space(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    options = ("--dev", "--disk-free-bytes-min", "0")
    with Process(data, options=options, before=mounted(SMALL, data)) as daemon, trio.fail_after(60):
        async with connect(daemon.url, user="ana") as ana:
            room = (await ana.create_group("all")).room
            ballast = daemon.inside(data / "ballast")
            fill(ballast)
            sendings = [ana.post_nowait(room, f"{number} " + "x" * 20_000) for number in range(60)]
            await cut(ana)
            assert (await ana.history(room)).entries[0].seq == 1
            ballast.unlink()
            seqs = [(await sending.acked()).seq for sending in sendings]
        assert seqs == list(range(2, 62))
        assert '"disk full"' in daemon.log.read_text()
        assert daemon.end(signal.SIGTERM) == ExitCode.OK


def make_store(data: Path) -> None:
    assert chatd("token", "issue", "ana", "--data", str(data)).returncode == ExitCode.OK


@pytest.mark.parametrize("name", ["", "chatd.db", "lock"])
def test_what_cannot_be_written_to_is_refused_at_the_start(tmp_path: Path, name: str) -> None:
    data = tmp_path / "data"
    make_store(data)
    ended = chatd(*SERVE, str(data), before=mounted(READ_ONLY, data / name))
    assert (ended.returncode, ended.stdout) == (ExitCode.STORE_REFUSED, "")
    assert "read-only" in ended.stderr.lower()
    assert chatd("check", "--data", str(data)).returncode == ExitCode.OK


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    ended = chatd(*SERVE, str(tmp_path / "new"), before=mounted(READ_ONLY, tmp_path))
    assert (ended.returncode, ended.stdout) == (ExitCode.STORE_REFUSED, "")
    assert "Read-only file system" in ended.stderr


def test_a_backup_is_made_of_a_stopped_store_alone_that_can_be_written_to(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "file"
    make_store(data)
    ended = chatd("backup", str(file), "--data", str(data), before=mounted(READ_ONLY, data))
    assert ended.returncode == ExitCode.STORE_REFUSED
    assert "Read-only file system" in ended.stderr
    assert not file.exists()


def test_a_backup_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    data, shelf = tmp_path / "data", tmp_path / "shelf"
    make_store(data)
    shelf.mkdir()
    ended = chatd("backup", str(shelf / "file"), "--data", str(data), before=mounted(READ_ONLY, shelf))
    assert ended.returncode == ExitCode.FAILED
    assert "Read-only file system" in ended.stderr
    assert os.listdir(shelf) == []


def test_a_backup_is_checked_where_nothing_can_be_written(tmp_path: Path) -> None:
    data, shelf = tmp_path / "data", tmp_path / "shelf"
    make_store(data)
    shelf.mkdir()
    assert chatd("backup", str(shelf / "file"), "--data", str(data)).returncode == ExitCode.OK
    ended = chatd("check", str(shelf / "file"), before=mounted(READ_ONLY, shelf))
    assert (ended.returncode, ended.stdout) == (ExitCode.OK, "1 rooms, 1 entries, 0 faults\n")
