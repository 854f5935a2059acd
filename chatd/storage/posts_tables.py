"""How the reference backend answers what is asked of a post: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from chatd.model import Erasure, Expiry, MessageRecord, PollRecord, PostRecord, ReactionRecord
from chatd.storage import queries as q
from chatd.storage.tables import Tables, takes


def _message(tables: Tables, query: q.GetMessage) -> q.MessageView | None:
    entry = tables.entries.get((query.room, query.seq))
    if entry is None:
        return None
    name = (query.room, query.seq)
    record = tables.messages.get(name) or MessageRecord(room=query.room, seq=query.seq)
    return q.MessageView(entry.kind, entry.sender, entry.time, record, tables.polls.get(name))


def _reaction(tables: Tables, query: q.GetReaction) -> bool:
    found = tables.reactions.get((query.room, query.seq, query.emoji, query.user))
    return found is not None and found.on


def _reactions(tables: Tables, query: q.GetReactions) -> tuple[ReactionRecord, ...]:
    after = tuple(each.encode() for each in query.after)
    found = [each for _, each in tables.reactions_to(query.room, query.seq)]
    return tuple([each for each in found if (each.emoji.encode(), each.user.encode()) > after][: query.limit])


ANSWERS: dict[type[Any], Callable[[Tables, Any], object]] = {
    q.GetMessage: _message,
    q.GetReaction: _reaction,
    q.GetReactions: _reactions,
}
"""Which function answers which query: one for each."""


def of_post(tables: Tables, record: PostRecord) -> tuple[dict[Any, Any], object, object]:
    """Return in which table `record` stands, under which key, and as what."""
    if isinstance(record, MessageRecord):
        return tables.messages, (record.room, record.seq), record
    if isinstance(record, ReactionRecord):
        return tables.reactions, (record.room, record.seq, record.emoji, record.user), record
    if isinstance(record, PollRecord):
        return tables.polls, (record.room, record.seq), record
    return tables.votes, (record.room, record.seq, record.user), record


def forgotten(tables: Tables, erasure: Erasure | Expiry) -> list[tuple[dict[Any, Any], object, object]]:
    """Return the reactions, polls and votes that end with the posts that `erasure` takes: the table, key and end."""
    reactions = [(name, each) for name, each in tables.reactions.items() if takes(erasure, each.room, each.seq)]
    polls = [name for name in tables.polls if takes(erasure, *name)]
    votes = [(name, each) for name, each in tables.votes.items() if takes(erasure, each.room, each.seq)]
    return [
        *[(tables.reactions, name, evolve(each, on=False)) for name, each in reactions],
        *[(tables.polls, name, None) for name in polls],
        *[(tables.votes, name, evolve(each, options=())) for name, each in votes],
    ]
