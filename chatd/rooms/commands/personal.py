"""How a user keeps their conversations: facts of their self room, of which nobody else learns.

Nothing else is in flight in that room when one of these is decided (`Needs.settled`), so what is committed is all.
"""

from __future__ import annotations

from typing import assert_never

from attrs import evolve

from chatd import facts
from chatd.chain import self_id
from chatd.codes import RefusalCode
from chatd.messages import Hide, Personal, SetConversation, SetDraft
from chatd.model import Conversation, EntryKind, Erasure, HiddenRecord, Record, SeqOf
from chatd.rooms import reading
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.effects import Loaded, Refusal
from chatd.rooms.refusals import UNCHANGED, UNKNOWN_ROOM
from chatd.rooms.room import Room
from chatd.rooms.slots import Slot

NOT_ONE = Refusal(RefusalCode.WRONG_KIND, "the self room is no conversation")
NOT_SEEN = Refusal(RefusalCode.BAD_SEQ, "no entry that you may see")


def decide(room: Room | None, command: Personal, proposal: Proposal, loaded: Loaded) -> Decision:
    """Decide what a user does about `room` for themselves alone. A standing in it, also a former one, is enough."""
    user = proposal.actor.user
    slot = room.slots.get(user) if room and room.record else None
    if room is None or slot is None:
        return UNKNOWN_ROOM
    if room.id == self_id(user):
        return NOT_ONE
    kept = slot.conversation or Conversation(room=room.id, user=user)
    match command:
        case Hide():
            return hide(room, slot, command, proposal, kept, known=loaded.hidden)
        case SetConversation():
            return set_conversation(slot, command, proposal, kept, loaded.pinned)
        case SetDraft():
            return set_draft(command, proposal, kept)
    assert_never(command)


def hide(room: Room, slot: Slot, command: Hide, proposal: Proposal, kept: Conversation, *, known: bool) -> Decision:
    """Hide an entry that the user may see, for good. The room is not touched."""
    seen = reading.visible(room, slot.membership)
    if not seen.first <= command.seq <= seen.last:
        return NOT_SEEN
    if known:
        return UNCHANGED
    body = facts.hidden(room.id, command.seq)
    hidden = HiddenRecord(room=room.id, user=kept.user, seq=command.seq)
    return _kept(EntryKind.HIDE, body, proposal, hidden, evolve(kept, hidden=kept.hidden + 1))


def set_conversation(
    slot: Slot, command: SetConversation, proposal: Proposal, kept: Conversation, pinned: int
) -> Decision:
    """Mute, archive, pin a conversation or mark it as unread, or end that."""
    most = proposal.limits.conversations_pinned_max
    kept = kept if is_unread(kept, slot.read) else evolve(kept, unread=None)
    if command.pinned and not kept.pinned and pinned >= most:
        return Refusal(RefusalCode.LIMIT_REACHED, f"at most {most} pinned conversations")
    after = _after(slot, command, proposal, kept)
    if after == kept:
        return UNCHANGED
    return _kept(EntryKind.CONVERSATION, facts.conversation(after), proposal, after)


def _after(slot: Slot, command: SetConversation, proposal: Proposal, kept: Conversation) -> Conversation:
    after = kept
    if command.muted_until is not None:
        after = evolve(after, muted_until=command.muted_until)
    if command.archived is not None:
        after = evolve(after, archived=command.archived)
    if command.pinned is not None:
        after = evolve(after, pinned=(kept.pinned or proposal.now) if command.pinned else 0)
    if command.unread is not None and command.unread is not is_unread(kept, slot.read):
        after = evolve(after, unread=slot.read if command.unread else None)
    return after


def is_unread(kept: Conversation | None, read: int) -> bool:
    """Return whether a conversation is marked as unread by hand: until the read mark moves on, or the user says so."""
    return kept is not None and kept.unread is not None and read <= kept.unread


def set_draft(command: SetDraft, proposal: Proposal, kept: Conversation) -> Decision:
    """Keep what the user is writing, or nothing. What they wrote before and did not send is erased."""
    if not command.content and not kept.draft:
        return UNCHANGED
    after = evolve(kept, draft=SeqOf(0) if command.content else 0)
    older: list[Record] = []
    if isinstance(kept.draft, int) and kept.draft:
        older.append(Erasure(room=self_id(kept.user), seq=kept.draft, edited=False))
    return _kept(EntryKind.DRAFT, facts.draft(kept.room, command.content), proposal, after, *older)


def _kept(kind: EntryKind, body: bytes, proposal: Proposal, *records: Record) -> Draft:
    return Draft(entries=(entry(proposal, self_id(proposal.actor.user), kind, body),), records=records)
