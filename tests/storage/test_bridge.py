"""How asyncio-only drivers are called from trio."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
import trio

from chatd.storage.bridge import Bridge


async def nothing() -> None:
    pass


async def settled_soon(token: trio.lowlevel.TrioToken) -> None:
    """Wait for a future that is settled after all that `token` was given before."""
    future = asyncio.get_running_loop().create_future()
    token.run_sync_soon(future.set_result, None)
    await future


async def test_a_call_runs_here_and_sees_a_running_loop_only_while_it_runs() -> None:
    bridge = Bridge()

    async def where() -> tuple[asyncio.AbstractEventLoop, int]:
        return asyncio.get_running_loop(), threading.get_ident()

    loop, thread = await bridge.call(where)
    assert thread == threading.get_ident()
    assert (await bridge.call(where))[0] is loop
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
    await bridge.aclose(nothing)


async def test_a_call_waits_for_a_future_that_another_thread_settles() -> None:
    bridge = Bridge()

    async def settled_elsewhere() -> str:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        threading.Thread(target=loop.call_soon_threadsafe, args=(future.set_result, "told")).start()
        return str(await future)

    assert await bridge.call(settled_elsewhere) == "told"
    await bridge.aclose(nothing)


async def test_a_future_s_exception_is_raised_where_it_is_waited_for() -> None:
    bridge = Bridge()

    async def failed_elsewhere() -> str:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        threading.Thread(target=loop.call_soon_threadsafe, args=(future.set_exception, KeyError("lost"))).start()
        try:
            await future
        except KeyError:
            return "caught"
        return "nothing"

    assert await bridge.call(failed_elsewhere) == "caught"
    await bridge.aclose(nothing)


async def test_what_no_driver_needs_of_a_loop_is_not_there() -> None:
    bridge = Bridge()

    async def sleep() -> None:
        await asyncio.sleep(1)

    with pytest.raises(NotImplementedError):
        await bridge.call(sleep)
    await bridge.aclose(nothing)


async def here(job: Callable[[], None]) -> None:
    """Stands for a driver: it calls the job where it is."""
    job()


async def elsewhere(job: Callable[[], None]) -> None:
    """Stands for a driver with a thread of its own."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def work() -> None:
        job()
        loop.call_soon_threadsafe(future.set_result, None)

    threading.Thread(target=work).start()
    await future


async def test_a_job_runs_where_its_driver_calls_it_and_its_result_comes_back() -> None:
    bridge = Bridge()
    assert await bridge.run(here, lambda: "done") == "done"
    assert await bridge.run(here, threading.get_ident) == threading.get_ident()
    assert await bridge.run_behind(elsewhere, threading.get_ident) != threading.get_ident()
    await bridge.aclose(nothing)


async def test_a_job_s_exception_comes_out_of_its_call() -> None:
    bridge = Bridge()

    def fail() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        await bridge.run(here, fail)
    await bridge.aclose(nothing)


async def test_a_driver_that_never_calls_the_job_is_told_by_its_own_exception() -> None:
    bridge = Bridge()

    async def closed(_: Callable[[], None]) -> None:
        raise ValueError("closed")

    with pytest.raises(ValueError, match="closed"):
        await bridge.run(closed, lambda: None)
    await bridge.aclose(nothing)


async def test_a_job_that_is_cancelled_under_way_still_returns_its_result() -> None:
    bridge = Bridge()
    token = trio.lowlevel.current_trio_token()
    with trio.CancelScope() as scope:

        async def after_the_cancellation(job: Callable[[], None]) -> None:
            token.run_sync_soon(scope.cancel)
            await settled_soon(token)
            job()

        assert await bridge.run(after_the_cancellation, lambda: "done") == "done"
    assert not scope.cancelled_caught
    await bridge.aclose(nothing)


async def test_an_exception_comes_out_of_the_call_that_raised_it() -> None:
    bridge = Bridge()

    async def fail() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        await bridge.call(fail)
    await bridge.aclose(nothing)


async def test_a_call_that_is_cancelled_under_way_still_returns_its_result() -> None:
    bridge = Bridge()
    token = trio.lowlevel.current_trio_token()
    with trio.CancelScope() as scope:

        async def cancel_the_caller() -> str:
            token.run_sync_soon(scope.cancel)
            await settled_soon(token)
            return "done"

        assert await bridge.call(cancel_the_caller) == "done"
    assert not scope.cancelled_caught
    await bridge.aclose(nothing)


def test_what_a_driver_settles_after_the_end_is_dropped() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def look() -> None:
        loops.append(asyncio.get_running_loop())

    async def live() -> None:
        await Bridge().call(look)

    trio.run(live)
    loops[0].call_soon_threadsafe(loops.clear)
    assert len(loops) == 1


async def test_the_last_call_runs_once() -> None:
    bridge = Bridge()
    ran: list[str] = []

    async def last() -> None:
        ran.append("last")

    await bridge.aclose(last)
    await bridge.aclose(last)
    assert ran == ["last"]
