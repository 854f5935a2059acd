"""Which replies wait for the echo, to leave in one write with it."""

from __future__ import annotations

from trio.testing import MockClock

from chatd.messages import Committed, Done, Entered
from chatd.model import RoomId
from chatd.server.fanout import CORKED_AUDIENCE_MAX, CORKED_PUSHES_MAX, Delivery, soon
from tests.house import House, Peer, open_house
from tests.server.people import KeepingOutbox, Kept, direct, frames_in, group, keep_pushes, seqs, session_of


async def in_order(house: House, room: RoomId, *peers: Peer) -> list[tuple[str, int]]:
    """Return whose outbox was written to while the first of `peers` posts once, and how many frames each time."""
    told: list[tuple[str, int]] = []

    class Telling(KeepingOutbox):
        def push(self, frames: bytes) -> bool:
            told.append((self.kept.owner, frames_in(frames)))
            return super().push(frames)

    for peer in peers:
        keep_pushes(session_of(house, peer), Kept(owner=peer.user), Telling)
    await peers[0].post(room, "hi")
    await house.rest()
    return told


async def test_in_a_small_room_the_ack_leaves_in_one_write_with_the_echo(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        assert sorted(await in_order(house, room, ana, bo)) == [("ana", 2), ("bo", 1)]
        assert [type(each.message) for each in ana.received[-2:]] == [Committed, Entered]


async def test_in_a_large_room_the_ack_leaves_before_anybody_is_told(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana = await house.enter("ana")
        others = [await house.enter(f"user{number}") for number in range(CORKED_AUDIENCE_MAX)]
        room = await group(house, ana, *others)
        order = await in_order(house, room, ana, *others)
        assert order[0] == ("ana", 1)
        assert sorted(order[1:]) == sorted((peer.user, 1) for peer in (ana, *others))


async def test_the_ack_leaves_alone_when_its_sender_does_not_listen_any_more(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await direct(house, ana, bo)
        core, session = house.daemon.core, session_of(house, ana)
        there = core.registry.rooms[room]
        noted = Delivery(there.tail[-1].frame, list(there.attachments.values()))
        core.registry.audience.pause(core.registry.audience.sessions[session.id])
        session.gate.in_flight = 1
        await core.fanout._push([noted], {session.id: [(77, Done())]})
        await house.rest()
        assert [(each.request, each.message) for each in ana.received] == [(77, Done())]
        assert seqs(bo, room) == [1]


async def test_no_ack_waits_behind_more_pushes_than_so_many(mock_clock: MockClock) -> None:
    async with open_house() as house:
        ana, bo, cy = await house.enter("ana"), await house.enter("bo"), await house.enter("cy")
        rooms = house.daemon.core.registry.rooms
        first, last = await direct(house, ana, bo), await direct(house, ana, cy)
        near, far = (Delivery(b"frame", list(rooms[room].attachments.values())) for room in (first, last))
        crowd = Delivery(b"frame", list(near.audience) * (CORKED_PUSHES_MAX // 2 - 2))
        one, other, third = (session_of(house, peer).id for peer in (ana, bo, cy))
        assert soon([near, crowd, far]) == {one, other, third}
        assert soon([near, crowd, near, far]) == {one, other}
