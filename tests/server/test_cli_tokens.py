"""What the command line does about signed tokens: the keys of `serve`, and `token revoke-all`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatd.server import cli
from chatd.server.config import ExitCode


@pytest.mark.slow
def test_all_tokens_of_a_user_are_revoked_in_one_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path)]
    cli.run(["token", "issue", "ana", *data])
    assert cli.run(["token", "revoke-all", "ana", "--reason", "stolen", *data]) == ExitCode.OK
    with closing(sqlite3.connect(tmp_path / "chatd.db")) as database:
        [(revoked,)] = database.execute("SELECT revoked_until >= created FROM users").fetchall()
    assert revoked
    capsys.readouterr()
    assert cli.run(["token", "revoke-all", "nobody", *data]) == ExitCode.FAILED
    assert cli.run(["token", "revoke-all", "no name", *data]) == ExitCode.BAD_CONFIGURATION


def test_a_key_that_cannot_be_read_keeps_the_daemon_from_starting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["serve", "--tokens.keys", f"k1:EdDSA:{tmp_path / 'none'}"]) == ExitCode.BAD_CONFIGURATION
    assert "tokens.keys: k1" in capsys.readouterr().err
