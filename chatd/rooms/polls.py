"""How votes in a poll are counted. Pure: whether a vote is an entry, and who may vote, is said elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from chatd.checked import Ballot
from chatd.codes import RefusalCode
from chatd.model import PollRecord, RoomId, SeqOf
from chatd.rooms.effects import Refusal
from chatd.rooms.refusals import UNCHANGED

OVER = Refusal(RefusalCode.TOO_LATE, "the poll is closed")


def opened(room: RoomId, ballot: Ballot, at: SeqOf) -> PollRecord:
    """Return the record of a poll that the entry `at` of its item posts."""
    nobody = (0,) * ballot.options
    return PollRecord(room=room, seq=at, multiple=ballot.multiple, closes=ballot.closes, counts=nobody)


def is_over(poll: PollRecord, now: int) -> bool:
    """Return whether nobody votes any more at the time `now`: what closes by itself needs no timer."""
    return poll.closed or (poll.closes is not None and now >= poll.closes)


def counted(poll: PollRecord, before: Sequence[int], options: Sequence[int], now: int) -> PollRecord | Refusal:
    """Return how a poll stands once a voter who chose `before` chooses `options`, or why they may not."""
    if is_over(poll, now):
        return OVER
    if options and options[-1] >= len(poll.counts):
        return Refusal(RefusalCode.BAD_OPTION, f"the poll has {len(poll.counts)} options")
    if len(options) > 1 and not poll.multiple:
        return Refusal(RefusalCode.BAD_OPTION, "one option can be chosen")
    if tuple(options) == tuple(before):
        return UNCHANGED
    counts = [count + (place in options) - (place in before) for place, count in enumerate(poll.counts)]
    return evolve(poll, counts=tuple(counts), voters=poll.voters + bool(options) - bool(before))
