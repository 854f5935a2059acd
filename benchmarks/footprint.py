"""What a process holds and uses, as the kernel tells it, thread by thread where that matters."""

from __future__ import annotations

from collections.abc import Mapping

import psutil  # type: ignore[import-untyped]
from attrs import frozen


@frozen
class Footprint:
    """One process at one moment."""

    rss_kb: int
    """Resident memory, with what it shares with others."""
    uss_kb: int
    """Memory that would be free if the process ended. No figure of another process changes it."""
    descriptors: int
    threads: int

    @classmethod
    def of(cls, pid: int) -> Footprint:
        """Return what a process of this user holds now. Raises psutil.Error if there is none."""
        process = psutil.Process(pid)
        memory = process.memory_full_info()
        return cls(memory.rss // 1024, memory.uss // 1024, process.num_fds(), process.num_threads())


@frozen
class Processor:
    """CPU seconds of one process, since it started."""

    main_s: float
    """Of its first thread: of a daemon, the event loop."""
    others_s: float
    """Of all its other threads: of a daemon, those that serve the store."""

    @classmethod
    def of(cls, pid: int) -> Processor:
        """Return what a process of this user has used. The kernel counts in ticks, mostly of 10 ms."""
        return cls.split(pid, {each.id: each.user_time + each.system_time for each in psutil.Process(pid).threads()})

    @classmethod
    def split(cls, pid: int, by_thread: Mapping[int, float]) -> Processor:
        """Return the same from the seconds of each thread: the first one has the number of its process."""
        main_s = by_thread.get(pid, 0.0)
        return cls(main_s, sum(by_thread.values()) - main_s)

    def since(self, earlier: Processor) -> Processor:
        """Return what was used between two moments."""
        return Processor(self.main_s - earlier.main_s, self.others_s - earlier.others_s)


def idle_s() -> float:
    """Return the seconds that all cores of the machine together have been idle since it started."""
    times = psutil.cpu_times()
    return float(times.idle + times.iowait)
