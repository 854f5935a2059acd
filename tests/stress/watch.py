"""What a daemon's process holds, looked at again and again from a thread beside whatever else goes on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

from tests.stress.bounds import Held

EVERY_S = 0.25
_PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024


@define(eq=False)
class Watch:
    pid: int
    held: list[Held] = field(factory=list[Held])
    _idle_descriptors: int = field(init=False)
    _over: threading.Event = field(factory=threading.Event)

    def __attrs_post_init__(self) -> None:
        self._idle_descriptors = self._descriptors()

    def look(self) -> Held:
        """Return what the process holds now. Raises OSError when it is gone."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        connections = max(0, self._descriptors() - self._idle_descriptors)
        return Held(at=time.monotonic(), rss_kb=pages * _PAGE_KB, connections=connections)

    def run(self) -> None:
        """Look until stopped, or until the process is gone."""
        try:
            while not self._over.wait(EVERY_S):
                self.held.append(self.look())
        except OSError:
            return

    def stop(self) -> None:
        self._over.set()

    def since(self, begin_s: float, end_s: float) -> list[Held]:
        """Return what was seen between two moments of the monotonic clock."""
        return [each for each in self.held if begin_s <= each.at <= end_s]

    def _descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))


@contextmanager
def watching(pid: int) -> Generator[Watch, None, None]:
    """Watch a process, which must be there, until the block ends."""
    watch = Watch(pid)
    watch.held.append(watch.look())
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop()
        thread.join()
