"""Polls and votes, over every backend."""

from __future__ import annotations

from attrs import evolve

from chatd.model import EntryKind, Erasure, MessageRecord, PollRecord, SeqOf, VoteRecord
from chatd.storage.base import Store
from chatd.storage.polls import GetVote, GetVotes
from chatd.storage.queries import Change, GetMessage
from tests.storage.scenes import OTHER, ROOM, ask, entry, item, page, posts, records

POLL = PollRecord(room=ROOM, seq=1, multiple=True, closes=9, counts=(2, 0, 300), voters=2, closed=True)
EVERYBODY = GetVotes(room=ROOM, seq=1, after="", limit=9)


def vote(who: str, *options: int, seq: int = 1) -> VoteRecord:
    return VoteRecord(room=ROOM, seq=seq, user=who, options=options)


async def test_a_poll_is_put_with_its_post(store: Store) -> None:
    poll = PollRecord(room=ROOM, seq=SeqOf(0), multiple=False, closes=None, counts=(0, 0))
    await store.append([*posts(1), item(entry(2), records=[poll])])
    assert (await ask(store, GetMessage(ROOM, 2))).poll == evolve(poll, seq=2)
    assert (await ask(store, GetMessage(ROOM, 1))).poll is None


async def test_a_poll_is_what_was_put_last(store: Store) -> None:
    await store.append(posts(1))
    await store.append(records(evolve(POLL, multiple=False, closes=None, counts=(0, 0, 0), voters=0, closed=False)))
    await store.append(records(POLL))
    assert (await ask(store, GetMessage(ROOM, 1))).poll == POLL


async def test_a_page_tells_how_the_polls_among_its_entries_stand(store: Store) -> None:
    await store.append(posts(4))
    changed = MessageRecord(room=ROOM, seq=2, deleted=True)
    await store.append(records(POLL, evolve(POLL, room=OTHER, seq=2), changed, evolve(POLL, seq=3, closed=False)))
    assert (await page(store, changes=True, last=3)).changes == (
        Change(MessageRecord(room=ROOM, seq=1), None, POLL),
        Change(changed, None),
        Change(MessageRecord(room=ROOM, seq=3), None, evolve(POLL, seq=3, closed=False)),
    )


async def test_what_a_user_chose_is_what_they_chose_last(store: Store) -> None:
    await store.append(posts(1))
    await store.append([*records(vote("bo", 0, 11)), *records(vote("cy", 1)), *records(vote("bo", 2))])
    assert [await ask(store, GetVote(ROOM, 1, who)) for who in ("bo", "cy", "di")] == [(2,), (1,), ()]
    await store.append(records(vote("bo")))
    assert await ask(store, GetVote(ROOM, 1, "bo")) == ()


async def test_who_votes_is_told_in_the_order_of_their_bytes_in_pages(store: Store) -> None:
    await store.append(posts(2))
    await store.append(records(vote("\u0107y", 0), vote("bo", 0, 1), vote("Bo", 1), vote("ana"), vote("di", 0, seq=2)))
    voted = (vote("Bo", 1), vote("bo", 0, 1), vote("\u0107y", 0))
    assert await ask(store, EVERYBODY) == voted
    assert await ask(store, evolve(EVERYBODY, limit=2)) == voted[:2]
    assert await ask(store, evolve(EVERYBODY, after="Bo")) == voted[1:]


async def test_an_erasure_forgets_the_poll_and_its_votes_and_no_other(store: Store) -> None:
    await store.append(posts(2))
    await store.append(records(POLL, evolve(POLL, seq=2), vote("bo", 0), vote("bo", 1, seq=2)))
    erased = item(entry(3, kind=EntryKind.DELETE), records=[Erasure(room=ROOM, seq=1, edited=False), vote("cy", 0)])
    await store.append([erased])
    assert (await ask(store, GetMessage(ROOM, 1))).poll is None
    assert (await page(store, changes=True, last=1)).changes == ()
    assert await ask(store, EVERYBODY) == ()
    assert (await ask(store, GetMessage(ROOM, 2))).poll == evolve(POLL, seq=2)
    assert await ask(store, GetVote(ROOM, 2, "bo")) == (1,)
