"""What goes into a decision and what comes out of it, shared by the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from chatd import facts, features
from chatd.chain import derived_salt, self_id, self_key
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import Limits
from chatd.model import (
    NO_TIES,
    PRESENT,
    Answer,
    Attribute,
    EntryKind,
    HeadPlus,
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
    Ties,
    UserId,
    UserRecord,
)
from chatd.rights import Level, Past
from chatd.rooms.effects import Actor, Loaded, Refusal
from chatd.rooms.policy import Policy
from chatd.rooms.sieves import Sieves

NO_ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({})


@frozen
class Proposal:
    """A keyed command admitted, with all that the decision may use besides the rooms: no clock, no chance."""

    actor: Actor
    key: Key
    now: int
    salt: bytes
    loaded: Loaded
    """What was looked up for the command."""
    rooms_of: Mapping[UserId, int]
    """The number of rooms of each user named who exists; in a development server, 0 for who is new."""
    new_users: tuple[UserId, ...]
    """Whom this command makes known by naming them."""
    policy: Policy
    """That which the actor is judged by."""
    users: Policy
    """That of all who are no operators."""
    limits: Limits
    sieves: Sieves
    """What may not be said anywhere on this server, and in its rooms."""
    level: Level = Level.NORMAL
    """The emergency level of the whole server."""
    attributes: Mapping[str, Attribute] = NO_ATTRIBUTES
    """What the app says of the actor: all of it where a gate of the room asks, else what their token says alone."""
    watches: bool = False
    """Whether the actor watches the room, a live one, without being in it."""

    def ties_with(self, user: UserId) -> Ties:
        """Return what the actor and `user` have to do with each other."""
        return self.loaded.ties.get(user, NO_TIES)


@frozen
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
    actor, key, now, salt = proposal.actor, proposal.key, proposal.now, proposal.salt
    return NewEntry(room, kind, actor.user, key, now, salt, body, target, counts)


def told(
    proposal: Proposal,
    record: RoomRecord,
    changes: Sequence[facts.Change],
    first: NewEntry | None,
    outsiders: Sequence[UserId] = (),
) -> tuple[NewEntry, ...]:
    """Return `first` and, for each changed user, the entry of their self room that tells them.

    Without a `first`, the one who is changed is the actor, and what tells them carries the command's key. Those of
    `outsiders` are not told what the room is called: they have no part in it, before and after (A2).
    """
    off = features.told_off(record)
    bodies = {
        change.user: facts.own_room(
            record.room,
            record.kind,
            "" if change.user in outsiders else record.title,
            peer(record, change.user),
            change,
            () if change.user in outsiders else off,
        )
        for change in changes
    }
    if first is None:
        own = proposal.actor.user
        return (entry(proposal, self_id(own), EntryKind.ROOM, bodies[own]),)
    return (first, *_copies(proposal, record.room, EntryKind.ROOM, bodies))


def aside(proposal: Proposal, room: RoomId, kind: EntryKind, body: bytes, *users: UserId) -> tuple[NewEntry, ...]:
    """Return what tells the actor, and `users`, in their self rooms of a command of which `room` has no entry."""
    own = entry(proposal, self_id(proposal.actor.user), kind, body)
    return (own, *_copies(proposal, room, kind, dict.fromkeys(users, body)))


def _copies(proposal: Proposal, room: RoomId, kind: EntryKind, bodies: Mapping[UserId, bytes]) -> tuple[NewEntry, ...]:
    """Return the entries of the self rooms of users that tell each of them of a command on `room`."""
    return tuple(
        [
            NewEntry(
                room=self_id(user),
                kind=kind,
                sender=proposal.actor.user,
                key=self_key(room, proposal.key, user),
                time=proposal.now,
                salt=derived_salt(proposal.salt, index),
                body=body,
            )
            for index, (user, body) in enumerate(bodies.items(), 1)
        ]
    )


def peer(record: RoomRecord, user: UserId) -> UserId | None:
    """Return the other user of a direct room; None for other kinds."""
    if record.kind is not RoomKind.DIRECT or record.pair is None:
        return None
    return record.pair[1] if record.pair[0] == user else record.pair[0]


def membership(
    record: RoomRecord, change: facts.Change, before: Membership | None, now: int, *, aside: bool = False
) -> Membership:
    """Return the membership that the item's first entry makes of `before` at the time `now`.

    Who becomes present sees from that entry on, who stops being present sees up to it; `aside`, where the room has no
    such entry, from the next one on, and up to the last. Where the settings say so, who comes in sees all. What was
    taken from them stays taken, so that nobody gets it back by leaving; but from an owner nobody could give it back.
    """
    was = before is not None and before.state in PRESENT
    floor: int | SeqOf | HeadPlus = before.floor if before else 1
    until: int | SeqOf | HeadPlus | None = before.until if before else 0
    since = before.since if before and before.state is change.state else now
    if change.state in PRESENT and not was:
        floor, until = HeadPlus(1) if aside else SeqOf(0), None
        if record.settings.history is Past.ALL:
            floor = 1
    elif change.state not in PRESENT and was:
        until = HeadPlus(0) if aside else SeqOf(0)
    return Membership(
        room=record.room,
        user=change.user,
        state=change.state,
        role=change.role,
        floor=floor,
        until=until,
        denied=before.denied if before and change.role is not Role.OWNER else (),
        since=since,
    )


def new_user_records(proposal: Proposal) -> tuple[UserRecord, ...]:
    return tuple(UserRecord(user=user, created=proposal.now) for user in proposal.new_users)


def joined(user: UserId, role: Role = Role.MEMBER) -> facts.Change:
    return facts.Change(user, MemberState.MEMBER, role)


def full(text: str) -> Refusal:
    return Refusal(RefusalCode.ROOM_FULL, text)
