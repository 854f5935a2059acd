"""What is kept of the app's endpoints, over every backend."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.model import Item, LetterRecord, LettersChange, RelayRecord
from chatd.storage import relays_rows
from chatd.storage.base import Store, StoreError
from chatd.storage.following import Commits, GetCommits
from chatd.storage.relays import CountLetters, GetEnd, GetLetters, GetRelay, GetRelays
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import OTHER, ROOM, ask, member, post, posts, records, scanned


def relay(endpoint: str = "push", place: int = 1, time: int = 7) -> RelayRecord:
    return RelayRecord(endpoint=endpoint, place=place, time=time)


def letter(seq: int, **changes: Any) -> LetterRecord:
    plain = LetterRecord(endpoint="push", room=ROOM, seq=seq, time=9, attempts=3, error="status 500")
    return evolve(plain, **changes)


async def letters(store: Store, endpoint: str = "push", **changes: Any) -> tuple[LetterRecord, ...]:
    found: tuple[LetterRecord, ...] = await ask(
        store, evolve(GetLetters(endpoint=endpoint, after=None, limit=99), **changes)
    )
    assert await ask(store, CountLetters(endpoint=endpoint)) >= len(found)
    return found


async def test_a_position_is_put_whole_and_read_by_its_endpoint(store: Store) -> None:
    assert await ask(store, GetRelay(endpoint="push")) is None
    await store.append(records(relay("push", 1), relay("analytics", 5)))
    await store.append(records(relay("push", 3, 8)))
    assert await ask(store, GetRelay(endpoint="push")) == relay("push", 3, 8)
    assert await ask(store, GetRelays(limit=9)) == (relay("analytics", 5), relay("push", 3, 8))
    assert await ask(store, GetRelays(limit=1)) == (relay("analytics", 5),)


async def test_the_end_is_the_place_of_the_last_entry(store: Store) -> None:
    assert await ask(store, GetEnd()) == 0
    await store.append([*posts(3), post(1, OTHER)])
    await store.append(records(relay()))
    found = await ask(store, GetCommits(after=0, entries_max=9, bytes_max=10**6))
    assert isinstance(found, Commits)
    assert await ask(store, GetEnd()) == found.place


async def test_letters_are_those_of_one_endpoint_by_their_place(store: Store) -> None:
    others = (letter(1, endpoint="analytics"), letter(2, room=OTHER), letter(10), letter(9))
    await store.append(records(*others))
    assert await letters(store) == (letter(9), letter(10), letter(2, room=OTHER))
    assert await letters(store, after=(ROOM, 9)) == (letter(10), letter(2, room=OTHER))
    assert await letters(store, limit=2) == (letter(9), letter(10))
    assert await ask(store, CountLetters(endpoint="push")) == 3
    assert await ask(store, CountLetters(endpoint="none")) == 0


async def test_a_letter_is_put_whole(store: Store) -> None:
    await store.append(records(letter(1, again=True)))
    await store.append(records(letter(1, attempts=4, error="status 502", time=10)))
    assert await letters(store) == (letter(1, attempts=4, error="status 502", time=10),)


async def test_one_letter_or_all_are_to_be_delivered_again(store: Store) -> None:
    await store.append(records(letter(1), letter(2), letter(3), letter(1, endpoint="analytics")))
    await store.append(records(LettersChange(endpoint="push", room=ROOM, seq=2, again=True)))
    assert await letters(store, again=True) == (letter(2, again=True),)
    await store.append(records(LettersChange(endpoint="push", again=True)))
    assert [each.seq for each in await letters(store, again=True)] == [1, 2, 3]
    assert await letters(store, "analytics", again=True) == ()


async def test_one_letter_or_all_are_forgotten(store: Store) -> None:
    await store.append(records(letter(1), letter(2), letter(1, endpoint="analytics")))
    await store.append(records(LettersChange(endpoint="push", room=ROOM, seq=2)))
    await store.append(records(LettersChange(endpoint="push", room=ROOM, seq=7)))
    assert await letters(store) == (letter(1),)
    await store.append(records(LettersChange(endpoint="push")))
    assert await letters(store) == ()
    assert await letters(store, "analytics") == (letter(1, endpoint="analytics"),)


async def test_a_change_concerns_what_its_batch_puts(store: Store) -> None:
    change = LettersChange(endpoint="push", room=ROOM, seq=1, again=True)
    await store.append([Item(records=(change,)), Item(records=(letter(1), letter(2)))])
    assert await letters(store) == (letter(1, again=True), letter(2))


async def test_a_position_and_its_letters_are_kept_together_or_not_at_all(store: Store) -> None:
    """Invariant D7."""
    await store.append(records(relay(place=1), letter(1)))
    broken = Item(records=(member("bo", b"no such room...."),))
    with pytest.raises(StoreError):
        await store.append(
            [Item(records=(relay(place=9), letter(2), LettersChange(endpoint="push", room=ROOM, seq=1))), broken]
        )
    await store.reopen()
    assert await ask(store, GetRelay(endpoint="push")) == relay(place=1)
    assert await letters(store) == (letter(1),)


@pytest.mark.parametrize("statement", ["RELAY", "LETTERS", "COUNT"])
async def test_no_statement_goes_through_a_whole_table(sqlite: SqliteStore, statement: str) -> None:
    assert await scanned(sqlite, getattr(relays_rows, statement)) == []
