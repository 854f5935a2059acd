"""What all commands of the `chatd` program share: how they speak, prepare the process, and reach a daemon."""

from __future__ import annotations

import os
import resource
import secrets
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, TextIO, TypeVar

import trio
from cyclopts import Parameter

from chatd.chain import KEY_BYTES
from chatd.model import Key
from chatd.server import daemon, logs, operate
from chatd.server.config import Config, ExitCode

SWITCH_INTERVAL_S = 1e-4
"""Short, because a busy loop would otherwise hold the GIL for 5 ms while the store's thread waits for it."""

STDERR = 2

T = TypeVar("T")
Settings = Annotated[Config, Parameter(show=False)]

DEFAULTS = Config()


def say(stream: TextIO | None, text: str) -> None:
    """Write `text` whole. That nobody reads it, or that the process was started without the stream, stops nothing."""
    if stream is not None:
        with suppress(OSError):
            stream.write(text)
            stream.flush()


def fail(text: str, code: ExitCode) -> ExitCode:
    """Say in one line on stderr why a command was not carried out; return `code`."""
    say(sys.stderr, f"chatd: {text}\n")
    return code


def prepare(config: Config) -> None:
    """Make the process ready to run a daemon."""
    hold_standard_descriptors()
    logs.configure(config.log_level)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def hold_standard_descriptors() -> None:
    """Open what is closed of stdin, stdout and stderr: else the store's file gets its number, and then the logs."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= STDERR:
        pass
    os.close(fd)


def day(time_ms: int) -> str:
    """Return a time as people read it, in UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="seconds")


def new_key() -> Key:
    """Return the key of a command that nobody sends again."""
    return secrets.token_bytes(KEY_BYTES)


def carry_out(config: Config, work: Callable[[operate.Operator], Awaitable[T]], tell: Callable[[T], None]) -> int:
    """Do `work` with the daemon on `config.data`, or with one started for it, and `tell` what came of it.

    Returns the exit code.
    """
    prepare(config)
    if not config.data.exists():
        say(sys.stderr, f"chatd: making a new store in {config.data}\n")
    try:
        answer = trio.run(operate.operate, config, daemon.serve, work)
    except operate.OperatorError as error:
        return fail(str(error), error.code)
    tell(answer)
    return ExitCode.OK
