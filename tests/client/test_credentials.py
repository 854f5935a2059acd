"""Tokens that are asked for anew before each connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from chatd.codes import CloseCode
from chatd_client import Disconnected, connect
from tests.client.fakes import Network, on_both, on_mock_clock, until


def counting() -> Callable[[], str]:
    counter = iter(range(1, 100))
    return lambda: f"token {next(counter)}"


def awaited(of: Callable[[], str]) -> Callable[[], Awaitable[str]]:
    async def fresh() -> str:
        await anyio.lowlevel.checkpoint()
        return of()

    return fresh


@on_both
@pytest.mark.parametrize("scheme", ["token", "signed"])
@pytest.mark.parametrize("is_async", [False, True])
async def test_each_connection_has_a_fresh_token(scheme: str, is_async: bool) -> None:
    fresh = awaited(counting()) if is_async else counting()
    async with Network() as network, network.connect(user=None, **{scheme: fresh}):
        peer = await network.welcome()
        assert (peer.hello.scheme, peer.hello.credential) == (scheme, "token 1")
        await peer.close(CloseCode.TOKEN_EXPIRED, "the token has expired")
        again = await network.welcome()
        assert (again.hello.scheme, again.hello.credential) == (scheme, "token 2")


@on_both
async def test_a_signed_token_may_be_given_once_and_for_all() -> None:
    async with Network() as network, network.connect(user=None, signed="a.b.c"):
        peer = await network.welcome()
        assert (peer.hello.scheme, peer.hello.credential) == ("signed", "a.b.c")


@on_both
@pytest.mark.parametrize("wrong", ["x" * 2049, 7])
async def test_a_function_that_has_no_token_is_asked_again(wrong: object) -> None:
    answers = iter([OSError("the app does not answer"), wrong])

    def fresh() -> str:
        answer = next(answers, "good")
        if isinstance(answer, OSError):
            raise answer
        return answer  # type: ignore[return-value]  # what an app may get wrong

    async with Network() as network, network.connect(user=None, signed=fresh) as chat:
        peer = await network.welcome()
        assert peer.hello.credential == "good"
        assert network.dialled == 1
        told = (await until(chat, Disconnected))[-1]
        assert isinstance(told, Disconnected)
        assert told.reason.startswith("no token: ")


@on_mock_clock
async def test_a_function_that_hangs_is_given_up_and_asked_again() -> None:
    asked: list[float] = []

    async def fresh() -> str:
        asked.append(anyio.current_time())
        if len(asked) == 1:
            await anyio.sleep_forever()
        return "late"

    async with Network() as network, network.connect(user=None, token=fresh) as chat:
        peer = await network.welcome()
        assert peer.hello.credential == "late"
        assert asked[1] - asked[0] == 30
        assert "TimeoutError" in str(await until(chat, Disconnected))


@pytest.mark.parametrize(
    "given", [{}, {"token": "a", "signed": "b"}, {"token": "a", "user": "ana"}, {"signed": str, "user": "ana"}]
)
def test_who_connects_is_said_in_one_way(given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="one of token, signed and user"):
        connect("tcp://127.0.0.1:1", **given)  # type: ignore[arg-type]  # every way of saying it


def test_no_signed_token_crosses_a_network_in_the_clear() -> None:
    with pytest.raises(ValueError, match="unencrypted"):
        connect("tcp://chat.example:7700", signed=counting())
