"""What goes into a decision and what comes out of it, shared by the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatd import facts, features
from chatd.chain import derived_salt, self_id, self_key
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import Limits
from chatd.model import (
    PRESENT,
    Answer,
    EntryKind,
    Key,
    Membership,
    MemberState,
    NewEntry,
    Record,
    Role,
    RoomId,
    RoomKind,
    RoomRecord,
    SeqOf,
    UserId,
    UserRecord,
)
from chatd.rooms.effects import Actor, Refusal
from chatd.rooms.policy import Policy


@frozen(kw_only=True)
class Proposal:
    """A keyed command admitted, with all that the decision may use besides the rooms: no clock, no chance."""

    actor: Actor
    key: Key
    now: int
    salt: bytes
    rooms_of: Mapping[UserId, int]
    """The number of rooms of each user named who exists; in a development server, 0 for who is new."""
    new_users: tuple[UserId, ...]
    """Whom this command makes known by naming them."""
    policy: Policy
    limits: Limits


@frozen(kw_only=True)
class Draft:
    """What a command would commit."""

    entries: tuple[NewEntry, ...]
    records: tuple[Record, ...] = ()
    answers: dict[UserId, Answer] | None = None


@frozen
class Unchanged:
    """The command changes nothing: the entry at `seq` of `room` made it so long ago."""

    room: RoomId
    seq: int


Decision = Draft | Unchanged | Refusal


def entry(
    proposal: Proposal,
    room: RoomId,
    kind: EntryKind,
    body: bytes,
    *,
    target: int | None = None,
    counts: bool = False,
) -> NewEntry:
    """Return the first entry of a command's item, which carries its key."""
    return NewEntry(
        room=room,
        kind=kind,
        sender=proposal.actor.user,
        key=proposal.key,
        time=proposal.now,
        salt=proposal.salt,
        body=body,
        target=target,
        counts=counts,
    )


def told(
    proposal: Proposal,
    record: RoomRecord,
    changes: Sequence[facts.Change],
    first: NewEntry,
    outsiders: Sequence[UserId] = (),
) -> tuple[NewEntry, ...]:
    """Return `first` and, for each changed user, the entry of their self room that tells them.

    Those of `outsiders` are not told what the room is called: they have no part in it, before and after (A2).
    """
    off = features.told_off(record)
    return (
        first,
        *(
            NewEntry(
                room=self_id(change.user),
                kind=EntryKind.ROOM,
                sender=proposal.actor.user,
                key=self_key(record.room, proposal.key, change.user),
                time=proposal.now,
                salt=derived_salt(proposal.salt, index),
                body=facts.own_room(
                    record.room,
                    record.kind,
                    "" if change.user in outsiders else record.title,
                    peer(record, change.user),
                    change,
                    () if change.user in outsiders else off,
                ),
            )
            for index, change in enumerate(changes, 1)
        ),
    )


def peer(record: RoomRecord, user: UserId) -> UserId | None:
    """Return the other user of a direct room; None for other kinds."""
    if record.kind is not RoomKind.DIRECT or record.pair is None:
        return None
    return record.pair[1] if record.pair[0] == user else record.pair[0]


def membership(room: RoomId, change: facts.Change, before: Membership | None) -> Membership:
    """Return the membership that the item's first entry makes of `before`.

    Who becomes present sees from that entry on, who stops being present sees up to it. What was taken from them stays
    taken, so that nobody gets it back by leaving; but from an owner nobody could give it back.
    """
    was = before is not None and before.state in PRESENT
    floor: int | SeqOf = before.floor if before else 1
    until: int | SeqOf | None = before.until if before else 0
    if change.state in PRESENT and not was:
        floor, until = SeqOf(0), None
    elif change.state not in PRESENT and was:
        until = SeqOf(0)
    return Membership(
        room=room,
        user=change.user,
        state=change.state,
        role=change.role,
        floor=floor,
        until=until,
        denied=before.denied if before and change.role is not Role.OWNER else (),
    )


def new_user_records(proposal: Proposal) -> tuple[UserRecord, ...]:
    return tuple(UserRecord(user=user, created=proposal.now) for user in proposal.new_users)


def joined(user: UserId, role: Role = Role.MEMBER) -> facts.Change:
    return facts.Change(user, MemberState.MEMBER, role)


def full(text: str) -> Refusal:
    return Refusal(RefusalCode.ROOM_FULL, text)
