"""What the model says of posts, of what is done to them, and of what that leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.messages import Act, ClosePoll, Delete, Edit, MessageState, Pin, Post, React, Vote, Voting
from tests.model import said, waiting
from tests.model.nouns import Ballots, Line, Room, Standing
from tests.model.rights import RANK, may
from tests.model.strict import held_back, held_up

if TYPE_CHECKING:
    from collections.abc import Sequence

Told = tuple[int, int, bool, dict[str, int], tuple[int, ...], int, bool]
"""Seq, edits, deleted, reactions, votes, voters, closed."""


def post_refusal(room: Room, own: Standing, command: Post, now: int) -> str | None:
    """Return why a present member may not post it, a forward's origin apart; None where they may."""
    if code := said.refusal(room, own, said.facts_of(command.content), now):
        return code
    if not waiting.is_held(room, own, command.content) and (code := waiting.caught(room, own, command.content)):
        return code
    if code := held_up(room, own, now):
        return code
    return None if command.reply is None or room.sees(own, command.reply) else "bad_seq"


def refusal(room: Room, user: str, own: Standing, command: Act | Voting, now: int) -> str | None:
    """Return why a present member may not do it; None where they may."""
    line = room.lines[command.seq - 1] if command.seq <= room.head else None
    if line is None or line.kind != "post" or not room.sees(own, command.seq):
        return "bad_seq"
    if isinstance(command, React) and room.kind == "live":
        return "wrong_kind"
    if isinstance(command, Delete):
        return _may_not_end(room, user, own, line, now) or ("unchanged" if line.deleted else None)
    if code := _may_not(room, user, own, line, command, now):
        return code
    if line.deleted:
        return "deleted"
    if isinstance(command, Vote | ClosePoll):
        return "bad_seq" if line.ballots is None else _ballots_refuse(line.ballots, user, command, now)
    if isinstance(command, Edit):
        return "forbidden" if line.ballots else None
    return "unchanged" if _is_so(room, user, line, command) else None


def _may_not(
    room: Room, user: str, own: Standing, line: Line, command: Edit | React | Pin | Voting, now: int
) -> str | None:
    match command:
        case Edit():
            if code := said.refusal(room, own, said.facts_of(command.content), now):
                return code
            if code := waiting.caught(room, own, command.content):
                return code
            return "forbidden" if line.sender != user else None
        case ClosePoll():
            return _may_not_end(room, user, own, line, now)
        case React() | Vote():
            return held_back(room, own, now) if may(room, own, "react", now) else "forbidden"
        case Pin():
            return None if may(room, own, "pin", now) else "forbidden"


def _may_not_end(room: Room, user: str, own: Standing, line: Line, now: int) -> str | None:
    """Delete a post, or close a poll: one's own, or that of a lower rank."""
    if line.sender == user:
        return None
    author = room.people.get(line.sender)
    above = author is None or RANK[own.role] > RANK[author.role]
    return None if above and may(room, own, "delete_others", now) else "forbidden"


def _is_so(room: Room, user: str, line: Line, command: React | Pin) -> bool:
    if isinstance(command, React):
        return ((command.emoji, user) in line.given) is command.on
    return (command.seq in room.pins) is command.on


def _ballots_refuse(ballots: Ballots, user: str, command: Voting, now: int) -> str | None:
    is_over = ballots.closed or (ballots.closes is not None and now >= ballots.closes)
    if isinstance(command, ClosePoll):
        return "unchanged" if ballots.closed else "too_late" if is_over else None
    if is_over:
        return "too_late"
    if any(place >= ballots.options for place in command.options):
        return "bad_option"
    if len(command.options) > 1 and not ballots.multiple:
        return "bad_option"
    return "unchanged" if ballots.votes.get(user, ()) == command.options else None


# -- what it does ------------------------------------------------------------------------------------------------------


def post(room: Room, line: Line, command: Post, time: int) -> None:
    """Say it: the post is the last line of its room."""
    facts = said.facts_of(command.content)
    lives = [each for each in (command.ttl_s, room.settings.ttl_s) if each]
    if line.sender in room.people:
        room.people[line.sender].posted = time
    line.said, line.expires = [command.content], time + 1000 * min(lives) if lives else None
    if facts["type"] == "poll":
        line.ballots = Ballots(len(facts["options"]), facts.get("multiple", False), facts.get("closes"))


def enter(room: Room, user: str, command: Act | Voting, step: int) -> None:
    """Do it to the post."""
    line = room.lines[command.seq - 1]
    match command:
        case Edit():
            line.said.append(command.content)
            line.edited, line.changed = room.head, step
        case Delete():
            delete(room, command.seq, step)
        case React():
            if command.on:
                line.given.append((command.emoji, user))
            else:
                line.given.remove((command.emoji, user))
        case Pin():
            _take_off(room, command.seq)
            if command.on:
                room.pins.append(command.seq)
            elif command.seq <= room.expired:
                for each in (line, *[each for each in room.lines if each.target == command.seq]):
                    _erase(each)
        case Vote() | ClosePoll():
            if line.ballots:
                _vote(line.ballots, user, command)


def _vote(ballots: Ballots, user: str, command: Voting) -> None:
    if isinstance(command, ClosePoll):
        ballots.closed = True
    elif command.options:
        ballots.votes[user] = command.options
    else:
        del ballots.votes[user]


def delete(room: Room, seq: int, step: int) -> None:
    """Leave of a post its place, and that it was edited."""
    line = room.lines[seq - 1]
    line.deleted, line.given, line.changed = True, [], step
    for each in (line, *[each for each in room.lines if each.target == seq]):
        _erase(each)
    _take_off(room, seq)


def forget(room: Room, first: int, last: int) -> None:
    """A live room lets its oldest posts expire, and their edits; pinned posts are spared, and theirs."""
    for seq, line in enumerate(room.lines, 1):
        post = {"post": seq, "edit": line.target}.get(line.kind, 0)
        if first <= post <= last and post not in room.pins:
            _erase(line)


def _erase(line: Line) -> None:
    line.erased, line.ballots = True, None


def _take_off(room: Room, seq: int) -> None:
    room.pins = [pinned for pinned in room.pins if pinned != seq]


# -- what is told of it ------------------------------------------------------------------------------------------------


def states(room: Room, seqs: Sequence[int]) -> list[Told]:
    """Return what a page must tell of what became of the entries at `seqs`."""
    found = [_state(seq, room.lines[seq - 1]) for seq in seqs]
    return [each for each in found if any(each[1:])]


def _state(seq: int, line: Line) -> Told:
    ballots = line.ballots
    counted = (ballots.counts(), len(ballots.votes), ballots.closed) if ballots else ((), 0, False)
    return (seq, line.edits, line.deleted, _counts(line), *counted)


def told(messages: Sequence[MessageState]) -> list[Told]:
    """Return what a page told, of those of which it had anything to tell."""
    found = [
        (each.seq, each.edits, each.deleted, dict(each.reactions), each.votes, each.voters, each.closed)
        for each in messages
    ]
    return [each for each in found if any(each[1:])]


def _counts(line: Line) -> dict[str, int]:
    emojis = [emoji for emoji, _ in line.given]
    return {emoji: emojis.count(emoji) for emoji in emojis}
