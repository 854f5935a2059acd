"""The command line of backup, restore and check: what is printed, and which exit code tells what."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chatd.server import cli
from chatd.server.config import ExitCode

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("restored")]

WHOLE = "1 rooms, 1 entries, 0 faults\n"


@pytest.fixture
def data(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """A store with a token."""
    cli.run(["token", "issue", "ana", "--data", str(tmp_path / "data")])
    capfd.readouterr()
    return tmp_path / "data"


def test_a_store_is_backed_up_checked_and_restored(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file, new = str(data.parent / "file"), str(data.parent / "new")
    assert cli.run(["backup", file, "--data", str(data)]) == ExitCode.OK
    assert cli.run(["check", file]) == ExitCode.OK
    assert cli.run(["restore", file, "--data", new]) == ExitCode.OK
    assert cli.run(["check", "--data", new]) == ExitCode.OK
    assert capfd.readouterr().out == WHOLE * 4
    assert cli.run(["token", "list", "--data", new]) == ExitCode.OK
    assert "\tana\t" in capfd.readouterr().out


def test_every_restore_is_an_epoch_of_its_own(data: Path) -> None:
    file = str(data.parent / "file")
    cli.run(["backup", file, "--data", str(data)])
    epochs = [_epoch(data)]
    for name in ("one", "two"):
        cli.run(["restore", file, "--data", str(data.parent / name)])
        epochs.append(_epoch(data.parent / name))
    assert len(dict.fromkeys(epochs)) == 3


def _epoch(directory: Path) -> bytes:
    with closing(sqlite3.connect(directory / "chatd.db")) as connection:
        [(epoch,)] = connection.execute("SELECT epoch FROM meta")
    assert isinstance(epoch, bytes)
    return epoch


def test_what_is_refused_is_said_in_one_line(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    here = str(data)
    letter = data.parent / "letter"
    letter.write_text("nothing of the kind")
    refused = {
        ("backup", str(letter), "--data", here): ExitCode.FAILED,
        ("backup", str(data.parent / "b"), "--data", str(data.parent / "none")): ExitCode.STORE_REFUSED,
        ("backup", str(data.parent / "b"), "--data", str(letter)): ExitCode.FAILED,
        ("restore", str(letter), "--data", here): ExitCode.FAILED,
        ("restore", str(letter), "--data", str(data.parent / "new")): ExitCode.STORE_REFUSED,
        ("check", str(letter)): ExitCode.STORE_REFUSED,
        ("backup",): ExitCode.BAD_CONFIGURATION,
        ("restore",): ExitCode.BAD_CONFIGURATION,
    }
    for command, code in refused.items():
        assert cli.run(command) == code, command
        output = capfd.readouterr()
        assert output.out == ""
        assert output.err.startswith("chatd: ")
        assert output.err.count("\n") == 1
    assert letter.read_text() == "nothing of the kind"


def test_faults_are_listed_and_fail(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(data / "chatd.db")) as connection, connection:
        connection.execute("DELETE FROM users")
    file = data.parent / "file"
    assert cli.run(["backup", str(file), "--data", str(data)]) == ExitCode.FAILED
    first, *faults = capfd.readouterr().out.splitlines()
    assert first == "1 rooms, 1 entries, 1 faults"
    assert faults == ["tokens: a row refers to one of users that does not exist"]
    assert not file.exists()
