"""The command line: what wins over what, what is refused before anything starts, and operators' commands."""

from __future__ import annotations

import io
import os
import resource
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chatd import __version__
from chatd.server import cli
from chatd.server.config import Config, ExitCode

pytestmark = pytest.mark.usefixtures("restored")


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    path = tmp_path / "chatd.toml"
    path.write_text(
        'listen = ["tcp://127.0.0.1:1", "unix:///s"]\ndev = true\ndrain_seconds_max = 1\n'
        "[journal]\nbusy_after_ms = 1\n[limits]\nhello_s_max = 1\n"
    )
    return path


def _config(*tokens: str, file: Path | None = None) -> Config:
    _, bound = cli._parse(tokens, file)
    bound.apply_defaults()
    config = bound.arguments["config"]
    assert isinstance(config, Config)
    return config


# What wins over what


def test_without_options_the_defaults_hold() -> None:
    assert _config("serve") == Config()


def test_options_of_the_command_line_reach_every_group() -> None:
    config = _config(
        *("serve", "--listen", "tcp://127.0.0.1:1", "--listen", "tcp://127.0.0.1:2"),
        *("--dev", "--data", "d", "--limits.hello-s-max", "3", "--memory.rooms-max=99"),
    )
    assert config.listen == ("tcp://127.0.0.1:1", "tcp://127.0.0.1:2")
    assert config.dev
    assert config.data == Path("d")
    assert config.limits.hello_s_max == 3
    assert config.limits.heartbeat_s_max == 240
    assert config.memory.rooms_max == 99


def test_a_file_reaches_every_group(toml: Path) -> None:
    config = _config("serve", file=toml)
    assert config.listen == ("tcp://127.0.0.1:1", "unix:///s")
    assert config.dev
    assert config.journal.busy_after_ms == 1
    assert config.limits.hello_s_max == 1


def test_the_environment_wins_over_the_file(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATD_LISTEN", "tcp://127.0.0.1:3 tcp://127.0.0.1:4")
    monkeypatch.setenv("CHATD_JOURNAL_BUSY_AFTER_MS", "2")
    monkeypatch.setenv("CHATD_DEV", "0")
    config = _config("serve", file=toml)
    assert config.listen == ("tcp://127.0.0.1:3", "tcp://127.0.0.1:4")
    assert config.journal.busy_after_ms == 2
    assert not config.dev
    assert config.drain_seconds_max == 1


def test_the_command_line_wins_over_both(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATD_JOURNAL_BUSY_AFTER_MS", "2")
    config = _config("serve", "--journal.busy-after-ms", "3", "--listen", "tcp://127.0.0.1:5", file=toml)
    assert config.journal.busy_after_ms == 3
    assert config.listen == ("tcp://127.0.0.1:5",)


def test_token_commands_take_the_file_of_the_daemon(toml: Path) -> None:
    assert _config("token", "issue", "ana", file=toml).dev


# What is refused


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (["bogus"], "bogus"),
        (["serve", "--bogus"], "--bogus"),
        (["serve", "--data"], "--data"),
        (["serve", "--memory.rooms-max", "many"], "--memory.rooms-max"),
        (["serve", "--memory.rooms-max", "0"], "memory.rooms_max: 0 is not within"),
        (["serve", "--limits.hello-s-max", "61"], "limits: 'hello_s_max'"),
        (["serve", "--listen", "tcp://0.0.0.0:1"], "allow_plaintext"),
        (["serve", "--dev", "--allow-plaintext", "--listen", "tcp://0.0.0.0:1"], "loopback"),
        (["serve", "--log-level", "loud"], "--log-level"),
        (["serve", "--config"], "--config"),
        (["serve", "--config", "none.toml"], "none.toml"),
        (["token", "issue"], "USER"),
        (["token", "issue", "a b"], "user: not a name"),
        (["token", "issue", "ana", "--ttl", "0s"], "ttl_s"),
        (["token", "issue", "ana", "--ttl", "soon"], "--ttl"),
        (["token", "revoke", "0" * 17], "token: over 16 bytes"),
        (["emergency", "5"], "level: 5 is not within 0..4"),
    ],
)
def test_a_wrong_command_line_is_said_in_one_line(
    tokens: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(tokens) == ExitCode.BAD_CONFIGURATION
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("chatd: ")
    assert output.err.count("\n") == 1
    assert said in output.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("listn = []", "listn"),
        ("[memory]\nroomz_max = 1", "roomz_max"),
        ("[memory]\nrooms_max = 0", "memory.rooms_max"),
        ("memory = 1", "memory"),
        ('dev = "perhaps"', "dev"),
        ("x = [", "chatd.toml"),
    ],
)
def test_a_wrong_file_is_said(text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "chatd.toml"
    path.write_text(text)
    assert cli.run(["serve", "--config", str(path)]) == ExitCode.BAD_CONFIGURATION
    assert said in capsys.readouterr().err


def test_the_environment_names_the_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chatd.toml"
    path.write_text("listn = []")
    monkeypatch.setenv("CHATD_CONFIG", str(path))
    assert cli.run(["serve"]) == ExitCode.BAD_CONFIGURATION
    assert "listn" in capsys.readouterr().err


def test_an_unknown_variable_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CHATD_LISTN", "x")
    assert cli.run(["serve"]) == ExitCode.BAD_CONFIGURATION
    assert "CHATD_LISTN" in capsys.readouterr().err


# What needs no daemon


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == ExitCode.OK
    assert capsys.readouterr().out == f"chatd {__version__}\n"


@pytest.mark.parametrize("tokens", [[], ["--help"], ["serve", "--help"], ["token", "issue", "--help"]])
def test_help_is_given(tokens: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(tokens) == ExitCode.OK
    assert "--config" in capsys.readouterr().out


def test_each_address_is_announced_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    cli._announce(["tcp://127.0.0.1:1", "unix:///s"])
    assert capsys.readouterr().out == "listening on tcp://127.0.0.1:1\nlistening on unix:///s\n"


def test_that_nobody_reads_the_announcement_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    unread = io.TextIOWrapper(io.FileIO(writing, "w"), write_through=True)
    monkeypatch.setattr(sys, "stdout", unread)
    cli._announce(["tcp://127.0.0.1:1"])
    unread.close()


def test_a_command_without_standard_streams_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.run(["bogus"]) == ExitCode.BAD_CONFIGURATION


def test_a_store_that_is_not_there_is_refused_by_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "--data", str(tmp_path / "none")]) == ExitCode.STORE_REFUSED
    assert str(tmp_path / "none") in capsys.readouterr().err


