"""What the app tells of its users: attributes, who follows whom, and blocks that were made elsewhere.

Each is put as it is told, also where it was so before: of what is told twice the time told last counts.
"""

from __future__ import annotations

from chatd.messages import SetAttributes, SetRelation
from chatd.model import Attributes, EntryKind, Record, Relation, UserRecord
from chatd.rooms import operators
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry, new_user_records
from chatd.rooms.effects import Loaded
from chatd.rooms.refusals import CLOSED_NAME, NO_USER


def set_relation(command: SetRelation, proposal: Proposal) -> Decision:
    """Let a relation hold, or hold no more. Neither of the two need know of it."""
    if command.user not in proposal.rooms_of or command.other not in proposal.rooms_of:
        return NO_USER
    since = (command.since or proposal.now) if command.on else 0
    relation = Relation(user=command.user, kind=command.relation, other=command.other, since=since)
    return _told(command, proposal, relation, *new_user_records(proposal))


def set_attributes(command: SetAttributes, proposal: Proposal, loaded: Loaded) -> Decision:
    """Put what the app says of a user, who exists from then on, in the place of what it said before."""
    there = loaded.users.get(command.user)
    if there is not None and there.closed is not None:
        return CLOSED_NAME
    attributes = Attributes(user=command.user, values=tuple(command.attributes.items()))
    new = () if there is not None else (UserRecord(user=command.user, created=proposal.now),)
    return _told(command, proposal, *new, attributes)


def _told(command: SetRelation | SetAttributes, proposal: Proposal, *records: Record) -> Draft:
    body = operators.noted(proposal.actor, command, command.key)
    return Draft(entries=(entry(proposal, operators.AUDIT_ROOM, EntryKind.AUDIT, body),), records=records)
