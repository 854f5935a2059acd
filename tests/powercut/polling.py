"""What a workload does with polls."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from chatd.messages import ClosePoll, Command, Post, Vote
from chatd.model import Key, PollRecord, RoomId
from chatd.wire import content
from chatd.wire.bodies import Poll

POLLING = ("poll", "vote", "close")
"""What is asked, and done to that."""


def polled(
    kind: str, there: Mapping[tuple[RoomId, int], PollRecord | None], room: RoomId, key: Key, random: Random
) -> Command:
    """Return a command of `kind`: a new poll in `room`, or about one of those that are open."""
    polls = [place for place, poll in there.items() if poll and not poll.closed]
    room, seq = random.choice(polls) if polls and kind != "poll" else (room, 1)
    match kind:
        case "vote":
            return Vote(room=room, key=key, seq=seq, options=tuple(random.sample(range(2), 1)))
        case "close":
            return ClosePoll(room=room, key=key, seq=seq)
        case _:
            poll = Poll(question="When?", options=("now", "later"), fallback="When?")
            return Post(room=room, key=key, content=content.of(poll))
