"""`chatd backup`: what is asked of a daemon that runs, what is done where none does, and what is left when it fails."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio
from attrs import evolve

from chatd.messages import Closing, Done, FromServer, HoldStore, Ping, Refused, ReleaseStore
from chatd.server.backup import backup
from chatd.server.config import Config
from chatd.server.listener import CONTROL_NAME, OPERATOR_MODE, Stream, open_unix
from chatd.server.operate import OperatorError
from chatd.storage import backup as backups
from chatd.storage.backup import BackupError
from chatd.storage.base import StoreRefused
from chatd.storage.check import Report, check_file
from chatd.storage.sqlite import SqliteStore
from tests.server.test_operate import Script, Scripted, done
from tests.storage.scenes import EPOCH, posts

REFUSED = Refused(code="unchanged", verdict="never", text="the store's file is not held")


@pytest.fixture
async def config(tmp_path: Path) -> Config:
    """The configuration of a daemon whose store holds five entries, and is closed."""
    config = Config(data=tmp_path / "data", disk_free_bytes_min=0)
    store = await SqliteStore.open(config.data, EPOCH)
    await store.append(posts(5))
    await store.aclose()
    return config


async def told(nursery: trio.Nursery, config: Config, script: Script) -> Scripted:
    """Let somebody answer at the control socket as a daemon does."""
    far = Scripted(script)

    async def handler(stream: Stream, _: object, __: str) -> None:
        await far(stream)

    listener = open_unix(str(config.data / CONTROL_NAME), config, mode=OPERATOR_MODE)
    nursery.start_soon(listener.serve, handler, nursery)
    await trio.testing.wait_all_tasks_blocked()
    return far


def left(config: Config) -> list[str]:
    """Return what lies beside the data, where the backup should be."""
    return [path.name for path in config.data.parent.iterdir() if path != config.data]


async def test_a_daemon_that_runs_holds_its_file_until_all_is_copied(
    nursery: trio.Nursery, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "SLICE_BYTES", 16 * 1024)
    far = await told(nursery, config, done)
    file = config.data.parent / "file"
    report = await backup(config, file)
    slices = -(-file.stat().st_size // (16 * 1024))
    assert far.commands == [HoldStore(), *[Ping()] * slices, ReleaseStore()]
    assert report == check_file(file) == Report(1, 5, ())
    nursery.cancel_scope.cancel()


async def test_a_hold_that_was_lost_leaves_no_backup(nursery: trio.Nursery, config: Config) -> None:
    def script(command: object) -> FromServer:
        return REFUSED if isinstance(command, ReleaseStore) else Done()

    await told(nursery, config, script)
    with pytest.raises(OperatorError, match="not held"):
        await backup(config, config.data.parent / "file")
    assert left(config) == []
    nursery.cancel_scope.cancel()


async def test_a_daemon_that_ends_meanwhile_leaves_no_backup(nursery: trio.Nursery, config: Config) -> None:
    def script(command: object) -> FromServer:
        return Closing(code=1000, text="the server stops") if isinstance(command, Ping) else Done()

    await told(nursery, config, script)
    with pytest.raises(OperatorError, match="the server stops"):
        await backup(config, config.data.parent / "file")
    assert left(config) == []
    nursery.cancel_scope.cancel()


async def test_a_daemon_that_refuses_is_told(nursery: trio.Nursery, config: Config) -> None:
    busy = Refused(code="busy", verdict="after_ms", text="another backup is under way", after_ms=1)
    far = await told(nursery, config, lambda _: busy)
    with pytest.raises(OperatorError, match="another backup is under way"):
        await backup(config, config.data.parent / "file")
    assert far.commands == [HoldStore()]
    assert left(config) == []
    nursery.cancel_scope.cancel()


async def test_a_daemon_whose_file_is_not_where_its_socket_is_is_said(nursery: trio.Nursery, config: Config) -> None:
    await told(nursery, config, done)
    (config.data / "chatd.db").unlink()
    with pytest.raises(BackupError, match="No such file"):
        await backup(config, config.data.parent / "file")
    assert left(config) == []
    nursery.cancel_scope.cancel()


async def test_without_a_daemon_the_store_is_copied_all_the_same(config: Config) -> None:
    assert await backup(config, config.data.parent / "file") == Report(1, 5, ())
    assert left(config) == ["file"]


async def test_what_exists_is_refused_before_anybody_is_asked(nursery: trio.Nursery, config: Config) -> None:
    far = await told(nursery, config, done)
    (config.data.parent / "file").touch()
    with pytest.raises(BackupError, match="exists"):
        await backup(config, config.data.parent / "file")
    assert far.commands == []
    nursery.cancel_scope.cancel()


async def test_the_last_of_the_disk_is_left_to_the_daemon(config: Config) -> None:
    with pytest.raises(BackupError, match="of the disk would be left"):
        await backup(evolve(config, disk_free_bytes_min=2**50), config.data.parent / "file")
    assert left(config) == []


async def test_a_damaged_store_makes_no_backup_and_its_faults_are_told(config: Config) -> None:
    with closing(sqlite3.connect(config.data / "chatd.db")) as connection, connection:
        connection.execute("UPDATE entries SET body = CAST('texT' AS BLOB) WHERE number = 2")
    report = await backup(config, config.data.parent / "file")
    assert len(report.faults) == 1
    assert left(config) == []


async def test_without_daemon_and_store_there_is_nothing_to_copy(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "data", disk_free_bytes_min=0)
    config.data.mkdir()
    with pytest.raises(StoreRefused, match="no chatd store"):
        await backup(config, tmp_path / "file")
    assert left(config) == []
