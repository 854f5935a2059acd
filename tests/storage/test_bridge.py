"""The thread that asyncio-only drivers live in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
import trio

from chatd.storage.bridge import Bridge


async def nothing() -> None:
    pass


async def test_a_call_runs_under_asyncio_in_a_thread_of_its_own() -> None:
    bridge = await Bridge.start()

    async def where() -> tuple[bool, int]:
        return asyncio.get_running_loop().is_running(), threading.get_ident()

    first, second = await bridge.call(where), await bridge.call(where)
    assert first == second
    assert first != (True, threading.get_ident())
    await bridge.aclose(nothing)


async def here(job: Callable[[], None]) -> None:
    """Stands for a driver: it calls the job where it is."""
    job()


async def test_a_job_runs_where_its_driver_calls_it_and_its_result_comes_back() -> None:
    bridge = await Bridge.start()
    assert await bridge.run(here, lambda: "done") == "done"
    assert await bridge.run_behind(here, threading.get_ident) != threading.get_ident()
    await bridge.aclose(nothing)


async def test_a_job_s_exception_comes_out_of_its_call() -> None:
    bridge = await Bridge.start()

    def fail() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        await bridge.run(here, fail)
    await bridge.aclose(nothing)


async def test_a_driver_that_never_calls_the_job_is_told_by_its_own_exception() -> None:
    bridge = await Bridge.start()

    async def closed(_: Callable[[], None]) -> None:
        raise ValueError("closed")

    with pytest.raises(ValueError, match="closed"):
        await bridge.run(closed, lambda: None)
    await bridge.aclose(nothing)


async def test_a_job_that_is_cancelled_under_way_still_returns_its_result() -> None:
    bridge = await Bridge.start()
    token = trio.lowlevel.current_trio_token()
    with trio.CancelScope() as scope:

        def cancel_the_caller() -> str:
            token.run_sync_soon(scope.cancel)
            return "done"

        assert await bridge.run(here, cancel_the_caller) == "done"
    await bridge.aclose(nothing)


async def test_an_exception_comes_out_of_the_call_that_raised_it() -> None:
    bridge = await Bridge.start()

    async def fail() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        await bridge.call(fail)
    await bridge.aclose(nothing)


async def test_a_call_that_is_cancelled_under_way_still_returns_its_result() -> None:
    bridge = await Bridge.start()
    token = trio.lowlevel.current_trio_token()
    with trio.CancelScope() as scope:

        async def cancel_the_caller() -> str:
            token.run_sync_soon(scope.cancel)
            return "done"

        assert await bridge.call(cancel_the_caller) == "done"
    await bridge.aclose(nothing)


async def test_the_last_call_runs_once_and_no_thread_stays() -> None:
    bridge = await Bridge.start()
    ran: list[str] = []

    async def last() -> None:
        ran.append(threading.current_thread().name)

    await bridge.aclose(last)
    await bridge.aclose(last)
    assert len(ran) == 1
    assert ran[0] not in [thread.name for thread in threading.enumerate()]


async def test_the_thread_stops_when_the_last_call_fails() -> None:
    bridge = await Bridge.start()
    names: list[str] = []

    async def fail() -> None:
        names.append(threading.current_thread().name)
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        await bridge.aclose(fail)
    assert names[0] not in [thread.name for thread in threading.enumerate()]
