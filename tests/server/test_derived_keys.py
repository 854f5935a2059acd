"""A client that chooses the key of an entry which the server is about to derive harms nobody but itself."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.chain import group_id, self_key
from chatd.messages import Committed, CreateGroup, SetDraft
from chatd.wire import content
from tests.house import open_house
from tests.server.people import group


async def test_a_derived_key_that_is_taken_is_a_conflict_and_others_go_on(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room, key = await group(house, ana), house.key()
        taken = self_key(group_id("ana", key), key, "ana")
        draft = await ana.ask(SetDraft(room=room, key=taken, content=content.text("mine")))
        assert isinstance(draft, Committed)
        made = await ana.ask(CreateGroup(key=key, title="tea", members=("bo",)))
        assert made.code == "conflict"
        assert isinstance(await bo.ask(CreateGroup(key=house.key(), title="tea")), Committed)
        again = await ana.ask(CreateGroup(key=key, title="tea", members=("bo",), retry=True))
        assert again.code == "conflict"
