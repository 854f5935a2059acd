"""A user does not want to hear of another. The other one must not notice (invariant A8).

So nothing of theirs is refused, and what they write stays an entry like any other: the blocker's clients do not show
it. The server keeps back what the blocker would give away without wanting to: in the direct room of the two, how far
they have read and that they type, and that they are there. And it lets the blocked one add them to no group.
"""

from __future__ import annotations

from chatd import facts
from chatd.chain import self_id
from chatd.codes import RefusalCode
from chatd.messages import Block
from chatd.model import EntryKind, Relation, RelationKind
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry, new_user_records
from chatd.rooms.effects import Refusal
from chatd.rooms.refusals import NO_USER, UNCHANGED

_ONESELF = Refusal(RefusalCode.FORBIDDEN, "nobody blocks themselves")


def block(command: Block, proposal: Proposal) -> Decision:
    """Block a user, or end that. Nothing else of the actor's own is in flight (`Needs.settled`)."""
    user, other, most = proposal.actor.user, command.user, proposal.limits.blocks_max
    if other == user:
        return _ONESELF
    blocks = proposal.ties_with(other).blocks > 0
    if other not in proposal.rooms_of and not blocks:
        return NO_USER
    if blocks is command.on:
        return UNCHANGED
    if command.on and proposal.loaded.blocking >= most:
        return Refusal(RefusalCode.LIMIT_REACHED, f"at most {most} blocked users")
    first = entry(proposal, self_id(user), EntryKind.BLOCK, facts.blocked(other, on=command.on))
    since = proposal.now if command.on else 0
    relation = Relation(user=user, kind=RelationKind.BLOCK, other=other, since=since)
    return Draft(entries=(first,), records=(relation, *new_user_records(proposal)))
