"""The logs: one line each whatever they hold, and never a wait for their reader."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from chatd.server import logs
from chatd.server.logs import LINE_BYTES_MAX, LineWriter

HOSTILE = 'a\nb\x1b[2J\u202e\u2028\x85"\ud800'


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Reading end, writing end of a pipe that holds 64 KiB. The writing end blocks, as a real stderr does."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 65536)
    yield reading, writing
    os.close(writing)
    os.close(reading)


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def _fill(writer: LineWriter) -> int:
    """Write lines until one is dropped; return how many went before it."""
    count = 0
    while not writer.dropped:
        writer.write("x" * 1000)
        count += 1
    return count - 1


def _lines(reading: int) -> list[dict[str, Any]]:
    return [json.loads(line) for line in os.read(reading, 65536).splitlines()]


def _break() -> None:
    raise ValueError("broken\nin two")


# The writer


def test_a_line_is_written_whole(pipe: tuple[int, int]) -> None:
    LineWriter(pipe[1]).write("hello")
    assert os.read(pipe[0], 100) == b"hello\n"


def test_a_blocked_reader_costs_lines_and_no_time(pipe: tuple[int, int]) -> None:
    writer = LineWriter(pipe[1])
    assert _fill(writer) > 0
    writer.write("x")
    assert writer.dropped == 2


def test_writing_goes_on_when_the_reader_does(pipe: tuple[int, int]) -> None:
    writer = LineWriter(pipe[1])
    _fill(writer)
    os.read(pipe[0], 65536)
    writer.write("again")
    assert os.read(pipe[0], 65536).endswith(b"again\n")
    assert writer.dropped == 1


def test_a_reader_that_is_gone_costs_lines_alone() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = LineWriter(writing)
    writer.write("nobody reads")
    assert writer.dropped == 1
    os.close(writing)


def test_a_line_longer_than_a_pipe_takes_at_once_is_written_whole(pipe: tuple[int, int]) -> None:
    writer = LineWriter(pipe[1])
    writer.write("x" * 20_000)
    assert os.read(pipe[0], 65536) == b"x" * 20_000 + b"\n"
    assert writer.dropped == 0


def test_a_torn_line_does_not_run_into_the_next_one(pipe: tuple[int, int]) -> None:
    writer = LineWriter(pipe[1])
    writer.write("x" * 40_000)
    writer.write("y" * 40_000)
    assert writer.dropped == 1
    torn = os.read(pipe[0], 65536)
    assert torn.count(b"\n") == 1
    writer.write("whole")
    assert os.read(pipe[0], 65536) == b"\nwhole\n"


def test_a_line_over_64_kib_is_cut(pipe: tuple[int, int]) -> None:
    fcntl.fcntl(pipe[1], fcntl.F_SETPIPE_SZ, 1 << 20)
    LineWriter(pipe[1]).write("x" * (LINE_BYTES_MAX + 1))
    assert os.read(pipe[0], 1 << 20) == b"x" * LINE_BYTES_MAX + b"\n"


# The format


def test_a_line_for_a_machine_is_one_json_object(pipe: tuple[int, int]) -> None:
    logs.configure("info", fd=pipe[1])
    structlog.get_logger().info("started", url="tcp://here", raw=b"\x00")
    (line,) = _lines(pipe[0])
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "started", "level": "info", "url": "tcp://here", "raw": "b'\\x00'"}


def test_no_value_can_forge_a_line_for_a_machine(pipe: tuple[int, int]) -> None:
    logs.configure("info", fd=pipe[1])
    structlog.get_logger().info("said", text=HOSTILE)
    (line,) = _lines(pipe[0])
    assert line["text"] == HOSTILE


def test_no_value_can_forge_a_line_for_a_person() -> None:
    line = logs.render_text(None, "", {"event": HOSTILE, "level": "info", "timestamp": "now", "text": HOSTILE})
    assert line.isascii()
    assert line.isprintable()
    assert line.startswith("now info a\\nb\\u001b")


def test_a_terminal_gets_lines_for_a_person() -> None:
    master, terminal = os.openpty()
    logs.configure("info", fd=terminal)
    structlog.get_logger().info("started", url="tcp://here")
    line = os.read(master, 1000)
    assert line.endswith(b' info started url="tcp://here"\r\n')
    os.close(terminal)
    os.close(master)


def test_an_exception_stays_on_its_line(pipe: tuple[int, int]) -> None:
    logs.configure("info", fd=pipe[1])
    try:
        _break()
    except ValueError:
        structlog.get_logger().exception("failed")
    (line,) = _lines(pipe[0])
    assert "ValueError: broken\nin two" in line["exception"]
    assert line["level"] == "error"


def test_what_is_under_the_level_is_left_out(pipe: tuple[int, int]) -> None:
    logs.configure("warning", fd=pipe[1])
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in _lines(pipe[0])] == ["loud"]


def test_libraries_log_down_the_same_road(pipe: tuple[int, int]) -> None:
    logs.configure("info", fd=pipe[1])
    logging.getLogger("library").warning("two\nlines of %s", "text")
    logging.getLogger("library").info("too quiet")
    (line,) = _lines(pipe[0])
    assert line["event"] == "two\nlines of text"
    assert line["logger"] == "library"


def test_lines_tell_how_many_were_dropped(pipe: tuple[int, int]) -> None:
    writer = logs.configure("info", fd=pipe[1])
    _fill(writer)
    os.read(pipe[0], 65536)
    structlog.get_logger().info("again")
    assert _lines(pipe[0])[-1]["log_lines_dropped"] == 1
