"""Modest clients beside an overload: one post at a time, and how long each took to be acknowledged or refused.

Under overload the excess waits unread, and is refused seldom. So that refusals are measured whatever the load, some
posts go to a room that is not theirs.
"""

from __future__ import annotations

import multiprocessing
import secrets
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from attrs import define, field

from benchmarks.session import Session
from chatd.chain import KEY_BYTES
from chatd.messages import Committed, CreateGroup, Post, Refused
from chatd.model import RoomId
from chatd.wire import content

SESSIONS = 8
EVERY_S = 0.02
ELSEWHERE_OF = 4
"""One post of so many, the first among them, goes where it must be refused."""
ANSWER_S_MAX = 30.0


@define(eq=False)
class Probe:
    """What all sessions saw, in milliseconds."""

    accepted_ms: list[float] = field(factory=list[float])
    refused_ms: list[float] = field(factory=list[float])


@define(eq=False)
class Poster:
    """One session, in a room in which it is alone."""

    session: Session
    room: RoomId
    elsewhere: RoomId
    """A room that is not theirs."""
    probe: Probe
    over: threading.Event

    @classmethod
    def begin(cls, url: str, elsewhere: RoomId, probe: Probe, over: threading.Event) -> Poster:
        session, room = _enter(url)
        return cls(session, room, elsewhere, probe, over)

    def run(self) -> None:
        for number in count():
            if self.over.wait(EVERY_S):
                break
            self._post(self.room if number % ELSEWHERE_OF else self.elsewhere)
        self.session.sock.close()

    def _post(self, room: RoomId) -> None:
        """Post once. One that is refused is not sent again, but the time that it names is kept."""
        post = Post(room=room, key=secrets.token_bytes(KEY_BYTES), content=content.text("probe"))
        began = time.monotonic()
        answer = self.session.answer(post)
        taken_ms = (time.monotonic() - began) * 1000
        if isinstance(answer, Refused):
            self.probe.refused_ms.append(taken_ms)
            time.sleep((answer.after_ms or 0) / 1000)
        else:
            self.probe.accepted_ms.append(taken_ms)


def _enter(url: str) -> tuple[Session, RoomId]:
    """Return the session of a new user, and their new room."""
    session = Session.begin(url, f"probe-{secrets.token_hex(4)}")
    return session, session.ask(CreateGroup(key=secrets.token_bytes(KEY_BYTES), title="probe"), Committed).room


def post_now_and_then(url: str, pipe: Connection[Any, Any]) -> None:
    """Be the probes in this process: say that they are ready, post from the next word to the one after it, tell all."""
    probe, over = Probe(), threading.Event()
    other, elsewhere = _enter(url)
    other.sock.close()
    posters = [Poster.begin(url, elsewhere, probe, over) for _ in range(SESSIONS)]
    threads = [threading.Thread(target=poster.run, daemon=True) for poster in posters]
    pipe.send(None)
    pipe.recv()
    for thread in threads:
        thread.start()
    pipe.recv()
    over.set()
    for thread in threads:
        thread.join()
    pipe.send(probe)


class ProbeFailed(RuntimeError):
    """A probe said nothing: its connection broke, or it was not answered."""


@define(eq=False)
class Probing:
    """A probe as its parent sees it. Every method raises ProbeFailed."""

    _pipe: Connection[Any, Any]

    def begin(self) -> None:
        self._hear()
        self._pipe.send(None)

    def end(self) -> Probe:
        self._pipe.send(None)
        probe: Probe = self._hear()
        return probe

    def _hear(self) -> Any:
        if not self._pipe.poll(ANSWER_S_MAX):
            raise ProbeFailed(f"a probe said nothing for {ANSWER_S_MAX} s")
        try:
            return self._pipe.recv()
        except EOFError:
            raise ProbeFailed("a probe ended; why stands above") from None


@contextmanager
def probing(url: str) -> Generator[Probing, None, None]:
    """Run a probe in a process of its own. Whatever happens inside, it is gone after it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=post_now_and_then, args=(url, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Probing(ours)
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()
