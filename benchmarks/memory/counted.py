"""A daemon in a process of its own that also tells what it holds inside: every object that Python knows, by type.

`chatd serve` tells nobody its objects. So the same daemon, `chatd.server.daemon.serve`, is started from here, on a
real socket and a real store, beside a task that answers its parent. Nothing else of the product runs differently.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trio
from attrs import define, field, frozen

from benchmarks.footprint import Footprint
from chatd.server import daemon, logs
from chatd.server.config import Config, MemoryConfig

ANSWER_S_MAX = 60.0
TAIL_BYTES_MAX = 64 * 1024
"""The daemon keeps no more of the newest frames, so that this cache is full before it is counted first."""


class CountFailed(RuntimeError):
    """The daemon did not start, or ended. Its log went to stderr."""


@frozen
class Inside:
    """What the daemon's process holds at one moment, after a full collection."""

    objects: dict[str, int]
    """Objects that the collector tracks, by module and name of their type; not bytes, strings and numbers."""
    blocks: int
    """Blocks of memory that Python has given out, for objects of every kind."""
    footprint: Footprint


def look() -> Inside:
    """Return what this process holds."""
    # What the first collection frees may hold what only the second one can free.
    gc.collect()
    gc.collect()
    types: Counter[type[object]] = Counter(map(type, gc.get_objects()))
    objects: Counter[str] = Counter()
    for kind, count in types.items():
        objects[f"{kind.__module__}.{kind.__qualname__}"] += count
    return Inside(dict(objects), sys.getallocatedblocks(), Footprint.of(os.getpid()))


async def _answer(pipe: Connection[Any, Any], scope: trio.CancelScope) -> None:
    """Send what this process holds for each word that comes, until there is nobody to send any."""
    while True:
        await trio.lowlevel.wait_readable(pipe.fileno())
        try:
            pipe.recv()
        except EOFError:
            scope.cancel()
            return
        pipe.send(look())


async def _serve(directory: Path, pipe: Connection[Any, Any]) -> None:
    config = Config(
        listen=("tcp://127.0.0.1:0",),
        data=directory,
        dev=True,
        memory=MemoryConfig(tail_bytes_max=TAIL_BYTES_MAX),
    )

    def ready(urls: Sequence[str]) -> None:
        pipe.send(urls[0])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(_answer, pipe, nursery.cancel_scope)
        await daemon.serve(config, ready=ready)
        nursery.cancel_scope.cancel()


def serve_counted(directory: Path, pipe: Connection[Any, Any]) -> None:
    """Be the daemon: tell its address, then an `Inside` for every word, until the pipe is closed."""
    logs.configure("error")
    trio.run(_serve, directory, pipe)


@define(eq=False)
class Counted:
    """A daemon that is asked. Both methods raise CountFailed."""

    _pipe: Connection[Any, Any]
    url: str = field(default="", init=False)
    pid: int = field(default=0, init=False)

    def await_ready(self) -> None:
        """Return when it listens."""
        self.url = self._hear()

    def look(self) -> Inside:
        """Return what it holds now."""
        self._pipe.send(None)
        inside: Inside = self._hear()
        return inside

    def _hear(self) -> Any:
        if not self._pipe.poll(ANSWER_S_MAX):
            raise CountFailed(f"the daemon said nothing for {ANSWER_S_MAX} s")
        try:
            return self._pipe.recv()
        except EOFError:
            raise CountFailed("the daemon ended") from None


@contextmanager
def counted_daemon() -> Generator[Counted, None, None]:
    """Run such a daemon in a new temporary directory. Whatever happens inside, both are gone after it."""
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory(prefix="chatd-bench-") as directory:
        ours, theirs = context.Pipe()
        process = context.Process(target=serve_counted, args=(Path(directory), theirs), daemon=True)
        process.start()
        theirs.close()
        try:
            running = Counted(ours)
            running.pid = process.pid or 0
            running.await_ready()
            yield running
        finally:
            ours.close()
            process.join(ANSWER_S_MAX)
            process.kill()
            process.join()
            process.close()
