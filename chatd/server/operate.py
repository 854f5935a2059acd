"""Operators' commands: a client of DIR/control.sock, with the role `operator`.

When no daemon runs on the data, one is started in this process with no listener but the control socket, and the
same conversation follows: what an operator may do has one road.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

import trio
from attrs import define, evolve, field

from chatd import __version__
from chatd.codes import CloseCode
from chatd.limits import VERSION
from chatd.messages import (
    Closing,
    Command,
    FromClient,
    Hello,
    IssueToken,
    ListTokens,
    Refused,
    Token,
    TokensPage,
    Unfit,
)
from chatd.server.auth import token_hash
from chatd.server.config import Config, ExitCode
from chatd.server.listener import CONTROL_NAME
from chatd.wire.connection import ClientConnection, Received
from chatd.wire.errors import ProtocolError

ANSWER_S_MAX = 10
START_S_MAX = 60
"""A store that was not closed well recovers first."""
SECRET_BYTES = 32
ID_BYTES = 8
RECEIVE_BYTES_MAX = 64 * 1024
PAGE_TOKENS = 200

T = TypeVar("T")


class Serve(Protocol):
    """`chatd.server.daemon.serve`."""

    async def __call__(self, config: Config, *, ready: Callable[[Sequence[str]], None]) -> int: ...


class OperatorError(Exception):
    """The command was not carried out, or its answer did not come. `str()` is for people, `code` for the shell."""

    def __init__(self, text: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(text)
        self.code = code


@define(eq=False)
class Operator:
    """A conversation with one daemon: one request at a time."""

    _stream: trio.abc.Stream
    _connection: ClientConnection = field(factory=ClientConnection, init=False)
    _requests: int = field(default=0, init=False)

    async def hello(self) -> None:
        """Become an operator. Raises OperatorError."""
        await self._request(
            Hello(version=VERSION, scheme="operator", device=f"operator-{os.getpid()}", agent=f"chatd/{__version__}")
        )

    async def ask(self, command: Command) -> object:
        """Return the daemon's reply. Raises OperatorError when it refuses, ends, or does not answer in 10 s, and for
        what no frame holds, such as an argument that is no UTF-8."""
        reply = await self._request(command)
        if isinstance(reply, Refused):
            raise OperatorError(reply.text or reply.code)
        return reply

    async def _request(self, message: FromClient) -> object:
        self._requests += 1
        try:
            with trio.fail_after(ANSWER_S_MAX):
                await self._stream.send_all(self._connection.send(message, self._requests))
                return await self._reply(self._requests)
        except trio.TooSlowError as error:
            raise OperatorError(f"no answer within {ANSWER_S_MAX} s") from error
        except Unfit as error:
            raise OperatorError(str(error), ExitCode.BAD_CONFIGURATION) from error
        except (trio.BrokenResourceError, ProtocolError) as error:
            raise OperatorError(f"the connection failed: {error}") from error

    async def _reply(self, request: int) -> object:
        while True:
            received = await self._receive()
            if isinstance(received.message, Closing):
                raise OperatorError(f"the daemon closed: {_close_text(received.message)}")
            if received.request == request:
                return received.message

    async def _receive(self) -> Received:
        while not isinstance(received := self._connection.next_event(), Received):
            data = await self._stream.receive_some(RECEIVE_BYTES_MAX)
            if not data:
                raise OperatorError("the daemon ended the connection")
            self._connection.receive_data(bytes(data))
        return received


def _close_text(closing: Closing) -> str:
    if closing.text:
        return closing.text
    return CloseCode(closing.code).name.lower() if closing.code in list(CloseCode) else str(closing.code)


def new_secret() -> str:
    """Return a secret of 256 random bits. Whoever shows it to the daemon is the user it was issued for."""
    return secrets.token_urlsafe(SECRET_BYTES)


def issue_command(secret: str, user: str, ttl: timedelta | None) -> IssueToken:
    """Return the command that lets `user` in with `secret`, until `ttl` after it is carried out, if that is given.

    It holds the secret's hash alone. Raises Unfit when `user` is not a name or `ttl` is out of range.
    """
    ttl_s = None if ttl is None else int(ttl.total_seconds())
    return IssueToken(user=user, hash=token_hash(secret), ttl_s=ttl_s)


def public_id(secret: str) -> str:
    """Return the name by which a token is listed and revoked: it says nothing about the secret."""
    return token_hash(secret)[:ID_BYTES].hex()


async def list_tokens(operator: Operator) -> list[Token]:
    """Return all tokens, by public id. Raises OperatorError."""
    tokens: list[Token] = []
    after = None
    while True:
        page = await operator.ask(ListTokens(after=after, limit=PAGE_TOKENS))
        if not isinstance(page, TokensPage):
            raise OperatorError("the daemon's answer makes no sense")
        tokens.extend(page.tokens)
        if not page.more or not page.tokens:
            return tokens
        after = page.tokens[-1].token


async def operate(config: Config, serve: Serve, work: Callable[[Operator], Awaitable[T]]) -> T:
    """Return what `work` returns, done with the daemon that runs on `config.data`, or with one started for it.

    Raises the OperatorError of `work`, and one when no daemon can be spoken to. A daemon started for it is
    cancelled when `work` is over: what was answered is on disk then.
    """
    stream = await _maybe_connect(config)
    if stream is not None:
        return await _converse(stream, work)
    alone = evolve(config, listen=(), admin=evolve(config.admin, listen=()))
    return await _operate_alone(alone, serve, work)


async def ask_running(config: Config, work: Callable[[Operator], Awaitable[T]]) -> T | None:
    """Return what `work` returns, done with the daemon that runs on `config.data`; None where none runs.

    Raises the OperatorError of `work`, and one when the daemon cannot be spoken to.
    """
    stream = await _maybe_connect(config)
    return None if stream is None else await _converse(stream, work)


async def _maybe_connect(config: Config) -> trio.SocketStream | None:
    try:
        with trio.fail_after(ANSWER_S_MAX):
            return await trio.open_unix_socket(config.data / CONTROL_NAME)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except (OSError, trio.TooSlowError) as error:
        raise OperatorError(f"{config.data / CONTROL_NAME}: {error}") from error


async def _converse(stream: trio.SocketStream, work: Callable[[Operator], Awaitable[T]]) -> T:
    async with stream:
        operator = Operator(stream)
        await operator.hello()
        return await work(operator)


async def _operate_alone(config: Config, serve: Serve, work: Callable[[Operator], Awaitable[T]]) -> T:
    results: list[T] = []
    failure: OperatorError | None = None
    async with trio.open_nursery() as nursery:
        daemon = _Daemon(config, serve)
        nursery.start_soon(daemon.run)
        try:
            results.append(await _converse(await daemon.connect(), work))
        except OperatorError as error:
            failure = error
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return results[0]


@define(eq=False)
class _Daemon:
    """A daemon for one command, in this process."""

    _config: Config
    _serve: Serve
    _exit_code: int | None = field(default=None, init=False)
    _settled: trio.Event = field(factory=trio.Event, init=False)

    async def run(self) -> None:
        self._exit_code = await self._serve(self._config, ready=self._ready)
        self._settled.set()

    def _ready(self, _: Sequence[str]) -> None:
        self._settled.set()

    async def connect(self) -> trio.SocketStream:
        """Return a connection once the daemon is ready. Raises OperatorError if it ends, or is not, in 60 s."""
        with trio.move_on_after(START_S_MAX):
            await self._settled.wait()
        if self._exit_code is not None:
            raise OperatorError("no daemon could be started: see the log", ExitCode(self._exit_code))
        stream = await _maybe_connect(self._config)
        if stream is None:
            raise OperatorError(f"no daemon could be started within {START_S_MAX} s")
        return stream
