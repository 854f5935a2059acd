"""Who types, who has read how far, and which token ends."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.codes import CloseCode
from chatd.messages import Closing, Hello, IssueToken, IsTyping, MarkRead, Receipts, RevokeToken, Typing
from chatd.model import ReadMark
from chatd.rooms.effects import Signal
from chatd.server.auth import token_hash
from tests.house import Peer, open_house
from tests.server.people import direct, group
from tests.server.stores import GatedStore

SECRET = "a secret"
ID = token_hash(SECRET)[:8].hex()


async def with_token(peer: Peer, device: str) -> int:
    return await peer.send(Hello(version=1, scheme="token", credential=SECRET, device=device))


async def test_a_signal_of_a_room_that_nobody_has_in_memory_is_dropped(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        gone = bytes(16)
        house.daemon.core.signals.tell(Signal(gone, 0, IsTyping(room=gone, user="bo")))
        house.daemon.core.registry.marks.put(ReadMark(gone, "bo", 1))
        await house.sleep(1)
        assert ana.received == []


async def test_receipts_of_one_second_travel_as_one_signal(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        await ana.post(room, "hi")
        await ana.ask(MarkRead(room=room, seq=1))
        await ana.ask(MarkRead(room=room, seq=2))
        await bo.ask(MarkRead(room=room, seq=2))
        await house.sleep(1)
        assert bo.events(Receipts) == [Receipts(room=room, read={"ana": 2, "bo": 2})]


async def test_signals_are_the_first_to_be_shed_when_a_reader_is_slow(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo", slowly=True)
        room = await group(house, ana, bo)
        bo.stop_reading()
        for _ in range(5):
            await ana.post(room, "x" * 30_000)
        await ana.ask(Typing(room=room))
        bo.read_again()
        await house.rest()
        assert bo.events(IsTyping) == []
        await house.sleep(1)
        await ana.ask(Typing(room=room))
        assert len(bo.events(IsTyping)) == 1


async def test_a_token_revoked_while_a_hello_is_looked_up_lets_nobody_in(mock_clock: MockClock) -> None:
    store = GatedStore()
    async with open_house(store=store) as house:
        operator = await house.connect(operators=True)
        await operator.hello("", scheme="operator")
        await operator.ask(IssueToken(user="ana", hash=token_hash(SECRET)))
        store.hold_appends()
        await operator.send(RevokeToken(token=ID))
        await house.rest()
        store.hold_reads()
        peers = [await house.connect() for _ in range(2)]
        await house.rest()
        for number, peer in enumerate(peers):
            await with_token(peer, f"device-{number}")
        await house.rest()
        store.release_appends()
        await house.rest()
        store.release_reads()
        await house.rest()
        for peer in peers:
            assert [event.code for event in peer.events(Closing)] == [CloseCode.UNAUTHENTICATED]
        assert house.daemon.core.signals._watched == {}


async def test_a_revoked_token_closes_all_its_sessions_and_no_others(mock_clock: MockClock) -> None:
    async with open_house() as house:
        operator = await house.connect(operators=True)
        await operator.hello("", scheme="operator")
        await operator.ask(IssueToken(user="ana", hash=token_hash(SECRET)))
        dev = await house.enter("ana")
        peers = [await house.connect() for _ in range(2)]
        for number, peer in enumerate(peers):
            await with_token(peer, f"device-{number}")
        await house.rest()
        await operator.ask(RevokeToken(token=ID))
        for peer in peers:
            assert [event.code for event in peer.events(Closing)] == [CloseCode.REVOKED]
        assert dev.events(Closing) == []
