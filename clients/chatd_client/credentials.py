"""What a client shows to be let in: a token, or what makes a fresh one before each connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable

import anyio
from attrs import evolve

from chatd.messages import Hello

Fresh = Callable[[], str | Awaitable[str]]
"""Returns a token that is good now, or awaits it. Asked before each connection, in the chat's own thread and loop."""
Token = str | Fresh

FRESH_S_MAX = 30
"""How long a fresh token may take."""


class NoToken(Exception):
    """The app gave no token this time, and why. It is asked again when the next connection is due."""


def given(token: Token) -> tuple[str, Fresh | None]:
    """Return the credential of the first hello, and what makes that of each, where the app gave it."""
    return (token, None) if isinstance(token, str) else ("", token)


async def with_fresh(hello: Hello, fresh: Fresh | None) -> Hello:
    """Return `hello` with a fresh token, where there is something to ask for one.

    Raises NoToken whatever the app raised, and when nothing came within `FRESH_S_MAX`.
    """
    if fresh is None:
        return hello
    try:
        with anyio.fail_after(FRESH_S_MAX):
            token = fresh()
            return evolve(hello, credential=await token if isawaitable(token) else token)
    except Exception as error:
        raise NoToken(f"no token: {type(error).__name__}: {error}") from error
