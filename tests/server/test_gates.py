"""What the app says of a user reaches the gates of rooms: by a token, and by what it has stored (5.3.2, 3.14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import Factory, define, evolve
from trio.testing import MockClock

from chatd.messages import Hello, Post, SetAttributes, SetSettings, Welcome
from chatd.model import Item, RoomId
from chatd.rights import USUAL
from chatd.rooms.effects import InFlight
from chatd.storage.base import Answers
from chatd.storage.memory import MemoryStore
from chatd.storage.people import GetAttributes
from chatd.storage.queries import GetKey, Query
from chatd.wire import content
from tests.house import EPOCH, START_MS, House, Peer, open_house
from tests.rooms.pieces import code
from tests.server.people import group
from tests.server.stores import GatedStore
from tests.signing import VERIFY, sign

NOW_S = START_MS // 1000


@define(eq=False)
class CountingStore(MemoryStore):
    asked: list[Query] = Factory(list)

    async def read(self, queries: Sequence[Query], *, deadline_s: float = 5.0) -> Answers:
        self.asked += queries
        return await super().read(queries, deadline_s=deadline_s)


async def enter_signed(house: House, user: str, attributes: dict[str, Any] | None = None, device: str = "pad") -> Peer:
    peer = await house.connect()
    token = sign(user, house.now_ms[0] // 1000, attributes=attributes)
    assert isinstance(await peer.ask(Hello(version=1, scheme="signed", credential=token, device=device)), Welcome)
    peer.user = user
    return peer


async def gated(house: House, ana: Peer, *others: Peer) -> RoomId:
    room = await group(house, ana, *others)
    command = SetSettings(room=room, key=house.key(), requires={"region": ("eu",)})
    assert code(await ana.ask(command)) == "ok"
    return room


async def tell(house: House, user: str, **attributes: Any) -> None:
    operator = await house.operator()
    assert code(await operator.ask(SetAttributes(key=house.key(), user=user, attributes=attributes))) == "ok"


async def test_a_token_says_for_its_session_alone_who_may_speak(mock_clock: MockClock) -> None:
    async with open_house(verify=VERIFY) as house:
        ana, bo = await house.enter("ana"), await enter_signed(house, "bo", {"region": "eu"})
        other = await enter_signed(house, "bo", {"region": "us"}, "tv")
        room = await gated(house, ana, bo)
        assert code(await bo.post(room, "from here")) == "ok"
        assert code(await other.post(room, "from there")) == "ineligible"


async def test_what_the_app_has_stored_holds_from_the_next_post_on(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await gated(house, ana, bo)
        assert code(await bo.post(room, "may I?")) == "ineligible"
        await tell(house, "bo", region="eu")
        assert code(await bo.post(room, "may I now?")) == "ok"
        await tell(house, "bo", region="us")
        assert code(await bo.post(room, "still?")) == "ineligible"


async def test_a_token_wins_by_name_and_the_rest_is_as_stored(mock_clock: MockClock) -> None:
    async with open_house(verify=VERIFY) as house:
        ana, bo = await house.enter("ana"), await enter_signed(house, "bo", {"level": 1})
        room = await gated(house, ana, bo)
        await tell(house, "bo", region="eu", level=3)
        assert code(await bo.post(room, "by what is stored")) == "ok"
        await ana.ask(SetSettings(room=room, key=house.key(), requires={"level": (3,)}))
        assert code(await bo.post(room, "by the token")) == "ineligible"


async def test_a_plain_group_and_a_token_that_says_it_ask_the_store_nothing(mock_clock: MockClock) -> None:
    store = CountingStore(EPOCH)
    async with open_house(store=store, verify=VERIFY) as house:
        ana, bo = await house.enter("ana"), await enter_signed(house, "bo", {"region": "eu"})
        cy = await house.enter("cy")
        plain, room = await group(house, ana, bo, cy), await gated(house, ana, bo, cy)
        for peer in (bo, cy):
            for there in (plain, room):
                await peer.post(there, "to bring it to memory")
        store.asked.clear()
        assert [code(await bo.post(there, "again")) for there in (plain, room)] == ["ok", "ok"]
        assert code(await cy.post(plain, "again")) == "ok"
        assert store.asked == []
        assert code(await cy.post(room, "again")) == "ineligible"
        assert store.asked == [GetAttributes("cy")]


async def test_a_gate_that_comes_while_a_post_is_being_loaded_is_asked_too(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        ana, bo, cy = [await house.enter(name) for name in ("ana", "bo", "cy")]
        room = await group(house, ana, bo, cy)
        await tell(house, "bo", region="eu")
        record = house.daemon.core.registry.rooms[room].record
        assert record is not None
        store.hold_reads(GetKey)
        said = [
            await peer.send(Post(room=room, key=house.key(), content=content.text("hello"), retry=True))
            for peer in (bo, cy)
        ]
        await house.rest()
        gate = evolve(record, settings=evolve(USUAL, requires=(("region", ("eu",)),)))
        house.daemon.core.journal.submit_nowait(InFlight(item=Item(records=(gate,)), session=0, request=0))
        await house.rest()
        store.release_reads()
        await house.rest()
        assert [code(peer.reply(each)) for peer, each in zip((bo, cy), said, strict=True)] == ["ok", "ineligible"]


@pytest.mark.parametrize(
    "attributes",
    [
        *(7, [], {"Region": "eu"}, {"region": None}, {"region": 1.5}, {"region": ["eu"]}, {"region": "x" * 129}),
        *({"region": "\ud800"}, {"level": 2**53}, {f"a{number}": 1 for number in range(33)}),
    ],
)
async def test_attributes_that_are_none_let_nobody_in(mock_clock: MockClock, attributes: Any) -> None:
    async with open_house(verify=VERIFY) as house:
        peer = await house.connect()
        await peer.send(Hello(version=1, scheme="signed", credential=sign("bo", NOW_S, attributes=attributes)))
        await house.rest()
        assert peer.ended
