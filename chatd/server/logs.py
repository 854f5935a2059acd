"""Structured logs on stderr: one line each, JSON unless a person watches.

A log line is worth less than the loop it would stop. When the reader is blocked, gone or out of space, lines are
dropped and counted (invariant F35), and the next line that gets through tells the count. Whatever a value holds is
escaped to ASCII: control characters can neither end a line nor steer a terminal (threat T23).
"""

from __future__ import annotations

import json
import logging
import os
import select
from typing import Any

import structlog
from attrs import define, field
from structlog.typing import EventDict, Processor, WrappedLogger

LINE_BYTES_MAX = 64 * 1024
PIECE_BYTES_MAX = select.PIPE_BUF
"""A pipe that is ready for writing takes this much without blocking."""


def _poll_writable(fd: int) -> select.poll:
    poll = select.poll()
    poll.register(fd, select.POLLOUT)
    return poll


@define(eq=False)
class LineWriter:
    """Writes whole lines to a descriptor, or drops them: never blocks, never raises.

    The descriptor's own flags stay as they are, because other processes share them.
    """

    _fd: int
    dropped: int = field(default=0, init=False)
    """How many lines were lost, in whole or in part."""
    _poll: select.poll = field(init=False)
    _torn: bool = field(default=False, init=False)
    """Whether the last line was begun and not ended."""

    def __attrs_post_init__(self) -> None:
        self._poll = _poll_writable(self._fd)

    def write(self, line: str) -> None:
        """Write `line` and its end. What is over 64 KiB is cut off."""
        data = line.encode("ascii", "backslashreplace")[:LINE_BYTES_MAX] + b"\n"
        if not self._written(b"\n" + data if self._torn else data):
            self.dropped += 1

    def _written(self, data: bytes) -> bool:
        done = 0
        while done < len(data) and (count := self._write_piece(data[done : done + PIECE_BYTES_MAX])):
            done += count
        whole = done == len(data)
        self._torn = not whole and (self._torn or done > 0)
        return whole

    def _write_piece(self, piece: bytes) -> int:
        if not self._poll.poll(0):
            return 0
        try:
            return os.write(self._fd, piece)
        except OSError:
            return 0

    debug = info = warning = error = critical = exception = write


def _as_json(value: object) -> str:
    return json.dumps(value, default=repr)


def render_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    """Return the line as one JSON object."""
    return _as_json(event)


def render_text(_: WrappedLogger, __: str, event: EventDict) -> str:
    """Return the line for a person: time, level, event, then the rest as name=value."""
    first = [str(event.pop(name, "-")) for name in ("timestamp", "level", "event")]
    escaped = [_as_json(each)[1:-1] for each in first]
    return " ".join((*escaped, *(f"{name}={_as_json(value)}" for name, value in event.items())))


class _Forward(logging.Handler):
    """Sends what libraries log through `logging` down the same road."""

    def emit(self, record: logging.LogRecord) -> None:
        logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
        logger.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def configure(level: str, *, fd: int = 2) -> LineWriter:
    """Send all logs of the process from `level` on to `fd`; return the writer, which counts the dropped lines."""
    writer = LineWriter(fd)

    def tell_dropped(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {**event, "log_lines_dropped": writer.dropped} if writer.dropped else event

    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        tell_dropped,
        render_text if os.isatty(fd) else render_json,
    ]

    def use_writer(*_: Any) -> LineWriter:
        return writer

    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=use_writer,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_Forward()], level=max(number, logging.WARNING), force=True)
    return writer
