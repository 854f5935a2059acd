"""Whom a user lets know of their presence: a fact of their self room, of which nobody else learns."""

from __future__ import annotations

from chatd import facts
from chatd.chain import self_id
from chatd.messages import SetPresence
from chatd.model import EntryKind, PresenceRecord
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.effects import Loaded
from chatd.rooms.refusals import UNCHANGED


def set_presence(command: SetPresence, proposal: Proposal, loaded: Loaded) -> Decision:
    """Nothing else is in flight in that room when this is decided (`Needs.settled`): what was read is all."""
    if loaded.shown is command.shown:
        return UNCHANGED
    user = proposal.actor.user
    first = entry(proposal, self_id(user), EntryKind.PRESENCE, facts.shown(command.shown))
    return Draft(entries=(first,), records=(PresenceRecord(user=user, shown=command.shown),))
