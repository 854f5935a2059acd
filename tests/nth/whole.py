"""A whole daemon in this process, its listeners, its file and its threads, cancelled at its every moment."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from chatd.server.config import Config, ExitCode
from chatd.server.daemon import serve
from chatd.server.listener import CONTROL_NAME
from chatd.storage.sqlite import SqliteStore
from tests.nth import steady
from tests.nth.stopper import Violation, at_every_moment, stop_at
from tests.nth.storing import PATIENCE_S, descriptors, require_closed, threads
from tests.storage.scenes import EPOCH


@contextmanager
def _deaf_to(number: signal.Signals) -> Generator[None, None, None]:
    """A signal that comes when nobody listens for it any more must not end this process."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)


def _ask_to_stop(_: Sequence[str]) -> None:
    signal.raise_signal(signal.SIGTERM)


async def _try_serve(folder: Path, n: int) -> bool:
    """Cancelled anywhere between its birth and its end, a daemon leaves no socket, lock, thread or open file."""
    before, opened = threads(), descriptors()
    config = Config(data=folder, dev=True, listen=("tcp://127.0.0.1:0", f"unix://{folder.parent}/chat.sock"))
    stopped = await stop_at(n, partial(serve, config, ready=_ask_to_stop))
    if stopped.value not in (None, ExitCode.OK):
        raise Violation(f"ended with {stopped.value}")
    for path in (folder / CONTROL_NAME, folder.parent / "chat.sock"):
        if path.exists():
            raise Violation(f"{path.name} is left")
    await require_closed(folder, before, opened)
    return stopped.fired


async def _serve(folder: Path) -> int:
    warm = await SqliteStore.open(folder, EPOCH)
    await warm.aclose()
    with trio.fail_after(PATIENCE_S):
        return await at_every_moment(partial(_try_serve, folder))


def _run(seed: int) -> int:
    with TemporaryDirectory() as folder, _deaf_to(signal.SIGTERM):
        return steady.run_on_threads(_serve, Path(folder) / "data", seed=seed)


OPERATIONS: dict[str, Callable[[int], int]] = {"daemon.serve": _run}
