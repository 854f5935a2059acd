"""How the reference backend answers what is asked of votes: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatd.model import VoteRecord
from chatd.storage import polls as q
from chatd.storage.tables import Tables


def _vote(tables: Tables, query: q.GetVote) -> tuple[int, ...]:
    found = tables.votes.get((query.room, query.seq, query.user))
    return found.options if found else ()


def _votes(tables: Tables, query: q.GetVotes) -> tuple[VoteRecord, ...]:
    votes = tables.votes_in(query.room, query.seq)
    beyond = [each for each in votes if each.options and each.user.encode() > query.after.encode()]
    beyond.sort(key=lambda each: each.user.encode())
    return tuple(beyond[: query.limit])


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetVote: _vote,
    q.GetVotes: _votes,
}
"""Which function answers which query: one for each."""
