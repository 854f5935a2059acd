from __future__ import annotations

import pytest

from benchmarks.micro.stage import NotAccepted, Stage, accepted, open_stage, open_wire
from chatd.messages import Done, Ping, Post, Refused
from chatd.rooms.effects import Reply
from chatd.storage.memory import MemoryStore
from chatd.wire import codec, content
from chatd.wire.connection import Received

EPOCH = bytes(16)


async def _stage(rooms: int = 2, members: int = 3) -> Stage:
    return await open_stage(MemoryStore(EPOCH), rooms=rooms, members=members)


async def test_every_member_of_every_group_listens() -> None:
    stage = await _stage()
    registry = stage.daemon.core.registry
    listening = {room: sorted(registry.rooms[room].attachments) for room in stage.rooms}
    assert listening == {room: [actor.session for actor in members] for room, members in stage.rooms.items()}
    assert len(stage.rooms) == 2


async def test_a_group_larger_than_one_call_is_whole() -> None:
    stage = await _stage(rooms=1, members=150)
    [room] = stage.rooms
    record = stage.daemon.core.registry.rooms[room].record
    assert record is not None
    assert record.members == len(stage.daemon.core.registry.rooms[room].attachments) == 150


def test_a_wire_takes_commands_and_gives_replies() -> None:
    wire = open_wire("ana")
    wire.receive_data(codec.encode(Ping(), 8))
    assert wire.next_event() == Received(8, Ping())
    assert wire.send(Done(), 8) == codec.encode(Done(), 8)


async def test_posts_go_to_the_groups_in_turn() -> None:
    stage = await _stage()
    first, second = stage.rooms
    assert [flight.item.entries[0].room for flight in stage.posts(4)] == [first, second, first, second]


async def test_more_posts_than_the_flood_guard_would_take_at_once_are_accepted_over_several_batches() -> None:
    stage = await _stage(rooms=1, members=1)
    accepted_in_all = sum(len(stage.posts(4000)) for _ in range(3))
    assert accepted_in_all > stage.daemon.core.config.rates.burst_commands


async def test_keys_differ() -> None:
    stage = await _stage()
    keys = [flight.item.entries[0].key for flight in stage.posts(100)]
    assert len(dict.fromkeys(keys)) == 100


async def test_what_is_refused_cannot_be_measured() -> None:
    stage = await _stage()
    [_, owner] = [members[0] for members in stage.rooms.values()]
    [foreign, _] = stage.rooms
    with pytest.raises(NotAccepted, match="unknown_room"):
        stage.submit(owner, Post(room=foreign, key=stage.key(), content=content.text("hi")))


def test_a_reply_is_no_item() -> None:
    with pytest.raises(NotAccepted, match="busy"):
        accepted([Reply(1, 1, Refused(code="busy", verdict="after_ms"))])
