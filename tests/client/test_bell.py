from __future__ import annotations

import anyio

from chatd_client.bell import Bell
from tests.client.fakes import on_both, on_mock_clock


@on_both
async def test_a_ring_wakes_who_waits_now_and_nobody_who_waits_later() -> None:
    bell, woken = Bell(), []

    async def wait() -> None:
        await bell.wait()
        woken.append("early")

    async with anyio.create_task_group() as tasks:
        bell.ring()
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        assert woken == []
        bell.ring()
    assert woken == ["early"]


@on_mock_clock
async def test_a_wait_with_an_end_returns_without_a_ring() -> None:
    since = anyio.current_time()
    await Bell().wait_for_s(30)
    assert anyio.current_time() - since == 30
