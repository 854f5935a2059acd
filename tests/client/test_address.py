from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from attrs import frozen

from chatd_client.address import dial_to, is_loopback
from tests.client.fakes import on_both

README = Path(__file__).parents[2] / "clients" / "README.md"


@frozen
class Url:
    text: str
    secret: bool = False


@pytest.mark.parametrize(
    "url",
    [
        Url("http://host"), Url("tcp://"), Url("tcp://host:7700/path"), Url("unix://relative"), Url("unix:"),
        Url("tcp://host:port"), Url("tcp://example.org:7700", secret=True), Url("tcp://10.0.0.1", secret=True),
    ],
)  # fmt: skip
def test_an_address_that_cannot_or_must_not_be_dialled_is_refused(url: Url) -> None:
    with pytest.raises(ValueError, match=r"."):
        dial_to(url.text, tls=None, secret=url.secret, plaintext=False)


@pytest.mark.parametrize(
    "url", [Url("tcp://127.0.0.1", True), Url("tcp://[::1]:1", True), Url("tls://host", True), Url("tcp://host", False)]
)
def test_other_addresses_are_taken(url: Url) -> None:
    assert callable(dial_to(url.text, tls=None, secret=url.secret, plaintext=False))
    assert callable(dial_to("tcp://host", tls=None, secret=True, plaintext=True))


def test_loopback_is_known_without_a_resolver() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.9.9.9", "::1", "0.0.0.0", "example.org")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@on_both
async def test_tcp_and_unix_sockets_are_opened(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as tcp, await anyio.create_unix_listener(path):
        port = tcp.extra(anyio.abc.SocketAttribute.local_port)
        for url in (f"tcp://127.0.0.1:{port}", f"unix://{path}"):
            await (await dial_to(url, tls=None, secret=True, plaintext=False)()).aclose()
        refused = dial_to(f"tls://127.0.0.1:{port}", tls=None, secret=True, plaintext=False)
        with anyio.move_on_after(0.05) as waits_for_a_server_that_says_nothing:
            await refused()
        assert waits_for_a_server_that_says_nothing.cancelled_caught
