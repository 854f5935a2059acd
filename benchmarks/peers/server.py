"""A server of one's own: a process on loopback, configured from this folder, with a directory of its own.

Everything here blocks, within the stated deadlines. Only processes that were started here are ever ended.
"""

from __future__ import annotations

import getpass
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from attrs import define, field, frozen

READY_S_MAX = 60.0
STOP_S_MAX = 30.0
LOG_BYTES_SHOWN = 2000
CONF = Path(__file__).with_name("conf")
_PORTS = range(12_000, 32_000)
"""Below those that the kernel gives to clients, of whom one could otherwise sit on the port of a killed server."""
_PORTS_TRIED = 50
_LOOK_S = 0.005
"""How long a start may go unnoticed: short, because a restart is timed."""
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


class ServerFailed(RuntimeError):
    """A server did not start or ended by itself. `str()` ends with the last of its log."""


@frozen
class Place:
    """Where one server runs."""

    directory: Path
    port: int

    def configuration(self, name: str) -> Path:
        """Return the file that `conf/name` becomes for this place: its $port, $directory and $user are filled in."""
        values = {"port": self.port, "directory": self.directory, "user": getpass.getuser()}
        target = self.directory / name
        target.write_text(Template((CONF / name).read_text("utf-8")).substitute(values), "utf-8")
        return target


@frozen
class Launch:
    """How a server is started."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(factory=dict[str, str])
    """Beside what this process has."""


@define(eq=False)
class Server:
    """One process, and those that it starts, at one place. At the same port every time."""

    place: Place
    launch: Launch
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it and return when it accepts connections. Raises ServerFailed, with nothing left running."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.launch.command,
                cwd=self.place.directory,
                env={**os.environ, **self.launch.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + READY_S_MAX
        while not _accepts(self.place.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ServerFailed(f"{self.launch.command[0]} does not listen\n{self._log_tail()}")
            time.sleep(_LOOK_S)

    def stop(self) -> None:
        """End it by SIGTERM, and by SIGKILL if that takes longer than `STOP_S_MAX`. Does nothing if none runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End it by SIGKILL, as a power cut of the process would: `start` finds what it left on disk."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def cpu_s(self) -> float:
        """Return the CPU seconds, of all its threads and processes, since they started."""
        after_names = [_stat(pid) for pid in self._pids()]
        return sum(int(words[11]) + int(words[12]) for words in after_names) / _TICKS_PER_S

    def rss_kb(self) -> int:
        """Return the memory that its processes hold now, in KiB."""
        return sum(int(_stat(pid)[21]) * _PAGE_KB for pid in self._pids())

    def _pids(self) -> list[int]:
        if self._process is None or self._process.poll() is not None:
            raise ServerFailed(f"{self.launch.command[0]} does not run\n{self._log_tail()}")
        return _family(self._process.pid)

    @property
    def _log(self) -> Path:
        return self.place.directory / "server.log"

    def _log_tail(self) -> str:
        return self._log.read_bytes()[-LOG_BYTES_SHOWN:].decode(errors="replace")


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stat(pid: int) -> list[str]:
    """Return the fields of a process's stat after its name: parent 1, user ticks 11, system ticks 12, pages 21."""
    return Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()


def _family(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {int(path.name): _parent(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    family = [root]
    for member in family:
        family += [pid for pid, parent in parents.items() if parent == member]
    return family


def _parent(pid: int) -> int:
    try:
        return int(_stat(pid)[1])
    except OSError:
        return 0


def free_port() -> int:
    """Return a port of this machine that nobody has now, and that no client is given. Raises ServerFailed."""
    chance = random.SystemRandom()
    for port in chance.sample(_PORTS, _PORTS_TRIED):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise ServerFailed("no port is free")


@contextmanager
def own_server(launch: Callable[[Place], Launch]) -> Generator[Server, None, None]:
    """Run a server in a new temporary directory. Whatever happens inside, process and directory are gone after it.

    Raises ServerFailed as `start` does.
    """
    with TemporaryDirectory(prefix="chatd-peers-") as directory:
        place = Place(Path(directory), free_port())
        server = Server(place, launch(place))
        try:
            server.start()
            yield server
        finally:
            server.stop()
