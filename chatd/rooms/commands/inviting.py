"""Links into a group, and the requests of those who would like to be let in.

A link is a code that its maker keeps: the server knows a hash of it. What does not let in is refused in the same
words whatever the reason, also where there is no such room (invariant A4).
"""

from __future__ import annotations

from typing import assert_never

from attrs import evolve

from chatd import facts
from chatd.chain import invite_hash
from chatd.codes import RefusalCode
from chatd.limits import REQUEST_AGAIN_S
from chatd.messages import CreateInvite, Enter, JoinByInvite, RequestJoin, RevokeInvite
from chatd.model import LED, EntryKind, Membership, MemberState, Role, RoomKind, RoomRecord
from chatd.rights import Invite, JoinBy, Permission
from chatd.rooms.commands.creating import too_many_rooms
from chatd.rooms.commands.draft import Decision, Draft, Proposal, aside, entry, joined
from chatd.rooms.commands.membership import WAITING, changed
from chatd.rooms.effects import Refusal
from chatd.rooms.permissions import is_banned
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import BAD_INVITE, ENDED, KEPT_OUT, UNCHANGED, UNKNOWN_ROOM
from chatd.rooms.room import Room

_NOT_LED = Refusal(RefusalCode.WRONG_KIND, "nobody lets others into this room")


OPENED = (RoomKind.GROUP, RoomKind.BROADCAST)
"""The kinds that anybody may come into where they are open. A live room that is open is watched."""


def _live(record: RoomRecord, now: int) -> tuple[Invite, ...]:
    """Return the links that let somebody in at the time `now`."""
    return tuple([each for each in record.invites if each.expires is None or now < each.expires])


def _found(record: RoomRecord, hashed: bytes, now: int) -> Invite | None:
    return next((each for each in _live(record, now) if each.hash == hashed), None)


def create_invite(
    room: Room, record: RoomRecord, own: Membership, command: CreateInvite, proposal: Proposal
) -> Decision:
    """Make a link. Those that have expired make room for it."""
    now, most = proposal.now, proposal.limits.invites_max
    if refusal := proposal.policy.may(record, own, Permission.INVITE, now):
        return refusal
    if _found(record, command.hash, now) is not None:
        return UNCHANGED
    others = tuple([each for each in _live(record, now) if each.hash != command.hash])
    if len(others) >= most:
        return Refusal(RefusalCode.LIMIT_REACHED, f"at most {most} links into a room")
    expires = None if command.ttl_s is None else now + command.ttl_s * 1000
    invite = Invite(hash=command.hash, creator=own.user, expires=expires, uses=command.uses)
    return _told(room, invite, evolve(record, invites=(*others, invite)), proposal, revoked=False)


def revoke_invite(
    room: Room, record: RoomRecord, own: Membership, command: RevokeInvite, proposal: Proposal
) -> Decision:
    """Let a link let nobody in any more: one's own, or anybody's with the right to settings."""
    if refusal := proposal.policy.may(record, own, Permission.INVITE, proposal.now):
        return refusal
    invite = next((each for each in record.invites if each.hash == command.hash), None)
    if invite is None:
        return UNCHANGED
    if invite.creator != own.user and (refusal := proposal.policy.may(record, own, Permission.SETTINGS, proposal.now)):
        return refusal
    others = tuple([each for each in record.invites if each is not invite])
    return _told(room, invite, evolve(record, invites=others), proposal, revoked=True)


def _told(room: Room, invite: Invite, record: RoomRecord, proposal: Proposal, *, revoked: bool) -> Draft:
    if record.kind is RoomKind.BROADCAST:
        body = facts.invited(invite, revoked=revoked, room=room.id)
        return Draft(entries=aside(proposal, room.id, EntryKind.INVITE, body), records=(record,))
    body = facts.invited(invite, revoked=revoked)
    return Draft(entries=(entry(proposal, room.id, EntryKind.INVITE, body),), records=(record,))


