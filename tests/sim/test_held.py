"""The judge of what was held finds each thing that may go wrong with a review, and names both places of one post."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.model import HeldRecord, RoomKind, RoomRecord
from chatd.rights import Archive
from chatd.storage.tables import Tables
from tests.history.checkers import judge
from tests.history.events import Ack, History, Invoke, Stored
from tests.sim.held import Look, Wait, faults, named

ROOM, KEY = b"r" * 16, b"k" * 16
NAME = ("bo", KEY, ROOM)
TOLD = (self_id("bo"), 3)
WAITING = Wait(name=NAME, number=1, told=TOLD, waits=True, content=b"spam")
APPROVED = evolve(WAITING, waits=False, looks=(Look(approved=True, g=7),), said=(7,))
REJECTED = Wait(name=NAME, number=1, told=TOLD, looks=(Look(approved=False, g=7),))


def faults_of(wait: Wait, *, ended: Archive | None = None, ever: int = 1) -> list[str]:
    tables = Tables()
    held = int(wait.waits)
    tables.rooms[ROOM] = RoomRecord(
        room=ROOM, kind=RoomKind.LIVE, title="", members=1, owners=1, held=held, held_ever=ever, ended=ended
    )
    if held:
        tables.held[ROOM, 1] = HeldRecord(room=ROOM, number=1, user="bo", key=KEY, time=1, content=b"spam")
    return list(faults([wait], tables))


@pytest.mark.parametrize("wait", [WAITING, APPROVED, REJECTED], ids=["waits", "approved", "rejected"])
def test_what_was_held_waits_or_was_reviewed_once(wait: Wait) -> None:
    assert faults_of(wait) == []


@pytest.mark.parametrize(
    ("wait", "fault"),
    [
        (evolve(WAITING, said=(7,)), "said, and nobody approved it"),
        (evolve(WAITING, waits=False), "waits no more, and nobody rejected it"),
        (evolve(APPROVED, said=()), "approved, and not said once"),
        (evolve(APPROVED, said=(7, 8)), "approved, and not said once"),
        (evolve(APPROVED, said=(8,)), "approved, and not said once"),
        (evolve(REJECTED, said=(7,)), "rejected, and said"),
        (evolve(REJECTED, waits=True), "reviewed, and waits"),
        (evolve(REJECTED, looks=REJECTED.looks * 2), "reviewed twice"),
    ],
)
def test_every_other_fate_is_a_fault(wait: Wait, fault: str) -> None:
    assert [each for each in faults_of(wait) if fault in each]


def test_with_its_stream_ends_what_waits() -> None:
    assert faults_of(evolve(WAITING, waits=False), ended=Archive.ALL) == []
    assert "the stream is over" in faults_of(WAITING, ended=Archive.ALL)[0]


def test_numbers_are_given_one_after_the_other() -> None:
    assert "2 were counted" in faults_of(REJECTED, ever=2)[0]


def test_more_that_wait_than_are_counted_are_a_fault() -> None:
    tables = Tables()
    tables.rooms[ROOM] = RoomRecord(room=ROOM, kind=RoomKind.GROUP, title="", members=1, owners=1, held=0, held_ever=1)
    tables.held[ROOM, 1] = HeldRecord(room=ROOM, number=1, user="bo", key=KEY, time=1, content=b"spam")
    assert "wait 1, and 0 are counted" in next(iter(faults([WAITING], tables)))


def held_history() -> History:
    asked = Invoke(1.0, "phone", "bo", "phone", KEY, ROOM, b"spam")
    return History([asked, Ack(2.0, "phone", "bo", KEY, ROOM, 3, 50)])


def held_store(body: bytes = b"spam") -> list[Stored]:
    before = [Stored(TOLD[0], seq, bytes([seq]) * 16, "ana", 40, None) for seq in (1, 2)]
    told = Stored(*TOLD, KEY, "bo", 50, b"spam")
    return [*before, told, Stored(ROOM, 1, KEY, "bo", 60, body)]


def test_an_approved_post_has_two_places_and_is_no_repeat() -> None:
    assert judge(named(held_history(), {}, [APPROVED]), held_store()).violations == []


def test_a_post_that_nobody_approved_is_one_that_nobody_sent() -> None:
    found = judge(named(held_history(), {}, [REJECTED]), held_store())
    assert found.by_invariant() == {"D2": 1}


def test_an_approved_post_that_says_something_else_is_found() -> None:
    assert judge(named(held_history(), {}, [APPROVED]), held_store(b"eggs")).by_invariant() == {"D2": 1}
