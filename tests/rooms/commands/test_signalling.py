"""Marks of what was delivered, and private read marks. The rest stands in tests/rooms/test_router_plain.py."""

from __future__ import annotations

from chatd.chain import self_id
from chatd.messages import Done, MarkDelivered, MarkRead
from chatd.rooms.marks import News
from chatd.rooms.room import empty_head
from tests.rooms.pieces import code
from tests.rooms.scene import LEFT, OWNER, Scene


def test_a_private_read_mark_is_noted_for_the_reader_alone() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert scene.do(ana, MarkRead(room=room, seq=1, private=True)) == Done()
    assert scene.registry.marks.news == {room: News(own={"ana": 1})}


def test_what_was_delivered_is_noted_for_others_and_not_for_the_store() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert scene.do(ana, MarkDelivered(room=room, seq=1)) == Done()
    assert scene.do(ana, MarkDelivered(room=room, seq=0)) == Done()
    assert scene.registry.marks.news == {room: News(delivered={"ana": 1})}
    assert scene.registry.marks.waiting == {}


def test_what_is_refused_of_a_read_mark_is_refused_of_a_delivered_one() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": LEFT})
    scene.registry.install_self("ana", empty_head(self_id("ana")))
    assert code(scene.do(ana, MarkDelivered(room=room, seq=2))) == "bad_seq"
    assert code(scene.do(ana, MarkDelivered(room=self_id("ana"), seq=0))) == "wrong_kind"
    assert code(scene.do(scene.enter("bo"), MarkDelivered(room=room, seq=1))) == "not_member"
    assert code(scene.do(scene.enter("cy"), MarkDelivered(room=room, seq=1))) == "unknown_room"
