"""Commands of the server itself."""

from __future__ import annotations

import msgpack
from trio.testing import MockClock

from chatd.codes import RefusalCode
from chatd.messages import RemoveMember, SetTitle
from chatd.rooms.operators import AUDIT_ROOM
from chatd.server.inner import carry_out
from chatd.storage.base import StoreFull
from chatd.storage.queries import GetEntries, GetRoom, Page, RoomState
from tests.house import House, open_house
from tests.server.people import group
from tests.server.stores import GatedStore


async def title(house: House, room: bytes) -> str:
    [found] = (await house.store.read([GetRoom(room)])).values
    assert isinstance(found, RoomState)
    return found.record.title


async def test_it_is_on_disk_and_noted_when_it_returns(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        command = SetTitle(room=room, key=house.key(), title="coffee")
        assert await carry_out(house.daemon.core, command) is None
        assert await title(house, room) == "coffee"
        query = GetEntries(room=AUDIT_ROOM, first=1, last=9, entries_max=9, bytes_max=9999)
        [page] = (await house.store.read([query])).values
        assert isinstance(page, Page)
        assert [msgpack.unpackb(each.body or b"")["by"] for each in page.entries] == ["chatd"]


async def test_a_refusal_is_returned_and_takes_no_credit(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        core = house.daemon.core
        refused = await carry_out(core, RemoveMember(room=room, key=house.key(), user="nobody"))
        assert refused is not None
        assert refused.code == RefusalCode.UNCHANGED
        assert core.journal._entries_left == core.config.journal.entries_max


async def test_a_failed_commit_is_waited_for_and_takes_no_credit(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana = await house.enter("ana")
        room = await group(house, ana)
        store.fail_next(StoreFull("no space left"))
        core = house.daemon.core
        assert await carry_out(core, SetTitle(room=room, key=house.key(), title="coffee")) is None
        assert await title(house, room) == "friends"
        await house.rest()
        assert core.journal._entries_left == core.config.journal.entries_max
