"""How the server lets go of what a live room keeps no more, a step at a time (protocol 5.94, 5.98)."""

from __future__ import annotations

import pytest

from chatd.limits import SEQ_MAX
from chatd.messages import Ban, End, Pin, Post, SetTitle
from chatd.model import Expiry, Record, RoomId
from chatd.rights import Archive
from chatd.rooms import retaining
from chatd.rooms.commands import streaming
from chatd.rooms.effects import Actor, InFlight
from tests.rooms.pieces import text
from tests.rooms.scene import Scene
from tests.rooms.streams import a_stream, bodies, posted

NOWHERE = b"another room----"


def stepped(scene: Scene, flight: InFlight | None) -> tuple[Record, ...]:
    """Commit a step; return its records."""
    assert flight
    scene.waiting.append(flight)
    scene.commit()
    scene.said.pop((0, 0))  # nobody has asked
    return flight.item.records


def a_full_stream(scene: Scene, posts: int) -> tuple[Actor, RoomId]:
    hana, room = a_stream(scene)
    for _ in range(posts):
        scene.ask(hana, Post(room=room, key=scene.key(), content=text()))
    scene.commit()
    return hana, room


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (retaining, streaming):
        monkeypatch.setattr(module, "EXPIRED_AT_MOST", 4)


@pytest.mark.usefixtures("small_steps")
def test_what_is_kept_for_nobody_is_erased_in_steps_of_which_each_is_remembered() -> None:
    scene = Scene()
    hana, room = a_full_stream(scene, 9)
    scene.do(hana, End(room=room, key=scene.key(), archive=Archive.NONE))
    seen = []
    for _ in range(3):
        stepped(scene, retaining.erase(scene.registry, room))
        seen.append((scene.record(room).erasing, bodies(scene, room)[:1]))
    assert seen == [(4, [5]), (8, [9]), (None, [])]
    assert retaining.erase(scene.registry, room) is None
    assert scene.record(room).expired == SEQ_MAX


@pytest.mark.usefixtures("small_steps")
def test_that_nobody_is_given_anything_of_a_room_is_noted_once_and_not_at_each_step() -> None:
    """Else they would push what was erased elsewhere out of what is remembered."""
    scene = Scene()
    hana, room = a_full_stream(scene, 9)
    scene.do(hana, End(room=room, key=scene.key(), archive=Archive.NONE))
    for _ in range(2):
        stepped(scene, retaining.erase(scene.registry, room))
    ends = [
        each for each in scene.registry.erased.after(room, 0) or () if each == Expiry(room=room, first=1, last=SEQ_MAX)
    ]
    assert len(ends) == 1


@pytest.mark.usefixtures("small_steps")
def test_erasing_goes_on_behind_what_had_expired_and_beside_what_is_still_done_there() -> None:
    scene = Scene()
    scene.know("vera")
    hana, room = a_full_stream(scene, 9)
    stepped(scene, retaining.age(scene.registry, room, 3))
    scene.do(hana, End(room=room, key=scene.key(), archive=Archive.NONE))
    scene.ask(hana, Ban(room=room, key=scene.key(), user="vera"))
    [_, expiry] = stepped(scene, retaining.erase(scene.registry, room))
    assert isinstance(expiry, Expiry)
    assert (expiry.first, expiry.last, expiry.spared) == (4, 7, ())
    assert scene.record(room).ended is Archive.NONE


def test_one_step_of_a_room_is_in_flight_at_a_time() -> None:
    scene = Scene()
    hana, room = a_full_stream(scene, 3)
    first = retaining.age(scene.registry, room, 2)
    assert first
    assert retaining.age(scene.registry, room, 3) is None
    stepped(scene, first)
    scene.do(hana, End(room=room, key=scene.key(), archive=Archive.NONE))
    again = retaining.erase(scene.registry, room)
    assert retaining.erase(scene.registry, room) is None
    stepped(scene, again)
    assert bodies(scene, room) == []


@pytest.mark.usefixtures("small_steps")
def test_by_age_a_bounded_number_goes_at_once_and_pinned_posts_are_spared() -> None:
    scene = Scene()
    hana, room = a_full_stream(scene, 9)
    scene.do(hana, Pin(room=room, key=scene.key(), seq=2))
    for last in (4, 8):
        [_, expiry] = stepped(scene, retaining.age(scene.registry, room, 9))
        assert isinstance(expiry, Expiry)
        assert (expiry.last, expiry.spared) == (last, (2,))
    assert scene.record(room).expired == 8
    assert bodies(scene, room) == [2, 9, 10]


def test_what_else_of_the_room_is_in_flight_is_not_lost_by_a_step() -> None:
    scene = Scene()
    hana, room = a_full_stream(scene, 3)
    scene.ask(hana, SetTitle(room=room, key=scene.key(), title="later"))
    flight = retaining.age(scene.registry, room, 2)
    assert scene.ask(hana, SetTitle(room=room, key=scene.key(), title="latest")) is None
    assert flight
    scene.waiting.insert(1, flight)
    scene.commit()
    assert (scene.record(room).title, scene.record(room).expired) == ("latest", 2)


def test_a_room_that_keeps_none_of_it_has_ended_or_is_not_here_takes_no_step() -> None:
    scene = Scene()
    hana, room = a_full_stream(scene, 3)
    assert retaining.erase(scene.registry, room) is None
    stepped(scene, retaining.age(scene.registry, room, 2))
    assert retaining.age(scene.registry, room, 2) is None
    posted(scene, hana, room)
    scene.do(hana, End(room=room, key=scene.key()))
    assert retaining.age(scene.registry, room, 3) is None
    assert retaining.erase(scene.registry, room) is None
    assert retaining.age(scene.registry, NOWHERE, 3) is None
    assert retaining.erase(scene.registry, NOWHERE) is None
