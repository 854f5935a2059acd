"""What an operator does from a second terminal: tokens, and looking whether the data is whole."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import trio

from chatd.codes import CloseCode
from chatd.server.config import ExitCode
from chatd_client import Ended, connect
from tests.daemons import Process, chatd

pytestmark = pytest.mark.slow


def _issue(data: Path, user: str) -> str:
    issued = chatd("token", "issue", user, "--data", str(data))
    assert issued.returncode == ExitCode.OK, issued.stderr
    return issued.stdout.strip()


def _tokens(data: Path) -> list[list[str]]:
    listed = chatd("token", "list", "--data", str(data))
    assert listed.returncode == ExitCode.OK, listed.stderr
    return [line.split("\t") for line in listed.stdout.splitlines()]


def test_tokens_are_issued_listed_and_revoked_while_no_daemon_runs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    secret = _issue(data, "ana")
    [row] = _tokens(data)
    assert (row[1], row[-1]) == ("ana", "good")
    assert secret not in row
    assert chatd("token", "revoke", row[0], "--data", str(data)).returncode == ExitCode.OK
    assert [each[-1] for each in _tokens(data)] == ["revoked"]


async def test_a_token_of_before_lets_in_and_revoked_ends_its_session_within_a_second(tmp_path: Path) -> None:
    data = tmp_path / "data"
    before = _issue(data, "ana")
    with Process(data, options=()) as daemon, trio.fail_after(40):
        other = await trio.to_thread.run_sync(_issue, data, "bo")
        async with connect(daemon.url, token=before) as ana, connect(daemon.url, token=other) as bo:
            await ana.connected()
            assert (await bo.connected()).user == "bo"
            rows = await trio.to_thread.run_sync(_tokens, data)
            [doomed] = [row[0] for row in rows if row[1] == "ana"]
            revoked = await trio.to_thread.run_sync(chatd, "token", "revoke", doomed, "--data", str(data))
            assert revoked.returncode == ExitCode.OK
            with trio.fail_after(1), pytest.raises(Ended) as ended:
                async for _ in ana.events():
                    pass
            assert str(int(CloseCode.REVOKED)) in repr(ended.value) or "revoked" in str(ended.value)
            await bo.rooms()


async def test_check_finds_nothing_in_good_data_and_names_what_is_damaged(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Process(data) as daemon, trio.fail_after(40):
        async with connect(daemon.url, user="ana") as ana:
            room = (await ana.create_group("all")).room
            await ana.post(room, "as it was written")
        daemon.end(signal.SIGTERM)
    good = chatd("check", "--data", str(data))
    assert (good.returncode, good.stdout) == (ExitCode.OK, "2 rooms, 3 entries, 0 faults\n")
    with closing(sqlite3.connect(data / "chatd.db")) as database:
        database.execute(
            "UPDATE entries SET body = CAST(replace(body, 'written', 'altered') AS BLOB) WHERE kind = 'post'"
        )
        database.commit()
    damaged = chatd("check", "--data", str(data))
    assert damaged.returncode == ExitCode.FAILED
    assert len(damaged.stdout.splitlines()) > 1
