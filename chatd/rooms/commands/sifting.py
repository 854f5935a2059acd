"""What may not be said: the filters of rooms and of the server, and what they do to what somebody would say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgpack
from attrs import evolve

from chatd import facts, filters
from chatd.codes import RefusalCode
from chatd.filters import Sieve
from chatd.limits import FILTERED_CHARS_MAX
from chatd.messages import FilterOf, SetFilter
from chatd.model import NO_FILTER, EntryKind, Filter, FilterAction, Membership, RoomRecord
from chatd.rights import Permission
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.effects import Refusal
from chatd.rooms.policy import RANK, Policy, is_present
from chatd.rooms.refusals import NOT_MEMBER, UNCHANGED, UNKNOWN_ROOM
from chatd.rooms.room import Room

_FILTERED = Refusal(RefusalCode.FILTERED, "this may not be said here")
"""It never says why: a filter that explains itself is learned by heart."""
_LONG = Refusal(RefusalCode.TOO_LARGE, f"at most {FILTERED_CHARS_MAX} characters are said where there is a filter")
TO_HOLD = Refusal(RefusalCode.FILTERED, _FILTERED.text)
"""Of what the room holds for review, where that is possible. It is told by being this object."""


def set_filter(room: Room, record: RoomRecord, own: Membership, command: SetFilter, proposal: Proposal) -> Decision:
    """Set what may not be said; what the command leaves out stays as it is."""
    if refusal := proposal.policy.may(record, own, Permission.SETTINGS, proposal.now):
        return refusal
    before = record.filter or NO_FILTER
    after = Filter(
        words=before.words if command.words is None else command.words,
        links=before.links if command.links is None else command.links,
        hosts=before.hosts if command.hosts is None else command.hosts,
        exempt=before.exempt if command.exempt is None else command.exempt,
        action=before.action if command.action is None else command.action,
    )
    if after == before:
        return UNCHANGED
    return Draft(
        entries=(entry(proposal, room.id, EntryKind.FILTER, facts.filtered(after)),),
        records=(evolve(record, filter=None if after == NO_FILTER else after),),
    )


def answer(room: Room | None, own: Membership | None, policy: Policy, now: int) -> FilterOf | Refusal:
    """Return the reply to who asks what may not be said in `room`, by what is committed; `own` is the asker's part."""
    if room is None or room.record is None or own is None:
        return UNKNOWN_ROOM
    if not is_present(own):
        return NOT_MEMBER
    if refusal := policy.may(room.record, own, Permission.SETTINGS, now):
        return refusal
    there = room.record.filter or NO_FILTER
    return FilterOf(
        room=room.id,
        words=there.words,
        links=there.links,
        hosts=there.hosts,
        exempt=there.exempt,
        action=there.action,
    )


def caught(record: RoomRecord, own: Membership, content: bytes, proposal: Proposal) -> Refusal | None:
    """Return the refusal of a content, which was checked before, that a filter catches; else None.

    It is decoded only where there is a filter, and so is what a forward quotes.
    """
    if record.filter is None and proposal.sieves.server is None:
        return None
    said: dict[str, Any] = msgpack.unpackb(content)
    texts = filters.texts(said)
    if said.get("type") == "forward":
        texts += filters.texts(msgpack.unpackb(said["content"]))
    return caught_in(record, own, texts, proposal)


def caught_in(record: RoomRecord, own: Membership, texts: Sequence[str], proposal: Proposal) -> Refusal | None:
    """Return the refusal of texts of which a filter catches one; else None. The server's own spares nobody."""
    if refusal := caught_by_server(texts, proposal):
        return refusal
    there = record.filter
    if there is None or RANK[own.role] >= RANK[there.exempt]:
        return None
    refusal = _caught_by(proposal.sieves.of(record.room, there), texts)
    return TO_HOLD if refusal is _FILTERED and there.action is FilterAction.HOLD else refusal


def caught_by_server(texts: Sequence[str], proposal: Proposal) -> Refusal | None:
    """Return the refusal of texts of which the server's filter catches one; else None."""
    server = None if proposal.actor.operator else proposal.sieves.server
    return _caught_by(server, texts) if server else None


def _caught_by(sieve: Sieve, texts: Sequence[str]) -> Refusal | None:
    """Return the refusal of texts of which `sieve` catches one, or that are too long to tell; else None."""
    if filters.are_long(texts):
        return _LONG
    return _FILTERED if sieve.catches(texts) else None
