"""Where to listen: a URL, and what it names."""

from __future__ import annotations

import pytest

from chatd.server.addresses import Address, parse_url
from chatd.server.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("tcp://127.0.0.1:7700", Address("tcp", "127.0.0.1", 7700)),
        ("tcp://localhost:0", Address("tcp", "localhost", 0)),
        ("tls://[::1]:7700/", Address("tls", "::1", 7700)),
        ("unix:///run/chatd.sock", Address("unix", path="/run/chatd.sock")),
    ],
)
def test_a_url_names_an_address(url: str, address: Address) -> None:
    assert parse_url(url) == address
    assert str(address) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:7700",
        "http://127.0.0.1:7700",
        "tcp://127.0.0.1",
        "tcp://:7700",
        "tcp://127.0.0.1:70000",
        "tcp://127.0.0.1:port",
        "tcp://[::1:7700",
        "tcp://127.0.0.1:7700/path",
        "tcp://127.0.0.1:7700?query",
        "tcp://user@127.0.0.1:7700",
        "tcp://127.0.0.1:7700#part",
        "unix://relative.sock",
        "unix:relative.sock",
        "unix://",
    ],
)
def test_a_url_that_names_no_address_is_refused_with_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^listen: "):
        parse_url(url)


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("tcp://127.0.0.1:1", True),
        ("tcp://127.9.9.9:1", True),
        ("tcp://[::1]:1", True),
        ("tcp://localhost:1", True),
        ("unix:///s", True),
        ("tcp://0.0.0.0:1", False),
        ("tcp://[::]:1", False),
        ("tcp://192.0.2.1:1", False),
        ("tcp://localhost.example:1", False),
    ],
)
def test_loopback_is_told_from_the_rest(url: str, loopback: bool) -> None:
    assert parse_url(url).is_loopback is loopback
