"""Where to listen: a URL, and what it names."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from chatd.frozen import frozen
from chatd.server.checks import require
from chatd.server.errors import ConfigError

SCHEMES = ("tcp", "tls", "unix")


@frozen
class Address:
    """Where to listen. `path` for unix, else `host` and `port`."""

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.scheme == "unix" or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"unix://{self.path}" if self.scheme == "unix" else f"{self.scheme}://{host}:{self.port}"


def parse_url(url: str) -> Address:
    """Return the address that `url` names: tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH. Raises ConfigError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigError(f"listen: {url!r}: {error}") from error
    require(parts.scheme in SCHEMES, f"listen: {url!r} must begin with one of {', '.join(SCHEMES)} and ://")
    require(not (parts.query or parts.fragment or parts.username), f"listen: {url!r} has parts that mean nothing here")
    if parts.scheme == "unix":
        require(parts.path.startswith("/") and not parts.netloc, f"listen: {url!r} must be unix:///PATH")
        return Address("unix", path=parts.path)
    require(bool(parts.hostname) and port is not None, f"listen: {url!r} must name a host and a port")
    require(parts.path in {"", "/"}, f"listen: {url!r} must end with the port")
    return Address(parts.scheme, parts.hostname or "", port or 0)
