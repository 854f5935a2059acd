"""The command as users have it: a process of its own."""

from __future__ import annotations

import runpy
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

import chatd.server
from chatd import __version__
from chatd.server import __main__ as command
from chatd.server.config import ExitCode

START_S_MAX = 20


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`chatd serve`, ready or not; killed in the end if it still runs."""
    listen = ("--listen", "tcp://127.0.0.1:0", "--listen", f"unix://{tmp_path}/chat.sock")
    with subprocess.Popen(
        [sys.executable, "-m", "chatd", "serve", *listen, "--data", str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def _ready(daemon: subprocess.Popen[str]) -> list[str]:
    """Wait for the lines that say where it listens; return the addresses."""
    assert daemon.stdout is not None
    return [daemon.stdout.readline().removeprefix("listening on ").rstrip("\n") for _ in range(2)]


def _chatd(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chatd", *arguments], capture_output=True, text=True, timeout=START_S_MAX, check=False
    )


def test_without_the_server_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "chatd.server.cli", raising=False)
    monkeypatch.delattr(chatd.server, "cli", raising=False)
    monkeypatch.setitem(sys.modules, "cyclopts", None)
    with pytest.raises(SystemExit, match=r'pip install "chatd\[server\]"'):
        command.main()


def test_a_fault_of_the_installation_is_not_taken_for_the_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "chatd.server.cli", raising=False)
    monkeypatch.delattr(chatd.server, "cli", raising=False)
    monkeypatch.setitem(sys.modules, "chatd.server.operate", None)
    monkeypatch.delattr(chatd.server, "operate", raising=False)
    with pytest.raises(ImportError, match="operate"):
        command.main()


def test_the_exit_code_is_that_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["chatd", "bogus"])
    with pytest.raises(SystemExit) as caught:
        command.main()
    assert caught.value.code == ExitCode.BAD_CONFIGURATION


def test_the_package_runs_as_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "chatd.server.__main__")
    monkeypatch.setattr(sys, "argv", ["chatd", "--version"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("chatd.server", run_name="__main__")
    assert caught.value.code == ExitCode.OK
    assert capsys.readouterr().out == f"chatd {__version__}\n"


@pytest.mark.slow
def test_python_m_chatd_is_the_command() -> None:
    assert _chatd("--version").stdout == f"chatd {__version__}\n"


@pytest.mark.slow
def test_a_daemon_says_where_it_listens_and_sigterm_ends_it_well(daemon: subprocess.Popen[str], tmp_path: Path) -> None:
    tcp, unix = _ready(daemon)
    port = urllib.parse.urlsplit(tcp).port
    assert port
    assert unix == f"unix://{tmp_path}/chat.sock"

    async def connect() -> None:
        with trio.fail_after(START_S_MAX):
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                assert await stream.receive_some()
            async with await trio.open_unix_socket(f"{tmp_path}/chat.sock") as stream:
                assert await stream.receive_some()

    trio.run(connect)
    daemon.send_signal(signal.SIGTERM)
    out, err = daemon.communicate(timeout=START_S_MAX)
    assert daemon.returncode == ExitCode.OK
    assert out == ""
    assert '"event": "stopped"' in err


@pytest.mark.slow
def test_a_second_daemon_on_the_same_data_is_refused(daemon: subprocess.Popen[str], tmp_path: Path) -> None:
    _ready(daemon)
    second = _chatd("serve", "--listen", "tcp://127.0.0.1:0", "--data", str(tmp_path / "data"))
    assert second.returncode == ExitCode.STORE_REFUSED
    assert second.stdout == ""


@pytest.mark.slow
def test_a_taken_address_is_refused(daemon: subprocess.Popen[str], tmp_path: Path) -> None:
    tcp, _ = _ready(daemon)
    second = _chatd("serve", "--listen", tcp, "--data", str(tmp_path / "other"))
    assert second.returncode == ExitCode.CANNOT_LISTEN
    assert second.stdout == ""


@pytest.mark.slow
def test_tokens_are_managed_beside_a_daemon_that_runs(daemon: subprocess.Popen[str], tmp_path: Path) -> None:
    _ready(daemon)
    data = ("--data", str(tmp_path / "data"))
    issued = _chatd("token", "issue", "ana", *data)
    assert issued.returncode == ExitCode.OK
    token = issued.stderr.split()[1]
    assert _chatd("token", "list", *data).stdout.startswith(f"{token}\tana\t")
    assert _chatd("token", "revoke", token, *data).returncode == ExitCode.OK
    assert _chatd("token", "list", *data).stdout.endswith("\trevoked\n")
