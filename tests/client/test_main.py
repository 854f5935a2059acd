from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TextIO

import pytest

from chatd.chain import self_id
from chatd.limits import DEFAULTS
from chatd.messages import Closing, Greeting, Welcome
from chatd.wire.connection import Received, ServerConnection
from chatd_client import FileStore
from chatd_client.__main__ import chat_of, main, parser


def _serve(listener: socket.socket, code: int | None, typed: int) -> None:
    """Welcome one client; then close with `code`, or type /help and the end of the input for it."""
    client, _ = listener.accept()
    with client:
        conn = ServerConnection(DEFAULTS)
        client.sendall(conn.send(Greeting(versions=(1,), epoch=b"e" * 16, time=0, limits=DEFAULTS)))
        while not isinstance(hello := conn.next_event(), Received):
            conn.receive_data(client.recv(65536))
        welcome = Welcome(
            version=1, capabilities=(), user="ana", device="terminal", room=self_id("ana"), heartbeat_s=60
        )
        client.sendall(conn.send(welcome, hello.request))
        if code is not None:
            client.sendall(conn.send(Closing(code=code, text="enough")))
        else:
            os.write(typed, b"/help\n")
            os.close(typed)
        while client.recv(65536):
            continue


@pytest.fixture
def listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def _run(listener: socket.socket, code: int | None, pipe: tuple[TextIO, int], monkeypatch: pytest.MonkeyPatch) -> int:
    server = threading.Thread(target=_serve, args=(listener, code, pipe[1]))
    server.start()
    monkeypatch.setattr(sys, "stdin", pipe[0])
    try:
        return main(["--as", "ana", f"tcp://127.0.0.1:{listener.getsockname()[1]}"])
    finally:
        server.join()
        listener.close()


@pytest.mark.slow
def test_the_end_of_the_input_ends_the_command(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as source:
        assert _run(listener, None, (source, write), monkeypatch) == 0
    assert "/history" in capsys.readouterr().out


@pytest.mark.slow
def test_a_chat_that_the_server_ends_ends_the_command_with_1(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read, write = os.pipe()
    with os.fdopen(read) as source:
        assert _run(listener, 1505, (source, write), monkeypatch) == 1
        os.close(write)
    assert "enough" in capsys.readouterr().err


def test_where_nobody_reads_what_is_printed_the_rest_goes_nowhere() -> None:
    read, write = os.pipe()
    os.close(read)
    script = "from chatd_client.__main__ import _show; _show('one'); _show('two'); print('three', flush=True)"
    with os.fdopen(write, "w") as nobody:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=nobody, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert (done.returncode, done.stderr) == (0, "")


def test_nobody_to_be_is_a_misuse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("CHATD_TOKEN", raising=False)
    assert main([]) == 2
    assert "say who you are" in capsys.readouterr().err


def test_a_damaged_store_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state"
    path.write_bytes(b"\xc1")
    assert main(["--as", "ana", "--store", str(path)]) == 1
    assert "no state of a chat" in capsys.readouterr().err


def test_the_token_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATD_TOKEN", "of the environment")
    (tmp_path / "token").write_text("of the file\n")
    tokens = [
        chat_of(parser().parse_args(arguments))._hello.credential
        for arguments in ([], ["--token-file", str(tmp_path / "token")], ["--as", "ana"])
    ]
    assert tokens == ["of the environment", "of the file", "ana"]
    assert isinstance(chat_of(parser().parse_args(["--store", "s"]))._store, FileStore)


@pytest.mark.slow
def test_the_module_is_the_command() -> None:
    ran = subprocess.run([sys.executable, "-m", "chatd_client", "--help"], capture_output=True, text=True, check=True)
    assert "/history" in ran.stdout


def test_a_signed_token_is_read_anew_for_every_connection(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(FileNotFoundError):
        chat_of(parser().parse_args(["--signed-file", str(file)]))
    file.write_text("first\n")
    chat = chat_of(parser().parse_args(["--signed-file", str(file)]))
    assert chat._hello.scheme == "signed"
    assert chat._fresh is not None
    file.write_text("second\n")
    assert chat._fresh() == "second"
