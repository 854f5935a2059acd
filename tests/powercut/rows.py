"""All that a store holds, as rows: read from its database, and told by the reference backend."""

from __future__ import annotations

import json
import sqlite3
from hashlib import blake2b
from typing import Any

from chatd.chain import pack
from chatd.model import Attributes, Entry, MessageRecord, Relation, RoomRecord
from chatd.storage.agreed import denied_text, filter_text, invites_text, settings_text
from chatd.storage.held_rows import held_row
from chatd.storage.people_rows import attributes_row, profile_row, relation_row
from chatd.storage.polls_rows import poll_row, vote_row
from chatd.storage.tables import Tables

Rows = dict[str, list[tuple[Any, ...]]]
"""The rows of every table but `meta`, in order."""

_QUERIES = {
    "entries": """
        SELECT number, room, seq, g, kind, sender, key, command_hash, time, target, posts, salt, body_hash, hash, body,
            expires
        FROM entries ORDER BY number
    """,
    "rooms": """
        SELECT room, kind, title, pair_first, pair_second, members, owners, requests, pins, settings, invites,
            outgrown, filter, expired, ended, frozen, held, held_ever, erasing
        FROM rooms ORDER BY room
    """,
    "memberships": """
        SELECT room, user, state, role, floor, until, denied, banned_until, since FROM memberships ORDER BY room, user
    """,
    "read_marks": "SELECT room, user, seq, told FROM read_marks ORDER BY room, user",
    "conversations": """
        SELECT room, user, muted_until, archived, pinned, unread, draft, hidden FROM conversations ORDER BY room, user
    """,
    "hidden_entries": "SELECT room, user, seq FROM hidden_entries ORDER BY room, user, seq",
    "messages": "SELECT room, seq, edits, deleted, reactions FROM messages ORDER BY room, seq",
    "reactions": "SELECT room, seq, emoji, user FROM reactions WHERE given ORDER BY room, seq, emoji, user",
    "mentions": "SELECT room, user, seq, edit FROM mentions ORDER BY room, user, seq",
    "held": "SELECT room, number, user, key, time, reply, ttl_s, content FROM held ORDER BY room, number",
    "polls": "SELECT room, seq, multiple, closes, counts, voters, closed FROM polls ORDER BY room, seq",
    "votes": "SELECT room, seq, user, options FROM votes WHERE options > 0 ORDER BY room, seq, user",
    "presences": "SELECT user, shown FROM presences ORDER BY user",
    "last_seen": "SELECT user, time FROM last_seen ORDER BY user",
    "users": "SELECT user, created, closed, leaving, revoked_until FROM users ORDER BY user",
    "server": "SELECT level FROM server",
    "attributes": "SELECT user, attributes FROM attributes ORDER BY user",
    "relations": "SELECT user, kind, other, since FROM relations ORDER BY user, kind, other",
    "reports": """
        SELECT report, reporter, time, room, seq, user, reason, text, resolved, resolver FROM reports ORDER BY report
    """,
    "evidence": "SELECT report, seq, hash, before FROM evidence ORDER BY report, seq",
    "profiles": "SELECT user, name, handle, skeleton, avatar, version FROM profiles ORDER BY user",
    "tokens": "SELECT hash, user, created, expires, revoked FROM tokens ORDER BY hash",
}


def rows_on_disk(connection: sqlite3.Connection) -> Rows:
    """Read every row. Raises sqlite3.Error."""
    return {table: connection.execute(query).fetchall() for table, query in _QUERIES.items()}


def rows_in_memory(tables: Tables) -> Rows:
    """Return what the database must hold where the reference backend holds `tables`."""
    rooms, members, tokens = tables.rooms, tables.memberships, tables.tokens
    known = sorted(tables.people.items())
    return {
        "entries": [_entry(tables, number, entry) for number, entry in enumerate(tables.entries.values(), 1)],
        "rooms": [
            (r.room, r.kind.value, r.title, *(r.pair or (None, None)), r.members, r.owners, r.requests, *_agreed(r))
            for _, r in sorted(rooms.items())
        ],
        "memberships": [
            (
                *(m.room, m.user, m.state.value, m.role.value),
                *(m.floor, m.until, denied_text(m.denied), m.banned_until, m.since),
            )
            for _, m in sorted(members.items())
        ],
        "read_marks": [(*name, seq, tables.told[name]) for name, seq in sorted(tables.read.items())],
        "conversations": [
            (*name, c.muted_until, int(c.archived), c.pinned, c.unread, c.draft, c.hidden)
            for name, c in sorted(tables.conversations.items())
        ],
        "hidden_entries": sorted(tables.hidden),
        "messages": [(*name, m.edits, int(m.deleted), _tallies(m)) for name, m in sorted(tables.messages.items())],
        "reactions": [name for name, reaction in sorted(tables.reactions.items()) if reaction.on],
        "mentions": [(*name, edit) for name, edit in sorted(tables.mentions.items()) if edit is not None],
        "held": [held_row(record) for _, record in sorted(tables.held.items())],
        "polls": [poll_row(poll) for _, poll in sorted(tables.polls.items()) if poll],
        "votes": [vote_row(vote) for _, vote in sorted(tables.votes.items()) if vote.options],
        "presences": [(user, each.shown.value) for user, each in sorted(tables.presences.items())],
        "last_seen": sorted(tables.last_seen.items()),
        "users": [
            (u.user, u.created, u.closed, int(u.leaving), u.revoked_until) for _, u in sorted(tables.users.items())
        ],
        "server": [(record.level.value,) for record in tables.server.values()],
        "attributes": [attributes_row(each) for _, each in known if isinstance(each, Attributes)],
        "relations": [relation_row(each) for _, each in known if isinstance(each, Relation)],
        "reports": [
            (*(r.report, r.reporter, r.time, r.room, r.seq, r.user), *(r.reason, r.text, r.resolved, r.resolver))
            for _, r in sorted(tables.reports.items())
        ],
        "evidence": [
            (name, proof.entry.seq, proof.entry.hash, proof.before)
            for name, r in sorted(tables.reports.items())
            for proof in r.evidence
        ],
        "profiles": [profile_row(each) for _, each in sorted(tables.profiles.items())],
        "tokens": [(t.hash, t.user, t.created, t.expires, int(t.revoked)) for _, t in sorted(tokens.items())],
    }


def _tallies(message: MessageRecord) -> str:
    return json.dumps([(tally.emoji, tally.count, tally.first) for tally in message.reactions])


def _agreed(record: RoomRecord) -> tuple[Any, ...]:
    agreed = (json.dumps(record.pins), settings_text(record.settings), invites_text(record.invites))
    live = (record.expired, record.ended.value if record.ended else None)
    held = (record.held, record.held_ever, record.erasing)
    return (*agreed, json.dumps(record.outgrown), filter_text(record.filter), *live, int(record.frozen), *held)


def _entry(tables: Tables, number: int, entry: Entry) -> tuple[Any, ...]:
    command_hash = tables.keys[entry.key, entry.sender, entry.room].command_hash
    return (
        *(number, entry.room, entry.seq, entry.g, entry.kind.value, entry.sender, entry.key, command_hash),
        *(entry.time, entry.target, entry.posts, entry.salt, entry.body_hash, entry.hash, entry.body),
        entry.expires,
    )


def fingerprint(rows: Rows) -> bytes:
    """Return what two stores have in common only when every row of theirs is equal, type and all."""
    return blake2b(pack(rows), digest_size=16).digest()
