from __future__ import annotations

import pytest

from benchmarks.micro.clock import Micro
from benchmarks.micro.fanout import MICROS, SHAPES, Shape, deliver, open_rooms
from benchmarks.micro.stage import REQUEST, Stage
from chatd.messages import Committed
from chatd.wire import codec

SMALL = Shape(rooms=2, members=3, posts=4)


async def _delivered() -> Stage:
    stage = await open_rooms(SMALL)
    assert await deliver(stage, SMALL.posts) > 0.0
    return stage


async def test_every_post_is_applied() -> None:
    stage = await _delivered()
    registry = stage.daemon.core.registry
    assert [registry.rooms[room].head.posts for room in stage.rooms] == [2, 2]
    assert not registry.in_flight


async def test_every_session_is_given_the_posts_of_its_room_and_its_owner_the_acks() -> None:
    stage = await _delivered()
    given: list[int] = []
    for room, members in stage.rooms.items():
        posts = list(stage.daemon.core.registry.rooms[room].tail)[-2:]
        entries = sum(len(each.frame) for each in posts)
        acks = sum(len(codec.encode(Committed(room=room, seq=each.seq, time=stage.now_ms), REQUEST)) for each in posts)
        given += [entries + acks, *[entries] * (len(members) - 1)]
    assert [outbox.given_bytes for outbox in stage.outboxes] == given


@pytest.mark.slow
@pytest.mark.parametrize("micro", MICROS, ids=lambda micro: micro.name)
def test_it_can_be_measured(micro: Micro) -> None:
    assert micro.measure(1) > 0.0


def test_the_shapes_are_what_their_names_say() -> None:
    said = [f"{shape.posts}_posts_to_{shape.rooms}_room" for shape in SHAPES.values()]
    assert all(words in name for words, name in zip(said, SHAPES, strict=True))
    assert all(name.endswith(f"of_{shape.members}") for name, shape in SHAPES.items())
