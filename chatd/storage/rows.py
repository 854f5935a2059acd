"""What each row that was read means."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from chatd import chain, features
from chatd.model import (
    PRESENT,
    Entry,
    EntryKind,
    Head,
    Membership,
    MemberState,
    MessageRecord,
    Role,
    RoomId,
    RoomKind,
    RoomRecord,
    Tally,
    TokenRecord,
    UserRecord,
)
from chatd.rights import Archive
from chatd.storage.agreed import NOTHING, denied_of, filter_of, invites_of, settings_of
from chatd.storage.personal import RoomRow

NO_PINS = "[]"


def entry_of(row: Sequence[Any]) -> Entry:
    """Return the entry of a row whose columns stand as `reading` names them."""
    return Entry(
        room=row[0],
        seq=row[1],
        g=row[2],
        kind=EntryKind(row[3]),
        sender=row[4],
        key=row[5],
        time=row[6],
        target=row[7],
        posts=row[8],
        salt=row[9],
        body=row[10],
        body_hash=row[11],
        hash=row[12],
        expires=row[13],
    )


def record_of(row: Sequence[Any]) -> RoomRecord:
    """Return what a row of `rooms` says."""
    room, kind, title, first, second, members, owners, pins, requests, settings, invites, outgrown, *rest = row
    filtered, expired, ended, frozen, held, held_ever, erasing = rest
    return RoomRecord(
        room=room,
        kind=RoomKind(kind),
        title=title,
        pair=None if first is None else (first, second),
        members=members,
        owners=owners,
        pins=tuple(json.loads(pins)) if pins != NO_PINS else (),
        requests=requests,
        settings=settings_of(settings),
        invites=invites_of(invites),
        outgrown=features.known(json.loads(outgrown)) if outgrown != NOTHING else (),
        filter=filter_of(filtered),
        expired=expired,
        ended=Archive(ended) if ended else None,
        frozen=bool(frozen),
        held=held,
        held_ever=held_ever,
        erasing=erasing,
    )


def message_of(room: RoomId, seq: int, edits: int, deleted: int, reactions: str) -> MessageRecord:
    tallies = tuple([Tally(emoji, count, tuple(first)) for emoji, count, first in json.loads(reactions)])
    return MessageRecord(room=room, seq=seq, edits=edits, deleted=bool(deleted), reactions=tallies)


def membership_of(row: Sequence[Any]) -> Membership:
    """Return what a row of `memberships` says."""
    room, user, state, role, floor, until, denied, banned_until, since = row
    return Membership(
        room=room,
        user=user,
        state=MemberState(state),
        role=Role(role),
        floor=floor,
        until=until,
        denied=denied_of(denied),
        banned_until=banned_until,
        since=since,
    )


def user_of(row: Sequence[Any]) -> UserRecord:
    """Return what a row of `users` says."""
    user, created, closed, leaving, revoked = row
    return UserRecord(user=user, created=created, closed=closed, leaving=bool(leaving), revoked_until=revoked)


def token_of(row: Sequence[Any]) -> TokenRecord:
    hashed, user, created, expires, revoked = row
    return TokenRecord(hash=hashed, user=user, created=created, expires=expires, revoked=bool(revoked))


def room_row(row: Sequence[Any]) -> RoomRow:
    """Return one of a user's conversations: its record, the membership, how far it was read, what of it does not
    count as unread, and the entry at its head."""
    record, membership, read, not_unread = record_of(row[:19]), membership_of(row[19:28]), row[28], row[29]
    last = None if row[30] is None else entry_of(row[30:])
    head = empty_head(record.room) if last is None else Head(last.seq, last.time, last.posts, last.hash)
    present = membership.state in PRESENT
    reached = isinstance(membership.floor, int) and membership.floor <= head.seq
    return RoomRow(
        record=record,
        membership=membership,
        read=read,
        head=head,
        last=last if present and reached else None,
        unread=head.posts - not_unread if present else 0,
    )


def empty_head(room: RoomId) -> Head:
    """Return the head of a room without entries."""
    return Head(0, 0, 0, chain.origin(room))
