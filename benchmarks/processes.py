"""The driver processes as their parent sees them: in step through the setup, watched while they run."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from attrs import define, field

from benchmarks.driver import drive
from benchmarks.pacing import NS_PER_S
from benchmarks.plan import Failed, Plan, Progress, Ready, Result, Word

SETUP_S_MAX = 600
"""How long one phase of the setup may take."""
_END_S_MAX = 5


class LoadFailed(RuntimeError):
    """The run could not be made. `str()` says why."""


def tell(text: str) -> None:
    """Say something to the person who watches."""
    print(text, file=sys.stderr, flush=True)


@define(eq=False)
class Drivers:
    """One pipe for each driver process. Every method raises LoadFailed if a driver fails or ends without a result."""

    _pipes: list[Connection[Any, Any]]
    _progress: dict[int, Progress] = field(factory=dict[int, Progress], init=False)
    _results: dict[int, Result] = field(factory=dict[int, Result], init=False)

    def await_ready(self) -> None:
        """Return when every driver has finished a phase."""
        for index in range(len(self._pipes)):
            word = self._word(index, SETUP_S_MAX)
            if not isinstance(word, Ready):
                raise LoadFailed(f"a driver said {word!r} during the setup")

    def go_on(self, start_ns: int = 0) -> None:
        """Let every driver begin its next phase; the last one is the run, from `start_ns` on."""
        for pipe in self._pipes:
            pipe.send(start_ns)

    def watch(self, until_ns: int) -> None:
        """Show progress until then, or until every driver has told its result."""
        while (left_ns := until_ns - time.monotonic_ns()) > 0 and len(self._results) < len(self._pipes):
            running = [pipe for index, pipe in enumerate(self._pipes) if index not in self._results]
            for pipe in wait(running, left_ns / NS_PER_S):
                index = next(index for index, each in enumerate(self._pipes) if each is pipe)
                self._hear(index, self._word(index, 0))

    def results(self, seconds_max: float) -> list[Result]:
        """Return what each driver saw, once all are drained, in the order of the drivers."""
        self.watch(time.monotonic_ns() + int(seconds_max * NS_PER_S))
        if len(self._results) < len(self._pipes):
            raise LoadFailed(f"a driver told no result within {seconds_max} s")
        return [self._results[index] for index in range(len(self._pipes))]

    def _word(self, index: int, seconds_max: float) -> Word:
        pipe = self._pipes[index]
        if not pipe.poll(seconds_max):
            raise LoadFailed(f"a driver said nothing for {seconds_max} s")
        try:
            word: Word = pipe.recv()
        except EOFError:
            raise LoadFailed("a driver ended without a word") from None
        if isinstance(word, Failed):
            raise LoadFailed(word.text)
        return word

    def _hear(self, index: int, word: Word) -> None:
        if isinstance(word, Result):
            self._results[index] = word
        if isinstance(word, Progress):
            self._progress[index] = word
            if index == len(self._pipes) - 1:
                acked = sum(each.acked for each in self._progress.values())
                delivered = sum(each.delivered for each in self._progress.values())
                tell(f"{acked:,} posts acknowledged, {delivered:,} delivered")


@contextmanager
def drivers_of(plan: Plan) -> Generator[Drivers]:
    """Run the plan's drivers in processes of their own. Whatever happens inside, they are gone after it."""
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection[Any, Any]] = []
    processes: list[SpawnProcess] = []
    try:
        for index in range(plan.drivers):
            ours, theirs = context.Pipe()
            pipes.append(ours)
            process = context.Process(target=drive, args=(plan, index, theirs), daemon=True)
            process.start()
            processes.append(process)
            theirs.close()
        yield Drivers(pipes)
        for process in processes:
            process.join(_END_S_MAX)
    finally:
        for process in processes:
            process.kill()
            process.join()
            process.close()
        for pipe in pipes:
            pipe.close()
