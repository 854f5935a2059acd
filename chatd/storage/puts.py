"""The statement and the row with which each record is put."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from chatd.model import (
    Attributes,
    Conversation,
    Erasure,
    Expiry,
    HeldGone,
    HeldRecord,
    HiddenRecord,
    LetterRecord,
    LettersChange,
    Membership,
    MentionsRecord,
    MessageRecord,
    PollRecord,
    PresenceRecord,
    Profile,
    ReactionRecord,
    ReadMark,
    Record,
    Relation,
    RelayRecord,
    ReportRecord,
    Resolution,
    RoomRecord,
    SeenRecord,
    ServerRecord,
    TokenRecord,
    UserRecord,
    VoteRecord,
)
from chatd.storage.agreed import denied_text, filter_text, invites_text, settings_text
from chatd.storage.held_rows import FORGET_HELD, PUT_HELD, gone_row, held_row
from chatd.storage.mentions import FORGET_MENTIONS, FORGET_OLDER, MENTIONS_EXPIRE, PUT_MENTION, mention_rows
from chatd.storage.people_rows import (
    PUT_ATTRIBUTES,
    PUT_PROFILE,
    PUT_RELATION,
    attributes_row,
    profile_row,
    relation_row,
)
from chatd.storage.personal_rows import PUT_CONVERSATION, PUT_HIDDEN, Row, conversation_row, hidden_row
from chatd.storage.polls_rows import (
    FORGET_POLL,
    FORGET_VOTES,
    POLLS_EXPIRE,
    PUT_POLL,
    PUT_VOTE,
    VOTES_EXPIRE,
    poll_row,
    vote_row,
)
from chatd.storage.presences_rows import PUT_PRESENCE, PUT_SEEN, presence_row, seen_row
from chatd.storage.relays_rows import (
    FORGET_LETTERS,
    LETTERS_AGAIN,
    PUT_LETTER,
    PUT_RELAY,
    change_row,
    letter_row,
    relay_row,
)
from chatd.storage.report_rows import report_puts
from chatd.storage.servers import PUT_SERVER, server_row

_PUT_ROOM = """
    INSERT INTO rooms
    (room, kind, title, pair_first, pair_second, members, owners, pins, requests, settings, invites, outgrown, filter,
    expired, ended, frozen, held, held_ever, erasing)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET kind = excluded.kind, title = excluded.title, pair_first = excluded.pair_first,
    pair_second = excluded.pair_second, members = excluded.members, owners = excluded.owners, pins = excluded.pins,
    requests = excluded.requests, settings = excluded.settings, invites = excluded.invites,
    outgrown = excluded.outgrown, filter = excluded.filter, expired = excluded.expired, ended = excluded.ended,
    frozen = excluded.frozen, held = excluded.held, held_ever = excluded.held_ever, erasing = excluded.erasing
"""

_PUT_MEMBERSHIP = """
    INSERT INTO memberships (room, user, state, role, floor, until, denied, banned_until, since)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET state = excluded.state, role = excluded.role, floor = excluded.floor,
    until = excluded.until, denied = excluded.denied, banned_until = excluded.banned_until, since = excluded.since
"""

_PUT_MESSAGE = """
    INSERT INTO messages (room, seq, edits, deleted, reactions) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET edits = excluded.edits, deleted = excluded.deleted, reactions = excluded.reactions
"""

_PUT_REACTION = """
    INSERT INTO reactions (room, seq, emoji, user, given) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET given = excluded.given
"""

_ERASE = "UPDATE entries SET salt = NULL, body = NULL WHERE room = ? AND seq = ?"
_ERASE_EDITS = """
    UPDATE entries INDEXED BY entries_edits SET salt = NULL, body = NULL WHERE room = ? AND target = ? AND kind = 'edit'
"""
_EXPIRE = """
    UPDATE entries SET salt = NULL, body = NULL WHERE room = ? AND seq BETWEEN ? AND ? AND kind IN ('post', 'edit')
    AND iif(kind = 'edit', target, seq) NOT IN (SELECT value FROM json_each(?))
"""
_EXPIRE_EDITS = """
    UPDATE entries INDEXED BY entries_edits SET salt = NULL, body = NULL
    WHERE room = ? AND target BETWEEN ? AND ? AND kind = 'edit' AND target NOT IN (SELECT value FROM json_each(?))
    AND body IS NOT NULL
"""
_FORGET_REACTIONS = "DELETE FROM reactions WHERE room = ? AND seq = ?"
_REACTIONS_EXPIRE = """
    DELETE FROM reactions WHERE room = ? AND seq BETWEEN ? AND ? AND seq NOT IN (SELECT value FROM json_each(?))
"""

_PUT_READ_MARK = """
    INSERT INTO read_marks (room, user, seq, told) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq), told = max(told, excluded.told)
    WHERE excluded.seq > seq OR excluded.told > told
"""

_PUT_USER = """
    INSERT INTO users (user, created, closed, leaving, revoked_until) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET created = excluded.created,
    leaving = CASE WHEN excluded.closed IS NULL THEN leaving ELSE excluded.leaving END,
    closed = coalesce(closed, excluded.closed),
    revoked_until = max(revoked_until, excluded.revoked_until)
