"""How a daemon lets Python look for garbage."""

from __future__ import annotations

import gc
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from trio.testing import MockClock

from chatd.server import cli, collector
from chatd.server.config import ExitCode
from tests.house import open_house
from tests.server.people import group


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    interval, files = sys.getswitchinterval(), resource.getrlimit(resource.RLIMIT_NOFILE)
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.enable()
    gc.set_debug(0)
    gc.garbage.clear()
    gc.unfreeze()
    sys.setswitchinterval(interval)
    resource.setrlimit(resource.RLIMIT_NOFILE, files)
    structlog.reset_defaults()


def test_a_daemon_collects_seldom_and_an_operators_command_as_python_does(tmp_path: Path) -> None:
    data = tmp_path / "no directory"
    data.write_text("")
    before = gc.get_threshold()
    cli.run(["token", "list", "--data", str(data)])
    assert gc.get_threshold() == before
    assert cli.run(["serve", "--listen", "tcp://127.0.0.1:0", "--data", str(data)]) == ExitCode.STORE_REFUSED
    assert gc.get_threshold() == (collector.LOOK_AFTER_OBJECTS, collector.MIDDLE_AFTER, collector.OLD_AFTER)
    assert gc.get_freeze_count() > 0


def test_what_newcomers_brought_is_looked_at_once_and_then_is_old() -> None:
    gc.disable()
    brought, watching, before = [object()], collector.Collector(), _looks()
    for _ in range(collector.NEWCOMERS_A_LOOK - 1):
        watching.came()
    assert (_looks(), _is_old(brought)) == (before, False)
    watching.came()
    assert (_looks(), _is_old(brought)) == (before + 1, True)
    watching.came()
    assert _looks() == before + 1


async def test_every_connection_is_a_newcomer(mock_clock: MockClock) -> None:
    async with open_house() as house:
        gc.disable()
        before = _looks()
        for _ in range(collector.NEWCOMERS_A_LOOK - 1):
            await house.connect()
        await house.rest()
        assert _looks() == before
        await house.connect()
        await house.rest()
        assert _looks() == before + 1


async def test_sessions_that_end_leave_no_cycles(mock_clock: MockClock) -> None:
    """Else what they held would wait for a look at everything, which hardly ever comes."""
    async with open_house() as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        peers = [await house.enter(name) for name in ("bo", "cy", "di")]
        await ana.post(room, "hello")
        gc.collect()
        gc.disable()
        for peer in peers:
            await peer.stream.aclose()
        await house.rest()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        assert [type(one) for one in gc.garbage if type(one).__module__.startswith("chatd.")] == []


def _looks() -> int:
    return int(gc.get_stats()[1]["collections"])


def _is_old(thing: object) -> bool:
    return any(one is thing for one in gc.get_objects(generation=2))
