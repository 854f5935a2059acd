"""A daemon of one's own: a process on a directory of its own, started, watched, killed and restarted.

Everything here blocks, within the stated deadlines. Only a process that was started here is ever ended.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from attrs import define, field

from benchmarks.certificate import HOST, make_certificate

READY_S_MAX = 30
"""How long a daemon may take to say that it listens. Recovery after a kill is part of it."""
STOP_S_MAX = 30
"""How long it may take to drain."""
LOG_BYTES_SHOWN = 4000

_READY = b"listening on "
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


class DaemonFailed(RuntimeError):
    """The daemon did not start, did not stop, or ended by itself. `str()` ends with the last of its log."""


@define(eq=False)
class Daemon:
    """One daemon at a time on one directory, on loopback, where any name is believed. At the same port every time."""

    directory: Path
    flags: tuple[str, ...] = ()
    """Further arguments of `chatd serve`."""
    url: str = "tcp://127.0.0.1:0"
    """Where it listens; with its real port once it has started."""
    authority: str = ""
    """The file of who signed its certificate; empty without TLS."""
    log_level: str = "warning"
    """From "info" on, a daemon that stops logs its counters."""
    starts: int = field(default=0, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log_path(self) -> Path:
        return self.directory / "daemon.log"

    @property
    def pid(self) -> int:
        """The process that runs. Raises DaemonFailed if none does."""
        return self._running().pid

    def start(self) -> None:
        """Start it and return when it listens. Raises DaemonFailed, with nothing left running, if it does not."""
        command = [sys.executable, "-m", "chatd", "serve", "--dev", "--listen", self.url]
        command += ["--data", str(self.directory / "data"), "--log-level", self.log_level, *self.flags]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        line = _first_line(self._process, READY_S_MAX)
        if not line.startswith(_READY):
            self.kill()
            raise DaemonFailed(f"the daemon did not say that it listens: {line!r}\n{self._log_tail()}")
        self.url = line.removeprefix(_READY).decode().strip()
        self.starts += 1

    def kill(self) -> None:
        """End it by SIGKILL, as a power cut of the process would. Does nothing if none runs."""
        if self._process is not None:
            self._process.kill()
            self._forget()

    def restart(self) -> None:
        """Kill it and start another on what it left on disk."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """End it by SIGTERM. Raises DaemonFailed if it had ended already, takes too long, or ends with an error."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise DaemonFailed(f"the daemon did not stop within {STOP_S_MAX} s\n{self._log_tail()}") from None
        self._forget()
        if code:
            raise DaemonFailed(f"the daemon ended with exit code {code}\n{self._log_tail()}")

    def cpu_s(self) -> float:
        """Return the CPU seconds, of all its threads, since it started."""
        after_name = self._proc("stat").rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS_PER_S

    def rss_kb(self) -> int:
        """Return the memory it holds now, in KiB."""
        return int(self._proc("statm").split()[1]) * _PAGE_KB

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self._running().pid}/{name}").read_text(encoding="ascii", errors="replace")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            raise DaemonFailed(f"no daemon runs\n{self._log_tail()}")
        return self._process

    def _forget(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _log_tail(self) -> str:
        if not self.log_path.exists():
            return ""
        return self.log_path.read_bytes()[-LOG_BYTES_SHOWN:].decode(errors="replace")


def port_of(url: str) -> int:
    """Return the port in tcp://HOST:PORT. Raises ValueError if there is none."""
    port = urlsplit(url).port
    if port is None:
        raise ValueError(f"{url!r} names no port")
    return port


def _first_line(process: subprocess.Popen[bytes], seconds_max: float) -> bytes:
    """Return what `process` prints up to its first line feed, its end, or the deadline."""
    if process.stdout is None:
        return b""
    deadline = time.monotonic() + seconds_max
    line = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while b"\n" not in line and selector.select(max(0.0, deadline - time.monotonic())):
            piece = os.read(process.stdout.fileno(), 4096)
            if not piece:
                break
            line += piece
    return line.partition(b"\n")[0]


def _daemon(directory: Path, flags: Sequence[str], *, tls: bool) -> Daemon:
    if not tls:
        return Daemon(directory, tuple(flags))
    made = make_certificate(directory)
    flags = (*flags, "--cert", str(made.chain), "--key", str(made.key))
    return Daemon(directory, flags, f"tls://{HOST}:0", str(made.authority))


@contextmanager
def own_daemon(flags: Sequence[str] = (), *, tls: bool = False) -> Generator[Daemon]:
    """Run a daemon on a new temporary directory. Whatever happens inside, process and directory are gone after it.

    With `tls` it listens on tls:// alone, with a certificate of its own.

    Raises DaemonFailed as `start` and, if the body succeeded, `stop` do.
    """
    with tempfile.TemporaryDirectory(prefix="chatd-bench-") as directory:
        daemon = _daemon(Path(directory), flags, tls=tls)
        try:
            daemon.start()
            yield daemon
            daemon.stop()
        finally:
            daemon.kill()
