"""Strategies of messages about people whose fields are bound to each other: see `tests.wire.strategies`."""

from __future__ import annotations

from hypothesis import strategies as st

from chatd.messages import Report, SetRelation
from chatd.model import RelationKind

Names = st.SearchStrategy[str]
Ids = st.SearchStrategy[bytes]
Seqs = st.SearchStrategy[int]


def relations(ids: Ids, users: Names, times: Seqs) -> st.SearchStrategy[SetRelation]:
    """Return a strategy of relations: each is of two users."""
    return st.builds(
        lambda key, one, kind, on, since: SetRelation(
            key=key, user=one, other=f"{one[:9]}-other", relation=kind, on=on, since=since
        ),
        ids,
        users,
        st.sampled_from(RelationKind),
        st.booleans(),
        st.none() | times,
    )


def reports(ids: Ids, users: Names, seqs: Seqs) -> st.SearchStrategy[Report]:
    """Return a strategy of reports: of a user, a room, or a post."""
    about = st.one_of(
        st.builds(lambda user: {"user": user}, users),
        st.builds(lambda room, seq: {"room": room, "seq": seq}, ids, st.none() | seqs),
    )
    return st.builds(
        lambda key, about, text, retry: Report(key=key, reason="spam", text=text, retry=retry, **about),
        ids,
        about,
        st.text(max_size=9),
        st.booleans(),
    )
