"""A full disk: what commits is refused until there is space again and a probe has been committed."""

from __future__ import annotations

from pathlib import Path

from attrs import define
from trio.testing import MockClock

from chatd.messages import Committed, CreateGroup, Done, IssueToken, MarkRead, Ping, Typing
from chatd.server.config import Config
from chatd.storage.base import StoreFull
from tests.house import open_house
from tests.server.people import direct
from tests.server.stores import GatedStore

CONFIG = Config(data=Path("unused"), dev=True)
FULL = StoreFull("no space left")


async def test_a_full_disk_refuses_what_commits_until_a_probe_succeeds(mock_clock: MockClock) -> None:
    store = GatedStore(free_bytes=CONFIG.disk_free_bytes_min)
    async with open_house(CONFIG, store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        store.free_bytes = CONFIG.disk_free_bytes_min - 1
        await house.sleep(1)
        refusal = await ana.post(room, "no space")
        assert (refusal.code, refusal.verdict, refusal.after_ms) == ("storage_full", "after_ms", 500)
        assert (await ana.ask(CreateGroup(key=house.key(), title="none"))).code == "storage_full"
        assert await ana.ask(Ping()) == Done()
        assert await ana.ask(Typing(room=room)) == Done()
        store.free_bytes = CONFIG.disk_free_bytes_min
        assert (await ana.post(room, "not looked yet")).code == "storage_full"
        store.fail_next(FULL)
        await house.sleep(1)
        assert (await ana.post(room, "the probe failed")).code == "storage_full"
        await house.sleep(1)
        assert isinstance(await ana.post(room, "space"), Committed)


@define(eq=False)
class Crammed(GatedStore):
    """A store whose checkpoints find no space."""

    async def checkpoint(self) -> None:
        self.checkpoints += 1
        if not self.reopened:
            raise FULL


async def test_a_checkpoint_that_finds_no_space_is_recovered_from_as_a_commit_is(mock_clock: MockClock) -> None:
    store = Crammed(free_bytes=0)
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        assert isinstance(await ana.ask(CreateGroup(key=house.key(), title="the last")), Committed)
        assert store.reopened == 1
        assert (await ana.ask(CreateGroup(key=house.key(), title="none"))).code == "storage_full"


async def test_read_marks_wait_while_the_disk_is_full(mock_clock: MockClock) -> None:
    store = GatedStore(free_bytes=0)
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await house.sleep(1)
        assert await ana.ask(MarkRead(room=room, seq=1)) == Done()
        store.batches.clear()
        await house.sleep(5)
        assert store.batches == []
        store.free_bytes = None
        await house.sleep(2)
        assert sum(len(item.records) for batch in store.batches for item in batch) == 1


async def test_operators_still_work_while_the_disk_is_full(mock_clock: MockClock) -> None:
    store = GatedStore(free_bytes=0)
    async with open_house(store=store) as house:
        operator = await house.connect(operators=True)
        await operator.hello("", scheme="operator")
        await house.sleep(1)
        assert await operator.ask(IssueToken(user="ana", hash=bytes(32))) == Done()