@pytest.mark.slow
def test_data_that_cannot_be_opened_is_refused_by_serve(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    data = str(tmp_path / "file")
    assert cli.run(["serve", "--listen", "tcp://127.0.0.1:0", "--data", data]) == ExitCode.STORE_REFUSED
    output = capfd.readouterr()
    assert output.out == ""
    assert "store refused" in output.err
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == hard
    assert sys.getswitchinterval() == pytest.approx(1e-4)


# Operators' commands, where no daemon runs


@pytest.mark.slow
def test_a_token_is_issued_listed_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "data")]
    assert cli.run(["token", "issue", "ana", "--ttl", "30d", *data]) == ExitCode.OK
    issued = capsys.readouterr()
    made, told = issued.err.splitlines()
    assert made == f"chatd: making a new store in {tmp_path / 'data'}"
    token = told.split()[1]
    assert told == f"token {token} for ana"
    assert len(issued.out) == 43 + 1

    assert cli.run(["token", "list", *data]) == ExitCode.OK
    listed = capsys.readouterr().out
    assert listed.startswith(f"{token}\tana\t")
    assert listed.endswith("\tgood\n")
    assert issued.out.strip() not in listed

    assert cli.run(["token", "revoke", token, *data]) == ExitCode.OK
    capsys.readouterr()
    assert cli.run(["token", "list", *data]) == ExitCode.OK
    assert capsys.readouterr().out.endswith("\trevoked\n")


@pytest.mark.slow
def test_a_token_for_ever_is_listed_without_an_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["token", "issue", "bo", "--data", str(tmp_path)])
    capsys.readouterr()
    cli.run(["token", "list", "--data", str(tmp_path)])
    assert capsys.readouterr().out.split("\t")[3:] == ["-", "good\n"]


@pytest.mark.slow
def test_a_refusal_is_said_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["token", "revoke", "0" * 16, "--data", str(tmp_path)]) == ExitCode.FAILED
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("chatd: ")


@pytest.mark.slow
def test_a_whole_store_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["token", "issue", "ana", "--data", str(tmp_path)])
    capsys.readouterr()
    assert cli.run(["check", "--data", str(tmp_path)]) == ExitCode.OK
    assert capsys.readouterr().out == "1 rooms, 1 entries, 0 faults\n"


@pytest.mark.slow
def test_a_damaged_store_fails_the_check_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.run(["token", "issue", "ana", "--data", str(tmp_path)])
    database = tmp_path / "chatd.db"
    with closing(sqlite3.connect(database)) as connection:
        [(page,)] = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'users'")
    pages = bytearray(database.read_bytes())
    pages[(page - 1) * 4096 : page * 4096] = bytes(4096)
    database.write_bytes(pages)
    capsys.readouterr()
    assert cli.run(["check", "--data", str(tmp_path)]) == ExitCode.FAILED
    first, *faults = capsys.readouterr().out.splitlines()
    assert first.endswith(f", {len(faults)} faults")
    assert faults


@pytest.mark.slow
def test_an_emergency_is_declared_in_one_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["emergency", "4", "--data", str(tmp_path)]) == ExitCode.OK
    assert cli.run(["emergency", "0", "--data", str(tmp_path)]) == ExitCode.OK
    assert capsys.readouterr().out == ""
