"""Daemons as users run them: processes with real sockets and files, started and ended by the test that needs them."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL, Signals
from types import TracebackType

from attrs import Factory, define, field

ROOT = Path(__file__).parents[1]
START_S_MAX = 30
LISTEN = ("tcp://127.0.0.1:0",)


@define(eq=False)
class Process:
    """`chatd serve` on `data`, from `with` to its end; killed there if it still runs."""

    data: Path
    listen: tuple[str, ...] = LISTEN
    options: tuple[str, ...] = ("--dev",)
    before: tuple[str, ...] = ()
    """A command that the daemon's own is handed to, and which becomes it."""
    urls: list[str] = Factory(list)
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    def __enter__(self) -> Process:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end(SIGKILL)

    @property
    def url(self) -> str:
        return self.urls[0]

    @property
    def log(self) -> Path:
        return self.data.with_suffix(".log")

    def start(self) -> None:
        """Start the daemon and wait until it listens. A port that it was given once it gets again."""
        listen = [part for url in (self.urls or self.listen) for part in ("--listen", url)]
        serve = [sys.executable, "-m", "chatd", "serve", *self.options, *listen, "--data", str(self.data)]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [*self.before, *serve],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.urls = [self._line() for _ in self.listen]

    def _line(self) -> str:
        if self._process is None or self._process.stdout is None:
            raise RuntimeError("not started")
        line = self._process.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"the daemon did not start: {self.log.read_text()}")
        return line.removeprefix("listening on ").rstrip("\n")

    def inside(self, path: Path) -> Path:
        """Return `path` as the daemon sees it, who may have mounted something there."""
        if self._process is None:
            raise RuntimeError("not started")
        return Path(f"/proc/{self._process.pid}/root{path}")

    def signal(self, number: Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def allow_descriptors(self, most: int) -> None:
        """Let the running daemon open no descriptor from number `most` on."""
        if self._process is not None:
            resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE, (most, most))

    def wait(self) -> int:
        """Wait for the end of the daemon and return its exit code."""
        if self._process is None:
            raise RuntimeError("not started")
        process, self._process = self._process, None
        with process:
            return process.wait(START_S_MAX)

    def end(self, number: Signals) -> int | None:
        """Send a signal and wait for the end. Does nothing when the daemon has ended."""
        if self._process is None:
            return None
        self.signal(number)
        return self.wait()


def chatd(
    *arguments: str, before: tuple[str, ...] = (), module: tuple[str, ...] = ("chatd",)
) -> subprocess.CompletedProcess[str]:
    """Run one `chatd` command to its end; `before` is handed it, and `module` may stand for chatd's own."""
    return subprocess.run(
        [*before, sys.executable, "-m", *module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=START_S_MAX,
        check=False,
    )
