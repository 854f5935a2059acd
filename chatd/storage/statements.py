"""The statements that `chatd.storage.reading` asks."""

from __future__ import annotations

ENTRY = (
    "SELECT room, seq, g, kind, sender, key, time, target, posts, salt, body, body_hash, hash, expires FROM entries "
)
ASCENDING = ENTRY + "WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
DESCENDING = ENTRY + "WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT ?"

ROOM = """
    SELECT room, kind, title, pair_first, pair_second, members, owners, pins, requests, settings, invites,
        outgrown, filter, expired, ended, frozen, held, held_ever, erasing
    FROM rooms WHERE room = ?
"""
HEAD = "SELECT seq, time, posts, hash FROM entries WHERE room = ? ORDER BY seq DESC LIMIT 1"
HASH = "SELECT hash FROM entries WHERE room = ? AND seq = ?"
UNREAD = """
    SELECT coalesce((SELECT posts FROM entries WHERE room = :room ORDER BY seq DESC LIMIT 1), 0)
        - coalesce((SELECT posts FROM entries WHERE room = :room AND seq <= :seq ORDER BY seq DESC LIMIT 1), 0)
        - (SELECT count(*) FROM (
            SELECT 1 FROM entries WHERE room = :room AND seq > :seq AND body IS NULL AND kind = 'post' LIMIT :most
        ))
"""
MESSAGE = """
    SELECT kind, sender, time, coalesce(edits, 0), coalesce(deleted, 0), coalesce(reactions, '[]')
    FROM entries LEFT JOIN messages USING (room, seq) WHERE room = ? AND seq = ?
"""
REACTION = "SELECT given FROM reactions WHERE room = ? AND seq = ? AND emoji = ? AND user = ?"
REACTIONS = """
    SELECT room, seq, emoji, user, given FROM reactions
    WHERE room = ? AND seq = ? AND (emoji, user) > (?, ?) AND given ORDER BY emoji, user LIMIT ?
"""
EDIT = ENTRY + "INDEXED BY entries_edits WHERE room = ? AND target = ? AND kind = 'edit' "
EDITS = EDIT + "AND seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"
CHANGES = "SELECT room, seq, edits, deleted, reactions FROM messages WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY 2"
NEWEST_EDIT = EDIT + "ORDER BY seq DESC LIMIT 1"
MEMBERSHIP = """
    SELECT room, user, state, role, floor, until, denied, banned_until, since, coalesce(seq, 0), coalesce(told, 0),
        CASE WHEN rooms.kind = 'direct' THEN EXISTS (
            SELECT 1 FROM relations AS each WHERE each.user = memberships.user AND each.kind = 'block'
            AND each.since > 0
            AND each.other = CASE pair_first WHEN memberships.user THEN pair_second ELSE pair_first END
        ) ELSE 0 END, settings
    FROM memberships JOIN rooms USING (room) LEFT JOIN read_marks USING (room, user) WHERE room = ? AND user = ?
"""
MEMBERS = """
    SELECT room, user, state, role, floor, until, denied, banned_until, since FROM memberships
    WHERE room = ? AND user > ? AND state <> 'left' ORDER BY user LIMIT ?
"""
STAFF = """
    SELECT room, user, state, role, floor, until, denied, banned_until, since
    FROM memberships INDEXED BY memberships_staff
    WHERE room = ? AND user > ? AND role <> 'member' AND state <> 'left' ORDER BY user LIMIT ?
"""
KEY = """
    SELECT room, seq, time, salt, command_hash FROM entries
    WHERE key = ? AND sender = ? AND room = ?
"""
USER = "SELECT user, created, closed, leaving, revoked_until FROM users WHERE user = ?"
TOKEN = "SELECT hash, user, created, expires, revoked FROM tokens "
TOKEN_BETWEEN = TOKEN + "WHERE hash BETWEEN ? AND ? ORDER BY hash LIMIT 1"
TOKENS = TOKEN + "WHERE hash > ? ORDER BY hash LIMIT ?"

# The inner part sorts a user's rooms without their bodies, the outer one looks up the rest for one page of them.
ROOMS = """
    WITH page AS (
        SELECT memberships.room AS room, heads.seq AS seq, coalesce(heads.time, 0) AS time
        FROM memberships CROSS JOIN rooms USING (room)
        LEFT JOIN entries AS heads ON heads.room = memberships.room
            AND heads.seq = (SELECT max(seq) FROM entries WHERE room = memberships.room)
        WHERE memberships.user = :user AND state IN ('member', 'restricted', 'invited') AND rooms.kind <> 'self'
            AND (:time IS NULL OR (coalesce(heads.time, 0), memberships.room) < (:time, :room))
        ORDER BY 3 DESC, 1 DESC LIMIT :limit
    )
    SELECT rooms.room, rooms.kind, title, pair_first, pair_second, members, owners, pins, requests, settings, invites,
        outgrown, filter, expired, ended, frozen, held, held_ever, erasing,
        page.room, memberships.user, state, role, floor, until, denied, banned_until, since,
        coalesce(read_marks.seq, 0), coalesce((
            SELECT posts FROM entries WHERE room = page.room
            AND seq <= max(coalesce(read_marks.seq, 0), floor - 1, expired) ORDER BY seq DESC LIMIT 1
        ), 0) + (SELECT count(*) FROM (
            SELECT 1 FROM entries WHERE room = page.room AND seq > max(coalesce(read_marks.seq, 0), floor - 1, expired)
            AND body IS NULL AND kind = 'post' LIMIT :most
        )),
        last.room, last.seq, g, last.kind, sender, key, last.time, target, posts, salt, body, body_hash, hash,
        last.expires
    FROM page CROSS JOIN rooms ON rooms.room = page.room
    CROSS JOIN memberships ON memberships.room = page.room AND memberships.user = :user
    LEFT JOIN read_marks ON read_marks.room = page.room AND read_marks.user = :user
    LEFT JOIN entries AS last ON last.room = page.room AND last.seq = page.seq
    ORDER BY page.time DESC, page.room DESC
"""
COUNT_ROOMS = """
    SELECT count(*) FROM memberships CROSS JOIN rooms USING (room)
    WHERE user = ? AND state IN ('member', 'restricted', 'invited', 'requested') AND kind <> 'self'
"""
