"""Operators' commands: the conversation over the control socket, with a daemon that runs and with none."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import define, field

from chatd.codes import CloseCode, RefusalCode, Verdict
from chatd.limits import DEFAULTS, VERSION
from chatd.messages import (
    CaughtUp,
    Closing,
    Done,
    FromServer,
    Greeting,
    Hello,
    ListTokens,
    Ping,
    Refused,
    Token,
    TokensPage,
    Unfit,
    Welcome,
)
from chatd.server import operate
from chatd.server.auth import token_hash
from chatd.server.config import Config, ExitCode
from chatd.server.listener import CONTROL_NAME, OPERATOR_MODE, Stream, open_unix
from chatd.server.operate import ANSWER_S_MAX, Operator, OperatorError, issue_command, list_tokens, new_secret
from chatd.wire.connection import Received, ServerConnection, State

GREETING = Greeting(versions=(VERSION,), epoch=bytes(16), time=0, limits=DEFAULTS)
WELCOME = Welcome(version=VERSION, capabilities=(), user="operator", device="d", room=bytes(16), heartbeat_s=60)
REFUSED = Refused(code=RefusalCode.UNKNOWN_TOKEN, verdict=Verdict.NEVER, text="no such token")
Script = Callable[[object], FromServer | None]


def done(_: object) -> FromServer:
    return Done()


@define(eq=False)
class Scripted:
    """The far end of a conversation: says hello, then answers each command as the script has it, or not at all."""

    script: Script
    hellos: list[Hello] = field(factory=list)
    commands: list[object] = field(factory=list)

    async def __call__(self, stream: trio.abc.Stream) -> None:
        wire = ServerConnection(DEFAULTS)
        await stream.send_all(wire.send(GREETING))
        async for data in stream:
            wire.receive_data(bytes(data))
            while wire.state is not State.CLOSED and isinstance(received := wire.next_event(), Received):
                await self._answer(stream, wire, received)

    async def _answer(self, stream: trio.abc.Stream, wire: ServerConnection, received: Received) -> None:
        if isinstance(received.message, Hello):
            self.hellos.append(received.message)
            await stream.send_all(wire.send(WELCOME, received.request))
            return
        self.commands.append(received.message)
        answer = self.script(received.message)
        if isinstance(answer, Closing):
            await stream.send_all(wire.send(answer))
        elif answer is not None:
            await stream.send_all(wire.send(CaughtUp(request=0)) + wire.send(answer, received.request))


async def _operator(nursery: trio.Nursery, far: Scripted) -> Operator:
    ours, theirs = trio.testing.memory_stream_pair()
    nursery.start_soon(far, theirs)
    operator = Operator(ours)
    await operator.hello()
    return operator


# The conversation


async def test_the_hello_names_the_role_and_the_process(nursery: trio.Nursery) -> None:
    far = Scripted(done)
    await _operator(nursery, far)
    (hello,) = far.hellos
    assert hello.scheme == "operator"
    assert hello.device == f"operator-{os.getpid()}"


async def test_a_command_is_answered_past_what_was_pushed_before(nursery: trio.Nursery) -> None:
    operator = await _operator(nursery, Scripted(done))
    assert await operator.ask(Ping()) == Done()
    assert await operator.ask(Ping()) == Done()


async def test_a_refusal_is_an_error_with_its_text(nursery: trio.Nursery) -> None:
    operator = await _operator(nursery, Scripted(lambda _: REFUSED))
    with pytest.raises(OperatorError, match=r"^no such token$") as caught:
        await operator.ask(Ping())
    assert caught.value.code is ExitCode.FAILED


async def test_a_refusal_without_text_is_an_error_with_its_code(nursery: trio.Nursery) -> None:
    operator = await _operator(nursery, Scripted(lambda _: Refused(code="odd", verdict="never")))
    with pytest.raises(OperatorError, match=r"^odd$"):
        await operator.ask(Ping())


@pytest.mark.parametrize(
    ("closing", "text"),
    [
        (Closing(code=CloseCode.GOING_AWAY, text="maintenance"), "maintenance"),
        (Closing(code=CloseCode.GOING_AWAY), "going_away"),
        (Closing(code=1234), "1234"),
    ],
)
async def test_a_close_is_an_error_that_says_why(nursery: trio.Nursery, closing: Closing, text: str) -> None:
    operator = await _operator(nursery, Scripted(lambda _: closing))
    with pytest.raises(OperatorError, match=f"closed: {text}$"):
        await operator.ask(Ping())


async def test_no_answer_is_an_error_in_time(nursery: trio.Nursery, autojump_clock: trio.testing.MockClock) -> None:
    operator = await _operator(nursery, Scripted(lambda _: None))
    begin = trio.current_time()
    with pytest.raises(OperatorError, match="no answer within 10 s"):
        await operator.ask(Ping())
    assert trio.current_time() - begin == ANSWER_S_MAX


async def test_an_end_without_a_close_is_an_error() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.send_eof()
    with pytest.raises(OperatorError, match="ended the connection"):
        await Operator(ours).hello()


async def test_a_broken_connection_is_an_error() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.aclose()
    with pytest.raises(OperatorError, match="connection failed"):
        await Operator(ours).hello()


async def test_a_peer_that_speaks_something_else_is_an_error() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.send_all(b"SSH-2.0-OpenSSH_9.9\r\n")
    with pytest.raises(OperatorError, match="connection failed"):
        await Operator(ours).hello()


# Tokens


def test_secrets_are_256_bits_and_never_the_same() -> None:
    secrets = [new_secret() for _ in range(100)]
    assert all(len(secret) == 43 for secret in secrets)
    assert len(dict.fromkeys(secrets)) == 100


def test_what_travels_is_the_hash_alone() -> None:
    command = issue_command("secret", "ana", timedelta(days=1, seconds=1))
    assert command.hash == token_hash("secret")
    assert command.user == "ana"
    assert command.ttl_s == 86_401
    assert "secret" not in repr(command)


def test_a_token_without_ttl_has_no_end() -> None:
    assert issue_command("secret", "ana", None).ttl_s is None


@pytest.mark.parametrize(("user", "ttl"), [("a b", None), ("ana", timedelta(0)), ("ana", timedelta(days=-1))])
def test_a_token_for_nobody_or_for_no_time_is_refused(user: str, ttl: timedelta | None) -> None:
    with pytest.raises(Unfit):
        issue_command("secret", user, ttl)


def test_the_public_id_is_the_front_of_the_hash() -> None:
    assert operate.public_id("secret") == token_hash("secret").hex()[:16]


async def test_all_pages_of_tokens_are_listed(nursery: trio.Nursery) -> None:
    tokens = tuple(Token(token=f"{number:016x}", user="ana", created=1) for number in range(3))
    pages = {
        None: TokensPage(tokens=tokens[:2], more=True),
        tokens[1].token: TokensPage(tokens=tokens[2:], more=False),
    }

    def script(command: object) -> FromServer | None:
        return pages[command.after] if isinstance(command, ListTokens) else None

    operator = await _operator(nursery, Scripted(script))
    assert await list_tokens(operator) == list(tokens)


async def test_an_empty_page_ends_the_list_whatever_it_says(nursery: trio.Nursery) -> None:
    operator = await _operator(nursery, Scripted(lambda _: TokensPage(tokens=(), more=True)))
    assert await list_tokens(operator) == []


async def test_a_list_answered_with_something_else_is_an_error(nursery: trio.Nursery) -> None:
    operator = await _operator(nursery, Scripted(done))
    with pytest.raises(OperatorError, match="makes no sense"):
        await list_tokens(operator)


# With a daemon that runs, and with none


@define(eq=False)
class Serving:
    """Stands for `daemon.serve`: opens the control socket and answers there, until it is cancelled."""

    script: Script = done
    exit_code: int | None = None
    hangs: bool = False
    started: int = 0
    listened: list[tuple[str, ...]] = field(factory=list)

    async def __call__(self, config: Config, *, ready: Callable[[Sequence[str]], None]) -> int:
        self.started += 1
        self.listened.append(config.listen)
        if self.exit_code is not None:
            return self.exit_code
        if self.hangs:
            await trio.sleep_forever()
        listener = open_unix(str(config.data / CONTROL_NAME), config, mode=OPERATOR_MODE)
        far = Scripted(self.script)

        async def handler(stream: Stream, _: object, __: str) -> None:
            await far(stream)

        async with trio.open_nursery() as nursery:
            ready(())
            await listener.serve(handler, nursery)
        return ExitCode.OK


async def _ping(operator: Operator) -> object:
    return await operator.ask(Ping())


@pytest.mark.slow
async def test_a_daemon_that_runs_is_used(nursery: trio.Nursery, tmp_path: Path) -> None:
    config = Config(data=tmp_path)
    running, other = Serving(), Serving()
    ready = trio.Event()
    nursery.start_soon(lambda: running(config, ready=lambda _: ready.set()))
    await ready.wait()
    assert await operate.operate(config, other, _ping) == Done()
    assert other.started == 0


@pytest.mark.slow
async def test_without_a_daemon_one_is_started_that_listens_nowhere_else(tmp_path: Path) -> None:
    serving = Serving()
    assert await operate.operate(Config(data=tmp_path), serving, _ping) == Done()
    assert serving.listened == [()]
    assert not (tmp_path / CONTROL_NAME).exists()


@pytest.mark.slow
async def test_what_a_dead_daemon_left_does_not_hinder(tmp_path: Path) -> None:
    listener = open_unix(str(tmp_path / "s"), Config(), mode=OPERATOR_MODE)
    (tmp_path / "s").rename(tmp_path / CONTROL_NAME)
    listener.close()
    assert await operate.operate(Config(data=tmp_path), Serving(), _ping) == Done()


@pytest.mark.slow
async def test_a_refusal_by_a_daemon_started_for_it_is_a_plain_error(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no such token"):
        await operate.operate(Config(data=tmp_path), Serving(lambda _: REFUSED), _ping)


async def test_a_store_that_is_refused_is_an_error_with_its_exit_code(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="see the log") as caught:
        await operate.operate(Config(data=tmp_path), Serving(exit_code=3), _ping)
    assert caught.value.code is ExitCode.STORE_REFUSED


async def test_a_daemon_that_does_not_start_is_an_error_in_time(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    with pytest.raises(OperatorError, match="within 60 s"):
        await operate.operate(Config(data=tmp_path), Serving(hangs=True), _ping)


async def test_a_control_socket_that_cannot_be_reached_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OperatorError, match=CONTROL_NAME):
        await operate.operate(Config(data=tmp_path / "file"), Serving(), _ping)
