"""Who is here, on which devices, and who listens to what."""

from __future__ import annotations

import pytest

from chatd.chain import self_id
from chatd.rooms.audience import Audience, Subscriber
from chatd.rooms.policy import TokenBucket
from tests.rooms.pieces import a_room

ROOM = b"room-----------1"
OTHER = b"room-----------2"


def enter(audience: Audience, session: int, user: str = "ana", device: str = "phone") -> Subscriber:
    subscriber = Subscriber(session, user, device, self_id(user), TokenBucket(1, 1, 1, 0))
    audience.open(subscriber)
    return subscriber


def test_a_user_has_a_session_on_each_device() -> None:
    audience = Audience()
    enter(audience, 1)
    enter(audience, 2, device="desk")
    assert audience.sessions_of("ana") == [1, 2]
    assert (audience.session_of("ana", "desk"), audience.session_of("ana", "watch")) == (2, None)
    assert audience.sessions_of("bo") == []


def test_a_closed_session_leaves_nothing_behind() -> None:
    audience, room = Audience(), a_room()
    audience.attach(enter(audience, 1), room)
    audience.close(1)
    assert (audience.sessions, audience._devices, room.attachments) == ({}, {}, {})


def test_closing_one_device_leaves_the_other() -> None:
    audience = Audience()
    enter(audience, 1)
    enter(audience, 2, device="desk")
    audience.close(1)
    assert audience.sessions_of("ana") == [2]


def test_closing_an_unknown_session_does_nothing() -> None:
    audience = Audience()
    enter(audience, 1)
    audience.close(7)
    assert list(audience.sessions) == [1]


def test_an_attachment_hears_until_its_session_closes() -> None:
    audience, room = Audience(), a_room()
    attachment = audience.attach(enter(audience, 1), room)
    assert audience.hears(attachment)
    audience.close(1)
    assert not audience.hears(attachment)


def test_attaching_again_ends_the_attachment_before() -> None:
    audience, room = Audience(), a_room()
    subscriber = enter(audience, 1)
    first, second = audience.attach(subscriber, room), audience.attach(subscriber, room)
    assert (audience.hears(first), audience.hears(second)) == (False, True)
    assert room.attachments == {1: second}


def test_what_was_noted_before_detaching_is_still_heard() -> None:
    audience, room = Audience(), a_room()
    subscriber = enter(audience, 1)
    attachment = audience.attach(subscriber, room)
    audience.detach(subscriber, room)
    assert audience.hears(attachment)
    assert (room.attachments, subscriber.attachments) == ({}, {})


def test_detaching_from_one_room_leaves_the_others() -> None:
    audience = Audience()
    room, other = a_room(ROOM), a_room(OTHER)
    subscriber = enter(audience, 1)
    audience.attach(subscriber, room)
    audience.attach(subscriber, other)
    audience.detach(subscriber, room)
    assert (list(subscriber.attachments), list(other.attachments)) == ([OTHER], [1])


def test_a_paused_session_hears_nothing_of_before_and_all_that_comes_after() -> None:
    audience, room = Audience(), a_room()
    subscriber = enter(audience, 1)
    before = audience.attach(subscriber, room)
    audience.pause(subscriber)
    assert (audience.hears(before), room.attachments, subscriber.attachments) == (False, {}, {})
    after = audience.attach(subscriber, room)
    assert (audience.hears(before), audience.hears(after)) == (False, True)


def test_who_is_paused_again_hears_nothing_of_what_lay_between() -> None:
    audience, room = Audience(), a_room()
    subscriber = enter(audience, 1)
    audience.pause(subscriber)
    between = audience.attach(subscriber, room)
    audience.pause(subscriber)
    assert not audience.hears(between)


def test_a_silenced_attachment_hears_nothing_of_before_and_the_other_rooms_go_on() -> None:
    audience = Audience()
    room, other = a_room(ROOM), a_room(OTHER)
    subscriber = enter(audience, 1)
    silenced, kept = audience.attach(subscriber, room), audience.attach(subscriber, other)
    audience.silence(subscriber, room)
    assert (audience.hears(silenced), audience.hears(kept)) == (False, True)
    assert (room.attachments, list(subscriber.attachments)) == ({}, [OTHER])


def test_silencing_a_room_nobody_listens_to_does_nothing() -> None:
    audience, room = Audience(), a_room()
    subscriber = enter(audience, 1)
    audience.silence(subscriber, room)
    assert subscriber.attachments == {}


def test_typing_is_told_at_most_once_in_its_time() -> None:
    audience, room = Audience(), a_room()
    subscriber = enter(audience, 1)
    audience.attach(subscriber, room)
    assert [subscriber.types(ROOM, now, 1000) for now in (0, 999, 1000, 1999, 2000)] == [True, False, True, False, True]


def test_who_does_not_listen_is_not_heard_typing() -> None:
    audience, room = Audience(), a_room()
    subscriber = enter(audience, 1)
    assert not subscriber.types(ROOM, 0, 1000)
    audience.attach(subscriber, room)
    assert subscriber.types(ROOM, 0, 1000)


@pytest.mark.parametrize("paused", [False, True])
def test_leaving_and_pausing_forget_when_somebody_typed(paused: bool) -> None:
    audience, room = Audience(), a_room()
    subscriber = enter(audience, 1)
    audience.attach(subscriber, room)
    subscriber.types(ROOM, 0, 1000)
    if paused:
        audience.pause(subscriber)
    else:
        audience.detach(subscriber, room)
    assert subscriber.typed_ms == {}