"""

_PUT_TOKEN = """
    INSERT INTO tokens (hash, user, created, expires, revoked) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET user = excluded.user, created = excluded.created, expires = excluded.expires,
    revoked = excluded.revoked
"""


def _room_row(record: RoomRecord) -> Row:
    first, second = record.pair or (None, None)
    name = (record.room, record.kind.value, record.title, first, second)
    agreed = (settings_text(record.settings), invites_text(record.invites), json.dumps(record.outgrown))
    counts = (record.members, record.owners, json.dumps(record.pins), record.requests)
    live = (record.expired, record.ended.value if record.ended else None)
    held = (record.held, record.held_ever, record.erasing)
    return (*name, *counts, *agreed, filter_text(record.filter), *live, int(record.frozen), *held)


def _membership_row(record: Membership) -> Row:
    standing = (record.state.value, record.role.value, record.floor, record.until)
    return (record.room, record.user, *standing, denied_text(record.denied), record.banned_until, record.since)


def _message_row(record: MessageRecord) -> Row:
    reactions = json.dumps([(tally.emoji, tally.count, tally.first) for tally in record.reactions])
    return (record.room, record.seq, record.edits, int(record.deleted), reactions)


def _reaction_row(record: ReactionRecord) -> Row:
    return (record.room, record.seq, record.emoji, record.user, int(record.on))


def _read_mark_row(record: ReadMark) -> Row:
    return (record.room, record.user, record.seq, record.told)


def _user_row(record: UserRecord) -> Row:
    return (record.user, record.created, record.closed, int(record.leaving), record.revoked_until)


def _token_row(record: TokenRecord) -> Row:
    return (record.hash, record.user, record.created, record.expires, int(record.revoked))


_PUTS: dict[type[Record], tuple[str, Callable[[Any], Row]]] = {
    RoomRecord: (_PUT_ROOM, _room_row),
    Membership: (_PUT_MEMBERSHIP, _membership_row),
    MessageRecord: (_PUT_MESSAGE, _message_row),
    ReactionRecord: (_PUT_REACTION, _reaction_row),
    PollRecord: (PUT_POLL, poll_row),
    VoteRecord: (PUT_VOTE, vote_row),
    PresenceRecord: (PUT_PRESENCE, presence_row),
    SeenRecord: (PUT_SEEN, seen_row),
    ReadMark: (_PUT_READ_MARK, _read_mark_row),
    Conversation: (PUT_CONVERSATION, conversation_row),
    HiddenRecord: (PUT_HIDDEN, hidden_row),
    UserRecord: (_PUT_USER, _user_row),
    TokenRecord: (_PUT_TOKEN, _token_row),
    RelayRecord: (PUT_RELAY, relay_row),
    LetterRecord: (PUT_LETTER, letter_row),
    HeldRecord: (PUT_HELD, held_row),
    HeldGone: (FORGET_HELD, gone_row),
    ServerRecord: (PUT_SERVER, server_row),
    Attributes: (PUT_ATTRIBUTES, attributes_row),
    Relation: (PUT_RELATION, relation_row),
    Profile: (PUT_PROFILE, profile_row),
}


_ENDS = (Erasure, Expiry, Resolution, LettersChange, HeldGone)
"""What erases, or changes many."""


def puts(records: Sequence[Record]) -> dict[str, list[Row]]:
    """Return the rows of each statement that puts `records`, in their order; what erases or changes comes last."""
    puts: dict[str, list[Row]] = {}
    for record in sorted(records, key=lambda each: isinstance(each, _ENDS)):
        for statement, row in _statements(record):
            puts.setdefault(statement, []).append(row)
    for record in records:
        if isinstance(record, MentionsRecord):
            puts.setdefault(FORGET_OLDER, []).append((record.room, record.seq, record.edit))
    return puts


def _statements(record: Record) -> list[tuple[str, Row]]:
    if isinstance(record, ReportRecord | Resolution):
        return report_puts(record)
    if isinstance(record, Erasure):
        edits = (_ERASE_EDITS,) if record.edited else ()
        statements = (_ERASE, *edits, _FORGET_REACTIONS, FORGET_MENTIONS, FORGET_POLL, FORGET_VOTES)
        return [(statement, (record.room, record.seq)) for statement in statements]
    if isinstance(record, LettersChange):
        return [(LETTERS_AGAIN if record.again else FORGET_LETTERS, change_row(record))]
    if isinstance(record, Expiry):
        expired = (record.room, record.first, record.last, json.dumps(record.spared))
        statements = (_EXPIRE, _EXPIRE_EDITS, _REACTIONS_EXPIRE, MENTIONS_EXPIRE, POLLS_EXPIRE, VOTES_EXPIRE)
        return [(statement, expired) for statement in statements]
    if isinstance(record, MentionsRecord):
        return [(PUT_MENTION, row) for row in mention_rows(record)]
    statement, row = _PUTS[type(record)]
    return [(statement, row(record))]