def join(room: Room | None, record: RoomRecord | None, own: Membership | None, proposal: Proposal) -> Decision:
    """Accept an invitation, or come into a room that is open: to one that has an owner, for who came to an abandoned
    one would be without."""
    if room is None or record is None:
        return UNKNOWN_ROOM
    is_open = record.kind in OPENED and record.settings.join_by is JoinBy.OPEN
    if own is None and not is_open:
        return UNKNOWN_ROOM
    if own is not None and is_present(own):
        return UNCHANGED
    invited = own is not None and own.state is MemberState.INVITED
    if not (invited or is_open):
        return Refusal(RefusalCode.FORBIDDEN, "by invitation only")
    if own is not None and is_banned(own, proposal.now):
        return KEPT_OUT
    if not record.owners:
        return Refusal(RefusalCode.FORBIDDEN, "everybody has left")
    if record.ended:
        return ENDED
    actor = proposal.actor.user
    if (own is None or own.state not in WAITING) and (refusal := too_many_rooms(actor, proposal)):
        return refusal
    return changed(room, record, [joined(actor, own.role if own else Role.MEMBER)], proposal)


def enter(
    room: Room | None, record: RoomRecord | None, own: Membership | None, command: Enter, proposal: Proposal
) -> Decision:
    """Decide how somebody comes in whom the room need not know: `own` is None for who never had a part in it."""
    match command:
        case JoinByInvite():
            return join_by_invite(room, record, own, command, proposal)
        case RequestJoin():
            return request_join(room, record, own, proposal)
    assert_never(command)


def join_by_invite(
    room: Room | None, record: RoomRecord | None, own: Membership | None, command: JoinByInvite, proposal: Proposal
) -> Decision:
    """Join by a link, which counts the use in the same item."""
    now, actor = proposal.now, proposal.actor.user
    if own is not None and is_present(own):
        return UNCHANGED
    if own is not None and is_banned(own, now):
        return KEPT_OUT
    if room is None or record is None or not record.owners or record.ended:
        return BAD_INVITE
    invite = _found(record, invite_hash(room.id, command.code), now)
    if invite is None:
        return _no_use(room, command, now)
    if (own is None or own.state not in WAITING) and (refusal := too_many_rooms(actor, proposal)):
        return refusal
    return changed(room, evolve(record, invites=_used(record, invite, now)), [joined(actor)], proposal)


def _used(record: RoomRecord, invite: Invite, now: int) -> tuple[Invite, ...]:
    """Return the links of a room once `invite` has let one more in."""
    if invite.uses is None:
        return _live(record, now)
    after = evolve(invite, uses=invite.uses - 1)
    return tuple([after if each is invite else each for each in _live(record, now) if each is not invite or after.uses])


def _no_use(room: Room, command: JoinByInvite, now: int) -> Refusal:
    """Return the one refusal of a code. Only where what is in flight used it up, or revoked it, does it wait for that:
    then whoever asks has the code, and is told nothing new."""
    committed = room.record and _found(room.record, invite_hash(room.id, command.code), now)
    return evolve(BAD_INVITE) if committed else BAD_INVITE


def request_join(room: Room | None, record: RoomRecord | None, own: Membership | None, proposal: Proposal) -> Decision:
    """Ask to be let in, where the group says that one may."""
    actor, most = proposal.actor.user, proposal.limits.join_requests_max
    if room is None or record is None:
        return UNKNOWN_ROOM
    asks = record.kind in LED and record.settings.join_by is JoinBy.REQUEST
    if own is None and not asks:
        return UNKNOWN_ROOM
    if own is not None and is_present(own):
        return UNCHANGED if record.kind in LED else _NOT_LED
    if not record.owners or record.ended:
        return KEPT_OUT
    if own is not None and own.state in WAITING:
        return UNCHANGED
    if not asks or (own is not None and is_banned(own, proposal.now)):
        return KEPT_OUT
    if own is not None and (wait_ms := own.since + REQUEST_AGAIN_S * 1000 - proposal.now) > 0:
        return Refusal(RefusalCode.LIMIT_REACHED, "you may ask again later", wait_ms=wait_ms)
    if refusal := too_many_rooms(actor, proposal):
        return refusal
    if record.requests >= most:
        return Refusal(RefusalCode.LIMIT_REACHED, f"at most {most} requests wait")
    change = facts.Change(actor, MemberState.REQUESTED, Role.MEMBER)
    return changed(room, record, [change], proposal)
