from __future__ import annotations

import pytest

from chatd.model import LetterRecord, RoomId, Ties, TokenRecord, UserRecord
from chatd.rooms.effects import NOTHING, NOTHING_LOADED, Actor, First, Loaded, Needs
from chatd.server.lookups import loaded_of, queries_of
from chatd.storage import queries as ask
from chatd.storage.people import CountBlocks, GetTies
from chatd.storage.personal import CountPinned, CountRooms, GetHidden
from chatd.storage.relays import GetLetters

ANA = Actor(1, "ana")
ROOM = b"room-----------1"
TOKEN = TokenRecord(hash=bytes(32), user="ana", created=1, expires=None)


def letter(seq: int) -> LetterRecord:
    return LetterRecord(endpoint="push", room=ROOM, seq=seq, time=9, attempts=3, error="status 500")


def test_what_is_not_needed_is_not_asked() -> None:
    assert queries_of(ANA, NOTHING, aside=True) == []
    assert loaded_of([], []) == NOTHING_LOADED


def test_each_need_is_a_question_and_its_answer_comes_back() -> None:
    needs = Needs(
        key=(ROOM, "ana", bytes(16)),
        token=b"12345678",
        hidden=(ROOM, 7),
        pinned=True,
        blocking=True,
        ties=("bo",),
        users=("bo", "cy"),
    )
    queries = queries_of(ANA, needs, aside=True)
    answers = {
        ask.GetKey(ROOM, "ana", bytes(16)): ask.KeyRow(ROOM, 3, 4, b"salt", b"hash"),
        ask.FindToken(b"12345678"): TOKEN,
        GetHidden(room=ROOM, user="ana", first=7, last=7): (7,),
        CountPinned(user="ana"): 2,
        CountBlocks(user="ana"): 3,
        GetTies("ana", "bo"): Ties(blocks=1),
        ask.GetUser("bo"): UserRecord(user="bo", created=1),
        ask.GetUser("cy"): None,
        CountRooms(user="bo"): 4,
        CountRooms(user="cy"): 0,
    }
    assert list(answers) == queries
    assert loaded_of(queries, [answers[query] for query in queries]) == Loaded(
        first=First(ROOM, 3, 4, b"salt", b"hash"),
        token=TOKEN,
        hidden=True,
        pinned=2,
        blocking=3,
        ties={"bo": Ties(blocks=1)},
        rooms_of={"bo": 4},
        users={"bo": UserRecord(user="bo", created=1)},
    )


def test_a_key_is_looked_for_in_the_self_room_where_it_may_stand_there() -> None:
    needs = Needs(key=(ROOM, "ana", bytes(16)), own_key=(bytes(16), "ana", bytes(16)))
    assert queries_of(ANA, needs, aside=False) == [ask.GetKey(ROOM, "ana", bytes(16))]
    assert queries_of(ANA, needs, aside=True)[1:] == [ask.GetKey(bytes(16), "ana", bytes(16))]


def test_a_room_without_entries_was_not_created() -> None:
    queries = queries_of(ANA, Needs(created=ROOM), aside=True)
    assert loaded_of(queries, [ask.Page((), None)]) == NOTHING_LOADED


@pytest.mark.parametrize(
    ("place", "found", "there"),
    [
        (None, (letter(7),), True),
        (None, (), False),
        ((ROOM, 7), (letter(7),), True),
        ((ROOM, 7), (letter(8),), False),
        ((ROOM, 7), (), False),
    ],
)
def test_a_letter_is_there_where_the_first_behind_the_place_before_is_it(
    place: tuple[RoomId, int] | None, found: tuple[LetterRecord, ...], there: bool
) -> None:
    queries = queries_of(ANA, Needs(letters=("push", place)), aside=False)
    after = None if place is None else (ROOM, 6)
    assert queries == [GetLetters(endpoint="push", after=after, limit=1)]
    assert loaded_of(queries, [found]).letters is there
