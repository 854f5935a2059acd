"""From a URL to a function that opens a stream: tcp://host:port, tls://host:port, unix:///path."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import anyio
from anyio.abc import ByteStream

Dial = Callable[[], Awaitable[ByteStream]]
"""Opens one stream to the server. Raises OSError, or an exception of anyio, when it cannot."""

PORT = 7700


async def _tcp(host: str, port: int) -> ByteStream:
    return await anyio.connect_tcp(host, port)


async def _tls(host: str, port: int, context: ssl.SSLContext) -> ByteStream:
    """Closes without the TLS goodbye are told apart by the protocol's own `Closing`, hence no standard_compatible."""
    return await anyio.connect_tcp(host, port, ssl_context=context, tls_standard_compatible=False)


async def _unix(path: str) -> ByteStream:
    return await anyio.connect_unix(path)


def is_loopback(host: str) -> bool:
    """Return whether `host` names this machine without asking a resolver."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host_and_port(url: str, parts: SplitResult) -> tuple[str, int]:
    if not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(f"{url}: tcp://host:port or tls://host:port expected")
    return parts.hostname, parts.port or PORT


def dial_to(url: str, *, tls: ssl.SSLContext | None, secret: bool, plaintext: bool) -> Dial:
    """Return what opens a stream to `url`; TLS goes by `tls`, or by the system's certificates.

    Raises ValueError for a URL of another form, and for a `secret` that would cross a network unencrypted
    unless `plaintext` allows it.
    """
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return partial(_unix, parts.path)
    if parts.scheme == "tls":
        host, port = _host_and_port(url, parts)
        return partial(_tls, host, port, tls or ssl.create_default_context())
    if parts.scheme == "tcp":
        host, port = _host_and_port(url, parts)
        if secret and not plaintext and not is_loopback(host):
            raise ValueError(
                f"{url}: a token would go unencrypted; use tls://, or plaintext=True on a network you trust"
            )
        return partial(_tcp, host, port)
    raise ValueError(f"{url}: tcp://, tls:// or unix:/// expected")
