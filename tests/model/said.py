"""What the model says of contents: which may be said, whom they call, and which forwards are true."""

from __future__ import annotations

from typing import Any

import msgpack

from chatd.messages import Post
from tests.model.nouns import Line, Room, Standing
from tests.model.rights import knows_members, may
from tests.model.strict import held_back

HOPS_MAX = 5
Quoted = tuple[str, int, int, bytes]
"""Who said it first, when, how often it was handed on, and what it is."""


def facts_of(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgpack.unpackb(content)
    return found


def refusal(room: Room, own: Standing, facts: dict[str, Any], now: int) -> str | None:
    """Return why a present member may not say it; None where they may."""
    if not may(room, own, "post", now):
        return "forbidden"
    return held_back(room, own, now) or unfit(room, own, facts, now)


def unfit(room: Room, own: Standing, facts: dict[str, Any], now: int) -> str | None:
    """Return why somebody who may post may not say what is more than a text, or mentions somebody."""
    if facts.get("mention_all", False) and not may(room, own, "mention_all", now):
        return "forbidden"
    if facts["type"] != "text" and not may(room, own, "media", now):
        return "forbidden"
    return None if all(_may_call(room, own, user) for user in facts.get("mentions", ())) else "bad_mention"


def _may_call(room: Room, own: Standing, user: str) -> bool:
    there = room.people.get(user)
    return there is not None and there.here and (knows_members(room, own) or there.role != "member")


def calls(line: Line, user: str) -> bool:
    """Return whether a post mentions `user`, or everybody, by what it says now."""
    facts = facts_of(line.said[-1])
    return user in facts.get("mentions", ()) or bool(facts.get("mention_all"))


# -- forwards ----------------------------------------------------------------------------------------------------------


def is_unsure(room: Room | None, user: str, command: Post, step: int) -> bool:
    """Return whether what is forwarded has changed in this step: nobody knows what the daemon has compared with."""
    if room is None or command.origin is None:
        return False
    own = room.people.get(user)
    line = room.lines[command.origin.seq - 1] if command.origin.seq <= room.head else None
    return step in (own.changed if own else 0, line.changed if line else 0)


def is_true(room: Room | None, user: str, command: Post) -> bool:
    """Return whether a forward quotes the post at its origin, in `room`, as the user may see it."""
    own = room.people.get(user) if room else None
    if room is None or own is None or command.origin is None:
        return False
    seq, (first, last) = command.origin.seq, room.seen(own)
    if not first <= seq <= last:
        return False
    line = room.lines[seq - 1]
    if line.kind != "post" or line.deleted or (own.until and line.edited > own.until):
        return False
    return claimed(command) == quote(line, line.said[-1])


def was_true(room: Room, command: Post) -> bool:
    """Return whether a forward quotes what the post at its origin said at any time."""
    seq = command.origin.seq if command.origin else 0
    lines = room.lines[seq - 1 : seq] if seq else []
    return any(claimed(command) == quote(line, said) for line in lines for said in line.said)


def claimed(command: Post) -> Quoted:
    facts = facts_of(command.content)
    return facts["author"], facts["time"], facts["hops"], facts["content"]


def quote(line: Line, said: bytes) -> Quoted:
    """Return what a forward must say of a post that said `said`."""
    facts = facts_of(said)
    if facts["type"] == "forward":
        return facts["author"], facts["time"], facts["hops"] + 1, facts["content"]
    return line.sender, line.time, 1, said
