"""The bodies of entries that are not posts: one msgpack map for each kind, built here and nowhere else.

The server builds them from what it decided and never reads one back; clients read them as plain maps, whose
keys protocol.md section 9 lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatd.chain import pack
from chatd.frozen import frozen
from chatd.model import Conversation, Filter, HeldRecord, Key, MemberState, Role, RoomId, RoomKind, Shown, UserId
from chatd.rights import Archive, Denial, Feature, Invite, Settings


@frozen
class Change:
    """One user's new standing in a room."""

    user: UserId
    state: MemberState
    role: Role


def _changes(changes: Sequence[Change]) -> list[list[str]]:
    return [[change.user, change.state.value, change.role.value] for change in changes]


def created(kind: RoomKind, title: str, members: Sequence[Change]) -> bytes:
    """Return the body of a `create` entry: {kind, title, members: [[user, state, role], ...]}."""
    return pack({"kind": kind.value, "title": title, "members": _changes(members)})


def changed(
    changes: Sequence[Change], *, reason: str = "", until: int | None = None, room: RoomId | None = None
) -> bytes:
    """Return the body of a `members` entry: {room?, changes: [[user, state, role], ...], reason?, until?}."""
    return pack({**_elsewhere(room), "changes": _changes(changes), **_why(reason, until)})


def _elsewhere(room: RoomId | None) -> dict[str, Any]:
    """Of an entry that stands in a self room: which room it tells of."""
    return {} if room is None else {"room": room}


def _why(reason: str, until: int | None) -> dict[str, Any]:
    given = {"reason": reason or None, "until": until}
    return {name: value for name, value in given.items() if value is not None}


def titled(title: str) -> bytes:
    """Return the body of a `title` entry: {title}."""
    return pack({"title": title})


def reacted(emoji: str, count: int, *, on: bool) -> bytes:
    """Return the body of a `react` entry: {emoji, on, count}."""
    return pack({"emoji": emoji, "on": on, "count": count})


def reacted_in(room: RoomId, seq: int, emoji: str, *, on: bool) -> bytes:
    """Return the body of a `react` entry in a self room: {room, seq, emoji, on}."""
    return pack({"room": room, "seq": seq, "emoji": emoji, "on": on})


def pinned(*, on: bool) -> bytes:
    """Return the body of a `pin` entry: {on}."""
    return pack({"on": on})


def voted(options: Sequence[int], counts: Sequence[int], voters: int) -> bytes:
    """Return the body of a `vote` entry: {options, counts, voters}."""
    return pack({"options": options, "counts": counts, "voters": voters})


def voted_in(room: RoomId, seq: int, options: Sequence[int]) -> bytes:
    """Return the body of a `vote` entry in a self room: {room, seq, options}."""
    return pack({"room": room, "seq": seq, "options": options})


def closed(counts: Sequence[int], voters: int) -> bytes:
    """Return the body of a `close` entry: {counts, voters}."""
    return pack({"counts": counts, "voters": voters})


def deleted() -> bytes:
    """Return the body of a `delete` entry: {}. Its sender says who, and its target what."""
    return pack({})


def hidden(room: RoomId, seq: int) -> bytes:
    """Return the body of a `hide` entry in a self room: {room, seq}."""
    return pack({"room": room, "seq": seq})


def conversation(kept: Conversation) -> bytes:
    """Return the body of a `conversation` entry in a self room: {room, muted_until, archived, pinned, unread?}."""
    told: dict[str, Any] = {
        "room": kept.room,
        "muted_until": kept.muted_until,
        "archived": kept.archived,
        "pinned": kept.pinned,
    }
    if kept.unread is not None:
        told["unread"] = kept.unread
    return pack(told)


def draft(room: RoomId, content: bytes | None) -> bytes:
    """Return the body of a `draft` entry in a self room: {room, content?}. Without a content there is no draft."""
    return pack({"room": room, "content": content} if content else {"room": room})


def shown(to: Shown) -> bytes:
    """Return the body of a `presence` entry in a self room: {shown}."""
    return pack({"shown": to.value})


def blocked(user: UserId, *, on: bool) -> bytes:
    """Return the body of a `block` entry in a self room: {user, on}."""
    return pack({"user": user, "on": on})


def profile(name: str, handle: str, avatar: str, version: int) -> bytes:
    """Return the body of a `profile` entry in a self room: {name, handle, avatar, version}, all of it."""
    return pack({"name": name, "handle": handle, "avatar": avatar, "version": version})


