"""How what holds in a group stands in its row and in those of its members, and what slow mode must know of entries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from chatd import features
from chatd.model import EntryKind, Filter, FilterAction, Links, Role, RoomId, UserId
from chatd.rights import USUAL, Denial, Invite, JoinBy, Level, Past, Permission, Settings

SLOW_ENTRIES_MAX = 10_000
"""So many of the newest entries are gone through for a user's last post: one that lies beyond them counts no more."""

NOTHING = "[]"
"""What stands for no denials, and for no invites."""
USUAL_TEXT = ""
NO_FILTER_TEXT = ""

_NEWEST = "SELECT time, sender, kind FROM entries WHERE room = ? ORDER BY seq DESC LIMIT ?"


def settings_text(settings: Settings) -> str:
    """Return `settings` as JSON, empty where they are the usual ones."""
    if settings == USUAL:
        return USUAL_TEXT
    told = [settings.defaults, settings.slow_mode_s, settings.slow_since, settings.join_by]
    gates = {"member_s": settings.member_s, "account_s": settings.account_s, "level": settings.level}
    rare: dict[str, object] = {name: value for name, value in gates.items() if value}
    if settings.off:
        rare["off"] = settings.off
    if settings.history is not USUAL.history:
        rare["history"] = settings.history
    if settings.requires:
        rare["requires"] = settings.requires
    if settings.ttl_s:
        rare["ttl_s"] = settings.ttl_s
    if settings.keep:
        rare["keep"] = settings.keep
    return json.dumps([*told, rare] if rare else told)


def settings_of(text: str) -> Settings:
    """Return what `settings_text` was given. One that was written before there were gates has none."""
    if text == USUAL_TEXT:
        return USUAL
    defaults, slow_mode_s, slow_since, join_by, *rest = json.loads(text)
    rare: dict[str, Any] = rest[0] if rest else {}
    return Settings(
        defaults=tuple([Permission(each) for each in defaults]),
        slow_mode_s=slow_mode_s,
        slow_since=slow_since,
        join_by=JoinBy(join_by),
        off=features.known(rare.get("off", ())),
        history=Past(rare.get("history", USUAL.history)),
        member_s=rare.get("member_s", 0),
        account_s=rare.get("account_s", 0),
        level=Level(rare.get("level", 0)),
        requires=tuple([(name, tuple(values)) for name, values in rare.get("requires", ())]),
        ttl_s=rare.get("ttl_s", 0),
        keep=rare.get("keep", 0),
    )


def filter_text(given: Filter | None) -> str:
    """Return a room's filter as JSON, empty where there is none."""
    return json.dumps([given.words, given.links, given.hosts, given.exempt, given.action]) if given else NO_FILTER_TEXT


def filter_of(text: str) -> Filter | None:
    """Return what `filter_text` was given."""
    if text == NO_FILTER_TEXT:
        return None
    words, links, hosts, exempt, *newer = json.loads(text)
    action = FilterAction(newer[0]) if newer else FilterAction.REFUSE  # one from before posts were held
    return Filter(words=tuple(words), links=Links(links), hosts=tuple(hosts), exempt=Role(exempt), action=action)


def invites_text(invites: Sequence[Invite]) -> str:
    """Return `invites` as JSON, hashes in hex."""
    return json.dumps([[each.hash.hex(), each.creator, each.expires, each.uses] for each in invites])


def invites_of(text: str) -> tuple[Invite, ...]:
    """Return what `invites_text` was given."""
    if text == NOTHING:
        return ()
    rows = json.loads(text)
    return tuple([Invite(hash=bytes.fromhex(row[0]), creator=row[1], expires=row[2], uses=row[3]) for row in rows])


def denied_text(denied: Sequence[Denial]) -> str:
    """Return `denied` as JSON."""
    return json.dumps([[each.permission, each.until] for each in denied])


def denied_of(text: str) -> tuple[Denial, ...]:
    """Return what `denied_text` was given."""
    if text == NOTHING:
        return ()
    return tuple([Denial(Permission(permission), until) for permission, until in json.loads(text)])


def last_post(connection: sqlite3.Connection, room: RoomId, user: UserId, text: str) -> int:
    """Return the time of the last post of `user` which slow mode, by the settings in `text`, may still hold against
    them; 0 where there is none.

    Goes back from the head to the first entry that is too old: in slow mode there is at most one post of each member
    behind it, and what moderators wrote.
    """
    settings = settings_of(text)
    if not settings.slow_mode_s:
        return 0
    first = settings.slow_since
    with closing(connection.execute(_NEWEST, (room, SLOW_ENTRIES_MAX))) as rows:
        for number, (time, sender, kind) in enumerate(rows):
            if number == 0:
                first = max(first, time - settings.slow_mode_s * 1000 + 1)
            if time < first:
                break
            if sender == user and kind == EntryKind.POST:
                return int(time)
    return 0
