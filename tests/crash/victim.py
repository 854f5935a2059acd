"""A daemon on one directory and one port, which is started again however it ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

import trio
from attrs import define, field

from tests.crash.hooks import NO_ORDERS, Orders

ROOT = Path(__file__).parents[2]
START_S_MAX = 60.0
KILLED = -signal.SIGKILL
_LOG_BYTES_SHOWN = 3000
_READY = b"listening on "


class StartFailed(RuntimeError):
    """The daemon neither listened nor was killed. `str()` ends with the last of its log."""


@define(eq=False)
class Victim:
    """One process at a time. Used in `async with`, which ends it."""

    data: Path
    port: int
    _process: trio.Process | None = field(default=None, init=False)

    async def __aenter__(self) -> Victim:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with trio.CancelScope(shield=True):
            if not self.is_gone:
                self.send(signal.SIGKILL)
            await self.gone()

    @property
    def url(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    @property
    def is_gone(self) -> bool:
        return self._process is None or self._process.poll() is not None

    async def start(self, orders: Orders = NO_ORDERS) -> bool:
        """Start it. Return True once it listens, and False when it was killed before. Raises StartFailed."""
        with self.log.open("ab") as log:
            process = await trio.lowlevel.open_process(
                self._command(orders), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, cwd=ROOT
            )
        self._process = process
        if await _first_line(process) == _READY + self.url.encode():
            return True
        code = await self.gone()
        if code != KILLED:
            raise StartFailed(f"the daemon did not start: exit code {code}\n{self.log_tail()}")
        return False

    def _command(self, orders: Orders) -> list[str]:
        program = ["chatd"] if orders == NO_ORDERS else ["tests.crash.launcher", orders.to_json()]
        serve = ["serve", "--dev", "--listen", self.url, "--data", str(self.data), "--log-level", "warning"]
        return [sys.executable, "-m", *program, *serve]

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it, if it still runs."""
        if self._process is not None:
            self._process.send_signal(number)

    async def gone(self) -> int:
        """Return its exit code once it has ended; 0 if it was never started."""
        if self._process is None:
            return 0
        code = await self._process.wait()
        if self._process.stdout is not None:
            await self._process.stdout.aclose()
        return code

    def log_tail(self) -> str:
        return self.log.read_bytes()[-_LOG_BYTES_SHOWN:].decode(errors="replace")


async def _first_line(process: trio.Process) -> bytes:
    """Return what it prints up to its first line feed, or to its end."""
    line = b""
    with trio.fail_after(START_S_MAX):
        while process.stdout is not None and b"\n" not in line:
            piece = await process.stdout.receive_some()
            if not piece:
                break
            line += bytes(piece)
    return line.partition(b"\n")[0]
