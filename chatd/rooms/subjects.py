"""The facts that a room's decisions rest on, what each is about, and the newest of those in flight."""

from __future__ import annotations

from typing import assert_never

from attrs import define

from chatd.model import (
    HeldGone,
    HeldRecord,
    HoldRecord,
    Membership,
    MessageRecord,
    PollRecord,
    PostRecord,
    ReactionRecord,
    RoomRecord,
    SeqOf,
    VoteRecord,
)

Fact = RoomRecord | Membership | PostRecord | HoldRecord
"""The records that belong to a room and that its decisions rest on."""
FACTS = (RoomRecord, Membership, MessageRecord, ReactionRecord, PollRecord, VoteRecord, HeldRecord, HeldGone)

Subject = tuple[str | int | SeqOf | None, ...]


def subject(fact: Fact) -> Subject:
    """Return what `fact` is about: two with one subject follow each other, and the newer stands."""
    match fact:
        case RoomRecord():
            return ()
        case Membership():
            return (fact.user,)
        case MessageRecord():
            return (fact.seq,)
        case ReactionRecord():
            return (fact.seq, fact.emoji, fact.user)
        case PollRecord():
            return ("poll", fact.seq)
        case VoteRecord():
            return ("vote", fact.seq, fact.user)
        case HeldRecord() | HeldGone():
            return ("held", fact.number)
    assert_never(fact)


@define(eq=False)
class Pending:
    """The newest standing of one fact among the items in flight, and how many of them set it."""

    value: Fact
    count: int = 0
