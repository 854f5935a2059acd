"""Unix sockets and TLS, over real ones."""

from __future__ import annotations

import os
import socket
import ssl
import stat
from pathlib import Path

import pytest
import trio
import trustme
from attrs import evolve

from chatd.limits import DEFAULTS
from chatd.server.config import Config, SessionConfig
from chatd.server.listener import (
    CLIENT_MODE,
    OPERATOR_MODE,
    Listener,
    ListenError,
    open_listeners,
    open_unix,
    tls_context,
)
from tests.server.greeters import LOOPBACK, Greeter, port, read_all

pytestmark = pytest.mark.slow


@pytest.fixture
def greeter() -> Greeter:
    return Greeter()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secured(authority: trustme.CA, tmp_path: Path) -> Config:
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    return Config(listen=("tls://127.0.0.1:0",), cert=tmp_path / "cert.pem", key=tmp_path / "key.pem")


# Unix sockets


@pytest.mark.parametrize("mode", [CLIENT_MODE, OPERATOR_MODE])
def test_a_unix_socket_has_exactly_its_permissions(tmp_path: Path, mode: int) -> None:
    listener = open_unix(str(tmp_path / "s.sock"), LOOPBACK, mode=mode)
    assert stat.S_IMODE(os.stat(tmp_path / "s.sock").st_mode) == mode
    trio.run(_close, listener)


async def _close(listener: Listener) -> None:
    await trio.lowlevel.checkpoint()
    listener.close()


async def test_a_unix_listener_greets_and_removes_its_path(
    nursery: trio.Nursery, greeter: Greeter, tmp_path: Path
) -> None:
    path = tmp_path / "chat.sock"
    (listener,) = await open_listeners(Config(listen=(f"unix://{path}",)))
    assert listener.url == f"unix://{path}"
    async with trio.open_nursery() as listeners:
        listeners.start_soon(listener.serve, greeter, nursery)
        assert await read_all(await trio.open_unix_socket(path)) == b"hello"
        listeners.cancel_scope.cancel()
    assert greeter.labels == ["unix"]
    assert not path.exists()


async def test_a_socket_that_a_dead_daemon_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    listener = open_unix(str(path), LOOPBACK, mode=CLIENT_MODE)
    await (await trio.open_unix_socket(path)).aclose()
    listener.close()


async def test_a_socket_that_somebody_listens_on_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    holder = open_unix(str(path), LOOPBACK, mode=CLIENT_MODE)
    with pytest.raises(ListenError, match="in use"):
        open_unix(str(path), LOOPBACK, mode=CLIENT_MODE)
    await (await trio.open_unix_socket(path)).aclose()
    holder.close()


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(ListenError, match="something else"):
        open_unix(str(tmp_path / "file"), LOOPBACK, mode=CLIENT_MODE)
    assert (tmp_path / "file").read_text() == "precious"


def test_a_path_over_the_systems_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match="too long"):
        open_unix(str(tmp_path / ("x" * 200)), LOOPBACK, mode=CLIENT_MODE)


async def test_closing_leaves_a_path_that_another_listener_took(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    first = open_unix(str(path), LOOPBACK, mode=CLIENT_MODE)
    path.rename(tmp_path / "moved.sock")
    second = open_unix(str(path), LOOPBACK, mode=CLIENT_MODE)
    first.close()
    assert path.exists()
    second.close()


# TLS


async def test_a_tls_client_is_greeted(
    nursery: trio.Nursery, greeter: Greeter, secured: Config, authority: trustme.CA
) -> None:
    (listener,) = await open_listeners(secured)
    assert listener.url.startswith("tls://127.0.0.1:")
    nursery.start_soon(listener.serve, greeter, nursery)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    stream = await trio.open_ssl_over_tcp_stream("127.0.0.1", port(listener.url), ssl_context=context)
    assert await stream.receive_some() == b"hello"
    assert greeter.plain == [None]
    await trio.aclose_forcefully(stream)


async def test_a_client_that_speaks_no_tls_is_dropped(nursery: trio.Nursery, greeter: Greeter, secured: Config) -> None:
    (listener,) = await open_listeners(secured)
    nursery.start_soon(listener.serve, greeter, nursery)
    stream = await trio.open_tcp_stream("127.0.0.1", port(listener.url))
    await stream.send_all(b"GET / HTTP/1.1\r\n\r\n")
    with trio.fail_after(5):
        await read_all(stream)
    assert greeter.labels == []


async def test_a_handshake_that_never_comes_ends_in_time(
    nursery: trio.Nursery, greeter: Greeter, secured: Config
) -> None:
    hasty = evolve(secured, limits=evolve(DEFAULTS, hello_s_max=1))
    (listener,) = await open_listeners(hasty)
    nursery.start_soon(listener.serve, greeter, nursery)
    stream = await trio.open_tcp_stream("127.0.0.1", port(listener.url))
    with trio.fail_after(5):
        assert await read_all(stream) == b""
    assert greeter.labels == []


async def test_handshakes_are_bounded_in_number(nursery: trio.Nursery, greeter: Greeter, secured: Config) -> None:
    (listener,) = await open_listeners(evolve(secured, sessions=SessionConfig(unauthenticated_max=1)))
    nursery.start_soon(listener.serve, greeter, nursery)
    async with await trio.open_tcp_stream("127.0.0.1", port(listener.url)):
        with trio.fail_after(5):
            assert await read_all(await trio.open_tcp_stream("127.0.0.1", port(listener.url))) == b""


def test_tls_is_1_2_with_aead_or_newer(secured: Config) -> None:
    context = tls_context(secured)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert all(cipher["aead"] for cipher in context.get_ciphers())


async def test_a_certificate_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    broken = Config(listen=("tls://127.0.0.1:0",), cert=tmp_path / "none", key=tmp_path / "none")
    with pytest.raises(ListenError, match="none"):
        await open_listeners(broken)


def test_a_context_without_a_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match="cert and key"):
        tls_context(LOOPBACK)


async def test_a_handshake_under_way_ends_with_the_listener(
    nursery: trio.Nursery, greeter: Greeter, secured: Config
) -> None:
    (listener,) = await open_listeners(evolve(secured, sessions=SessionConfig(unauthenticated_max=1)))
    async with trio.open_nursery() as doors:
        doors.start_soon(listener.serve, greeter, nursery)
        silent = await trio.open_tcp_stream("127.0.0.1", port(listener.url))
        with trio.fail_after(5):
            # The one place is taken, so the silent one is about its handshake.
            assert await read_all(await trio.open_tcp_stream("127.0.0.1", port(listener.url))) == b""
        doors.cancel_scope.cancel()
    with trio.fail_after(5):
        assert await read_all(silent) == b""