def reported(report: bytes, room: RoomId | None, seq: int | None, user: UserId | None, reason: str) -> bytes:
    """Return the body of a `report` entry in a self room: {report, reason, room?, seq?, user?}."""
    about = {"room": room, "seq": seq, "user": user}
    return pack(
        {"report": report, "reason": reason, **{name: each for name, each in about.items() if each is not None}}
    )


def agreed(settings: Settings) -> bytes:
    """Return the body of a `settings` entry: {defaults: [permission, ...], slow_mode_s, join_by, history, member_s,
    account_s, level, off?: [feature, ...], ttl_s?, keep?, requires?: {attribute: [value, ...]}}, all of them."""
    told: dict[str, Any] = {
        "defaults": [permission.value for permission in settings.defaults],
        "slow_mode_s": settings.slow_mode_s,
        "join_by": settings.join_by.value,
        "history": settings.history.value,
        "member_s": settings.member_s,
        "account_s": settings.account_s,
        "level": settings.level.value,
    }
    if settings.off:
        told["off"] = _words(settings.off)
    if settings.requires:
        told["requires"] = dict(settings.requires)
    if settings.ttl_s:
        told["ttl_s"] = settings.ttl_s
    if settings.keep:
        told["keep"] = settings.keep
    return pack(told)


def ended(archive: Archive) -> bytes:
    """Return the body of an `end` entry: {archive}."""
    return pack({"archive": archive.value})


def features(off: Sequence[Feature]) -> bytes:
    """Return the body of a `features` entry: {off: [feature, ...]}, all that is off from now on."""
    return pack({"off": _words(off)})


def _words(off: Sequence[Feature]) -> list[str]:
    return [feature.value for feature in off]


def filtered(given: Filter) -> bytes:
    """Return the body of a `filter` entry: {words, links, hosts: [host, ...], exempt, action}.

    Of the words it tells how many there are: who is not to say them need not read them.
    """
    told: dict[str, Any] = {
        "words": len(given.words),
        "links": given.links.value,
        "hosts": list(given.hosts),
        "exempt": given.exempt.value,
        "action": given.action.value,
    }
    return pack(told)


def held(room: RoomId, number: int) -> bytes:
    """Return the body of a `held` entry in a self room: {room, number}."""
    return pack({"room": room, "number": number})


def reviewed(held: HeldRecord, reason: str, *, approved: bool) -> bytes:
    """Return the body of a `review` entry in a self room: {room, number, user, approved, reason?}."""
    told = {"room": held.room, "number": held.number, "user": held.user, "approved": approved}
    return pack({**told, **_why(reason, None)})


def restricted(user: UserId, denied: Sequence[Denial], reason: str, room: RoomId | None = None) -> bytes:
    """Return the body of a `restrict` entry: {room?, user, denied: {permission: until}, reason?}, an until of 0 for
    none."""
    taken = {each.permission.value: each.until or 0 for each in denied}
    return pack({**_elsewhere(room), "user": user, "denied": taken, **_why(reason, None)})


def invited(invite: Invite, *, revoked: bool, room: RoomId | None = None) -> bytes:
    """Return the body of an `invite` entry: {room?, hash, revoked, uses?, expires?}."""
    given = {"room": room, "hash": invite.hash, "revoked": revoked, "uses": invite.uses, "expires": invite.expires}
    return pack({name: value for name, value in given.items() if value is not None})


def froze(*, on: bool, reason: str) -> bytes:
    """Return the body of a `freeze` entry: {on, reason?}."""
    return pack({"on": on, **_why(reason, None)})


def audited(credential: str, command: str, key: Key, **about: RoomId | str | int | tuple[UserId, ...] | None) -> bytes:
    """Return the body of an `audit` entry: {by, command, key, room?, seq?, user?, others?, token?, level?, endpoint?,
    reason?}, in this order.

    What of `about` is empty or None is left out.
    """
    order = ("room", "seq", "user", "others", "token", "level", "endpoint", "reason")
    told = {name: about[name] for name in order if about.get(name) not in (None, "", b"", ())}
    return pack({"by": credential, "command": command, "key": key, **told})


def own_room(
    room: RoomId, kind: RoomKind, title: str, peer: UserId | None, own: Change, off: Sequence[Feature] = ()
) -> bytes:
    """Return the body of a `room` entry in a self room: {room, kind, title, state, role, peer?, off?}."""
    facts: dict[str, Any] = {
        "room": room,
        "kind": kind.value,
        "title": title,
        "state": own.state.value,
        "role": own.role.value,
    }
    if peer is not None:
        facts["peer"] = peer
    if off:
        facts["off"] = _words(off)
    return pack(facts)
