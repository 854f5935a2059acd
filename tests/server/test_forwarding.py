"""A forward is compared with what its origin says at that moment, as who hands it on may see it (protocol 5.88)."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.messages import Committed, CreateGroup, Delete, Edit, Origin, Post
from chatd.model import RoomId
from chatd.storage import queries as ask
from chatd.wire import content, quoting
from tests.house import START_MS, House, open_house
from tests.server.people import group, remove
from tests.server.races import overtaken
from tests.server.stores import GatedStore


def forward(house: House, room: RoomId, said: str, origin: RoomId) -> Post:
    """Return what hands ana's post at 2 of `origin` on to `room`, as if it said `said`."""
    quote = quoting.quote_of(content.text(said), "ana", START_MS)
    return Post(room=room, key=house.key(), content=quoting.forward(quote), origin=Origin(room=origin, seq=2))


async def test_a_post_that_is_deleted_while_it_is_looked_at_is_not_handed_on(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post_on_disk(room, "secret")
        reply = await overtaken(
            house,
            store,
            (ana, Delete(room=room, key=house.key(), seq=2)),
            (bo, forward(house, room, "secret", room)),
            of=ask.GetEntries,
        )
        assert reply.code == "bad_origin"


async def test_a_post_that_is_edited_while_it_is_looked_at_is_not_handed_on_as_it_was(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post_on_disk(room, "one")
        reply = await overtaken(
            house,
            store,
            (ana, Edit(room=room, key=house.key(), seq=2, content=content.text("uno"))),
            (bo, forward(house, room, "one", room)),
            of=ask.GetEntries,
        )
        assert reply.code == "bad_origin"
        assert isinstance(await bo.ask(forward(house, room, "uno", room)), Committed)


async def test_who_has_left_hands_on_what_they_saw_and_nothing_that_was_edited_since(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        await ana.post_on_disk(room, "one")
        await ana.ask(remove(house, room, "bo"))
        own: RoomId = (await bo.ask(CreateGroup(key=house.key(), title="mine"))).room
        assert isinstance(await bo.ask(forward(house, own, "one", room)), Committed)
        await ana.ask(Edit(room=room, key=house.key(), seq=2, content=content.text("uno")))
        for said in ("uno", "one"):
            assert (await bo.ask(forward(house, own, said, room))).code == "bad_origin"
