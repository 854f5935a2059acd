from __future__ import annotations

import multiprocessing

import pytest

from benchmarks.memory.counted import Counted, CountFailed, counted_daemon, look
from benchmarks.session import Session


class Held:
    """Something that only this test makes."""


def test_objects_are_counted_by_the_name_of_their_type() -> None:
    name = f"{Held.__module__}.{Held.__qualname__}"
    before = look().objects.get(name, 0)
    held = [Held(), Held()]
    assert look().objects[name] == before + len(held)


def test_what_only_a_cycle_holds_is_not_counted() -> None:
    name = f"{Held.__module__}.{Held.__qualname__}"
    lost = Held()
    lost.itself = lost  # type: ignore[attr-defined]
    del lost
    assert look().objects.get(name, 0) == 0


@pytest.mark.slow
def test_the_daemon_tells_of_a_session_while_it_is_there() -> None:
    with counted_daemon() as daemon:
        session = Session.begin(daemon.url, "ana")
        assert daemon.look().objects["chatd.server.session.Session"] == 1
        session.sock.close()


def test_a_daemon_that_has_ended_is_told() -> None:
    ours, theirs = multiprocessing.Pipe()
    theirs.close()
    with ours, pytest.raises(CountFailed, match="ended"):
        Counted(ours).await_ready()
