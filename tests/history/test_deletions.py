"""What the judge says of deleted posts: they may be gone, they must be, and nobody is shown them again."""

from __future__ import annotations

import pytest
from attrs import evolve

from tests.history.checkers import judge
from tests.history.events import Ack, Begin, Event, History, Invoke, Nack, Receive, Stored

ROOM, POST, DELETE = b"room-----------1", b"p" * 16, b"d" * 16

POSTED = Stored(ROOM, 1, POST, "ana", 1_000, None)
DELETED = Stored(ROOM, 2, DELETE, "ana", 1_001, None, deletes=1)
SHOWN = Receive(2.8, "bo/phone", 1, "bo", ROOM, 1, POST, "ana", 1_000, b"secret")
TOLD = Receive(4.0, "bo/phone", 1, "bo", ROOM, 2, DELETE, "ana", 1_001, None)


def events(*seen: Event) -> History:
    sent: list[Event] = [
        Invoke(1.0, "ana/phone", "ana", "phone", POST, ROOM, b"secret"),
        Ack(2.0, "ana/phone", "ana", POST, ROOM, 1, 1_000),
        Begin(2.5, "bo/phone", 1, "bo", ROOM, 0),
        Invoke(3.5, "ana/phone", "ana", "phone", DELETE, ROOM, None),
    ]
    return History(sorted([*sent, *seen], key=lambda event: event.at))


def found(history: History, *stored: Stored) -> list[str]:
    return [violation.invariant for violation in judge(history, stored).violations]


def test_a_post_that_was_shown_before_it_was_deleted_is_rightly_gone() -> None:
    assert found(events(SHOWN, TOLD), POSTED, DELETED) == []


def test_a_body_that_is_gone_without_a_deletion_is_a_violation() -> None:
    assert "D2" in found(events(SHOWN), POSTED)


def test_a_deleted_post_whose_body_is_still_there_is_a_violation() -> None:
    assert found(events(SHOWN, TOLD), evolve(POSTED, body=b"secret"), DELETED) == ["D2"]


def test_what_was_told_to_be_deleted_is_not_shown_again() -> None:
    again: list[Event] = [Begin(5.0, "bo/phone", 2, "bo", ROOM, 0), evolve(SHOWN, at=6.0, session=2)]
    assert found(events(SHOWN, TOLD, *again), POSTED, DELETED) == ["A9"]
    assert found(events(SHOWN, TOLD, again[0], evolve(SHOWN, at=6.0, session=2, body=None)), POSTED, DELETED) == []


def test_a_body_that_nobody_sent_is_found_though_its_post_was_deleted() -> None:
    assert found(events(evolve(SHOWN, body=b"altered"), TOLD), POSTED, DELETED) == ["D2"]


def test_a_deleted_post_says_nothing_of_which_body_its_key_stands_for() -> None:
    other: list[Event] = [
        Invoke(2.1, "ana/laptop", "ana", "laptop", POST, ROOM, b"other"),
        Nack(2.2, "ana/laptop", "ana", POST, ROOM, "conflict"),
    ]
    assert found(events(*other, SHOWN, TOLD), POSTED, DELETED) == []
    assert found(events(*other), evolve(POSTED, body=b"other")) == ["E3"]


@pytest.mark.parametrize(("at", "violations"), [(3.0, ["E3"]), (4.5, [])])
def test_a_repeat_with_another_body_is_acknowledged_once_there_is_nothing_to_compare(
    at: float, violations: list[str]
) -> None:
    again: list[Event] = [
        Invoke(at, "ana/laptop", "ana", "laptop", POST, ROOM, b"other"),
        Ack(at + 0.1, "ana/laptop", "ana", POST, ROOM, 1, 1_000),
    ]
    assert found(events(SHOWN, TOLD, *again), POSTED, DELETED) == violations


def test_what_a_live_room_has_let_expire_is_gone_and_that_alone() -> None:
    expired = evolve(POSTED, expired=True)
    assert found(events(SHOWN), expired) == []
    assert found(events(SHOWN), evolve(expired, body=b"secret")) == ["D2"]
    assert found(events(evolve(SHOWN, body=b"altered")), expired) == ["D2"]


def test_what_has_expired_says_nothing_of_which_body_its_key_stands_for() -> None:
    other: list[Event] = [
        Invoke(2.1, "ana/laptop", "ana", "laptop", POST, ROOM, b"other"),
        Ack(2.2, "ana/laptop", "ana", POST, ROOM, 1, 1_000),
    ]
    assert "E3" in found(events(*other, SHOWN), POSTED)
    assert found(events(*other, SHOWN), evolve(POSTED, expired=True)) == []
