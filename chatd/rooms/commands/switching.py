"""What is on in a room changes with its size and its settings: an entry says from where on (protocol 5.63)."""

from __future__ import annotations

from attrs import evolve

from chatd import facts, features
from chatd.chain import derived_salt, features_key
from chatd.model import EntryKind, NewEntry, RoomRecord
from chatd.rights import Feature
from chatd.rooms.commands.draft import Proposal


def sized(record: RoomRecord, proposal: Proposal) -> RoomRecord:
    """Return `record` with what the room is too large for by now."""
    outgrown = features.outgrown(record.members, record.outgrown, proposal.limits)
    return record if outgrown == record.outgrown else evolve(record, outgrown=outgrown)


def switched(proposal: Proposal, before: tuple[Feature, ...], record: RoomRecord, index: int) -> tuple[NewEntry, ...]:
    """Return the entry that says what is off, where `record` has made that another than `before`; else nothing.

    It stands at `index` of the command's item, behind the entry that carries the key.
    """
    after = features.told_off(record)
    if after == before:
        return ()
    return (
        NewEntry(
            room=record.room,
            kind=EntryKind.FEATURES,
            sender=proposal.actor.user,
            key=features_key(record.room, proposal.key),
            time=proposal.now,
            salt=derived_salt(proposal.salt, index),
            body=facts.features(after),
        ),
    )
