"""Two clients, or two terminals, talk through a daemon of its own over every kind of listener."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
import trio
import trustme

from chatd.wire import content
from chatd_client import Chat, Entry, connect
from tests.daemons import Process

pytestmark = pytest.mark.slow


@pytest.fixture
def ca() -> trustme.CA:
    return trustme.CA()


def _certificate(ca: trustme.CA, folder: Path) -> tuple[str, ...]:
    made = ca.issue_cert("localhost")
    made.private_key_pem.write_to_path(str(folder / "key.pem"))
    for pem in made.cert_chain_pems:
        pem.write_to_path(str(folder / "cert.pem"), append=True)
    return ("--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem"))


async def _texts(chat: Chat, count: int) -> list[str]:
    """Return the texts of the next posts of others."""
    texts: list[str] = []
    async for event in chat.events():
        if isinstance(event, Entry) and event.kind == "post" and not event.mine and event.body is not None:
            texts.append(content.parse(event.body).text)
            if len(texts) == count:
                break
    return texts


async def _talk(url: str, tls: ssl.SSLContext | None = None) -> None:
    with trio.fail_after(20):
        async with connect(url, user="ana", tls=tls) as ana, connect(url, user="bo", tls=tls) as bo:
            room = (await ana.open_direct("bo")).room
            await ana.post(room, "are you there?")
            assert await _texts(bo, 1) == ["are you there?"]
            await bo.post(room, "yes")
            assert await _texts(ana, 1) == ["yes"]


async def test_two_clients_talk_over_tcp_and_unix_sockets(tmp_path: Path) -> None:
    socket = f"unix://{tmp_path}/chat.sock"
    with Process(tmp_path / "data", listen=("tcp://127.0.0.1:0", socket)) as daemon:
        for url in daemon.urls:
            await _talk(url)


async def test_two_clients_talk_over_tls(tmp_path: Path, ca: trustme.CA) -> None:
    trusted = ssl.create_default_context()
    ca.configure_trust(trusted)
    options = ("--dev", *_certificate(ca, tmp_path))
    with Process(tmp_path / "data", listen=("tls://localhost:0",), options=options) as daemon:
        port = daemon.url.rpartition(":")[2]
        await _talk(f"tls://localhost:{port}", trusted)


def _terminal(user: str, url: str) -> subprocess.Popen[str]:
    """Start a terminal, which also shows what was said in a room before it listened there: somebody who has only just
    connected may be added, and written to, by then."""
    command = [sys.executable, "-m", "chatd_client", "--history", "9", "--as", user, url]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )


@pytest.fixture
def terminals() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for each in started:
        with each:
            each.kill()


def _type(terminal: subprocess.Popen[str], text: str) -> None:
    assert terminal.stdin is not None
    terminal.stdin.write(text + "\n")
    terminal.stdin.flush()


def _wait_for(output: IO[str] | None, text: str) -> str:
    """Read lines until one holds `text`; fail at the end of the output."""
    assert output is not None
    read: list[str] = []
    for line in output:
        read.append(line)
        if text in line:
            return line
    raise AssertionError(f"{text!r} is not in {read}")


def test_two_terminals_talk(tmp_path: Path, terminals: list[subprocess.Popen[str]]) -> None:
    with Process(tmp_path / "data") as daemon:
        ana, bo = (_terminal(user, daemon.url) for user in ("ana", "bo"))
        terminals += [ana, bo]
        _wait_for(bo.stdout, "connected as bo")
        _type(ana, "/new friends bo")
        _wait_for(ana.stdout, "open: friends")
        _type(ana, "hello bo")
        assert "ana" in _wait_for(bo.stdout, "hello bo")
        _type(bo, "/open friends")
        _wait_for(bo.stdout, "open: friends")
        _type(bo, "hello ana")
        assert "bo" in _wait_for(ana.stdout, "hello ana")
        for terminal in (ana, bo):
            _type(terminal, "/quit")
            assert terminal.wait(20) == 0
