"""What a call is made of, and what makes one. Nothing here needs the HTTP client, which only who uses it installs."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Protocol, cast

from attrs import field

from chatd.frozen import frozen
from chatd.server.hooks.addresses import Network

CLIENT = "h11"


class CallFailed(Exception):
    """No whole answer came. Whether the endpoint has acted on the call is unknown. `str()` says what happened."""


@frozen(kw_only=True)
class Target:
    """Where calls go, and what signs them."""

    host: str
    port: int
    path: str
    secure: bool
    secrets: tuple[bytes, ...] = field(repr=False)
    allowed: tuple[Network, ...] = ()
    """Networks that may be reached though they are not public."""
    ca_file: str | None = None
    """Certificates that are trusted in place of the system's, PEM."""
    connect_s_max: float = 5.0
    read_s_max: float = 10.0
    """Between two parts of an answer."""
    total_s_max: float = 20.0
    """For one call, all in all."""


@frozen(kw_only=True)
class Call:
    name: str
    """Of the call: the same on every attempt."""
    attempt: int
    body: bytes
    now_ms: int


@frozen
class Answer:
    status: int
    body: bytes
    """As much of it as was asked for."""


class Caller(Protocol):
    """Makes the calls to one target."""

    async def post(self, call: Call, body_bytes_max: int, *, whole: bool) -> Answer:
        """Make one call and return its answer, whatever its status. Raises CallFailed in the target's time.

        No more than `body_bytes_max` bytes of the answer's body are read: where it must be `whole`, a longer one is a
        failure, else the rest is left. Cancelled, the connection is dropped.
        """
        ...

    async def aclose(self) -> None:
        """Drop the connections that wait for another call."""
        ...


def has_client() -> bool:
    """Return whether what makes HTTP calls is installed."""
    return importlib.util.find_spec(CLIENT) is not None


def caller_of(target: Target) -> Caller:
    """Return what makes calls to `target`. The client must be installed."""
    calling = importlib.import_module("chatd.server.hooks.calling")
    return cast("Caller", calling.HttpCaller(target))
