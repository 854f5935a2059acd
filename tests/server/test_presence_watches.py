"""Watches that change while who is watched is looked up."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from chatd.messages import PresenceNews, WatchPresence
from chatd.model import Seen, Shown
from chatd.server.presence import GRACE_S
from chatd.storage.presences import IsPresent
from tests.house import open_house
from tests.server.people import direct
from tests.server.stores import GatedStore
from tests.server.test_presence import seen, shows, watcher


async def test_a_watch_that_is_replaced_while_others_are_looked_up_is_told_of_whom_it_names(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One watcher is looked up at a time. The last one watches somebody else while the first is looked up."""
    monkeypatch.setattr("chatd.server.presence.PAIRS_A_READ", 1)
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        await shows(house, ana, Shown.EVERYBODY)
        watchers = [await watcher(house, name) for name in ("bo", "cy", "dee")]
        for each in watchers:
            await direct(house, ana, each)
            assert await seen(house, each, "ana") == {"ana": Seen.ONLINE}
        store.hold_reads(of=IsPresent)
        await ana.stream.aclose()
        await house.sleep(GRACE_S + 2)
        await watchers[-1].send(WatchPresence(users=("dan",)))
        await house.rest()
        store.release_reads()
        await house.sleep(2)
        assert [len(each.events(PresenceNews)) for each in watchers] == [1, 1, 0]
