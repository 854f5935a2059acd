"""What `chatd check` finds: whether the data on disk is what the promises say it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import define, field

from chatd import chain
from chatd.frozen import frozen
from chatd.storage.base import StoreRefused
from chatd.storage.files import MODE, WITH_LOG, Home, judge, set_up

FAULTS_MAX = 1000
"""How many faults a report names. Beyond it looking goes on only to count rooms and entries."""

_ENTRIES = """
    SELECT room, seq, kind, sender, key, time, target, posts, salt, body, body_hash, hash FROM entries
    ORDER BY room, seq
"""
_COMMITS = "SELECT number, g FROM entries ORDER BY number"
_REPEATED_KEYS = """
    SELECT hex(key), sender, hex(room), count(*) FROM entries NOT INDEXED GROUP BY key, sender, room HAVING count(*) > 1
"""

_CONVERSATIONS = """
    SELECT user, room, hidden, draft,
        (SELECT count(*) FROM hidden_entries AS each WHERE each.user = kept.user AND each.room = kept.room)
    FROM conversations AS kept ORDER BY user, room
"""
_KIND = "SELECT kind FROM entries WHERE room = ? AND seq = ?"


@frozen
class Report:
    rooms: int
    """How many rooms have entries."""
    entries: int
    faults: tuple[str, ...]
    """A sentence each, at most `FAULTS_MAX`; empty where all is well."""


@define(eq=False)
class _Findings:
    faults: list[str] = field(factory=list[str])

    def add(self, fault: str) -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(fault)


@define(eq=False)
class _Walk:
    """Goes through all entries in the order of (room, seq) and holds no more than the one before."""

    findings: _Findings
    rooms: int = 0
    entries: int = 0
    _room: bytes = b""
    _seq: int = 0
    _time: int = 0
    _posts: int = 0
    _hash: bytes = b""

    def step(self, row: tuple[Any, ...]) -> None:
        room, seq, kind, sender, key, time, target, posts, salt, body, body_hash, hashed = row
        if room != self._room:
            self._enter(room)
        where = f"room {room.hex()}, seq {seq}"
        if seq != self._seq + 1:
            self.findings.add(f"{where}: follows seq {self._seq}")
        if time < self._time:
            self.findings.add(f"{where}: its time lies before that of the entry before it")
        if not 0 <= posts - self._posts <= 1:
            self.findings.add(f"{where}: counts {posts} posts after {self._posts}")
        if (salt is None) != (body is None):
            self.findings.add(f"{where}: salt and body are not erased together")
        elif body is not None and chain.body_hash(salt, body) != body_hash:
            self.findings.add(f"{where}: the body does not have its hash")
        if chain.link(self._hash, (room, seq, kind, sender, key, time, target), body_hash) != hashed:
            self.findings.add(f"{where}: the chain is broken")
        self.entries += 1
        self._seq, self._time, self._posts, self._hash = seq, time, posts, hashed

    def _enter(self, room: bytes) -> None:
        self.rooms += 1
        self._room, self._seq, self._time, self._posts, self._hash = room, 0, 0, 0, chain.origin(room)


def check(directory: Path) -> Report:
    """Read the whole store in `directory` and report what is wrong with it.

    Nobody else may have it open: it is held under its lock meanwhile. Memory stays small whatever the size; nothing
    is changed, but that what a crash left in the write-ahead log is moved into the database. Blocks. Raises
    StoreRefused when the data cannot be opened, or is not there.
    """
    home = Home.take(directory, create=False)
    try:
        if not home.database.exists():
            raise StoreRefused(f"{directory}: there is no chatd store")
        with closing(sqlite3.connect(home.database, timeout=0, isolation_level=None)) as connection:
            set_up(connection, None)
            return _report(connection)
    except sqlite3.Error as error:
        raise StoreRefused(f"{home.database}: {error}") from error
    finally:
        home.release()


def check_file(file: Path) -> Report:
    """Read a backup and report what is wrong with it, as `check` does.

    Nothing is written, beside it neither, and no lock is taken: nobody may write to it meanwhile. Blocks. Raises
    StoreRefused when it cannot be opened, or is no store by itself.
    """
    try:
        _require_by_itself(file)
        with closing(sqlite3.connect(_unchanging(file), uri=True, isolation_level=None)) as connection:
            judge(connection)
            connection.execute("PRAGMA trusted_schema = OFF")
            _require_whole(connection, file)
            return _report(connection)
    except sqlite3.Error as error:
        raise StoreRefused(f"{file}: {error}") from error
    except StoreRefused as error:
        raise StoreRefused(f"{file}: {error}") from error
    except OSError as error:
        raise StoreRefused(f"{file}: {error.strerror}") from error


def _require_by_itself(file: Path) -> None:
    with file.open("rb") as opened:
        first = opened.read(MODE.stop)
    if first[MODE] == WITH_LOG:
        raise StoreRefused("it is the file of a store, whose log belongs to it, and no backup")


def _require_whole(connection: sqlite3.Connection, file: Path) -> None:
    """SQLite notices that pages are missing, but takes the missing part of a last one for zeros."""
    [(pages,)] = connection.execute("PRAGMA page_count")
    [(page_bytes,)] = connection.execute("PRAGMA page_size")
    missing = pages * page_bytes - file.stat().st_size
    if missing > 0:
        raise StoreRefused(f"it was cut short: {missing} bytes are missing")


def _unchanging(file: Path) -> str:
    """Return the name by which SQLite opens `file` without a look at what lies beside it."""
    return file.absolute().as_uri() + "?mode=ro&immutable=1"


def _report(connection: sqlite3.Connection) -> Report:
    findings = _Findings()
    walk = _Walk(findings)
    for look in (_look_at_pages, _look_at_references, _look_at_keys, _look_at_commits, _look_at_conversations):
        _guarded(look, connection, findings)
    _guarded(lambda opened, _: _look_at_entries(opened, walk), connection, findings)
    return Report(walk.rooms, walk.entries, tuple(findings.faults))


def _guarded(
    look: Callable[[sqlite3.Connection, _Findings], None], connection: sqlite3.Connection, findings: _Findings
) -> None:
    """A page that cannot be read, or a value of a wrong type, is one more fault and ends this look alone."""
    try:
        look(connection, findings)
    except sqlite3.DatabaseError as error:
        findings.add(f"the database: {error}")
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        findings.add(f"the database holds a value of a wrong type: {error}")


def _look_at_pages(connection: sqlite3.Connection, findings: _Findings) -> None:
    for (fault,) in connection.execute("PRAGMA integrity_check"):
        if fault != "ok":
            findings.add(f"the database: {fault}")


def _look_at_references(connection: sqlite3.Connection, findings: _Findings) -> None:
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        findings.add(f"{table}: a row refers to one of {parent} that does not exist")


def _look_at_keys(connection: sqlite3.Connection, findings: _Findings) -> None:
    for key, sender, room, count in connection.execute(_REPEATED_KEYS):
        findings.add(f"key {key} of {sender!r} in room {room}: used by {count} entries")


def _look_at_commits(connection: sqlite3.Connection, findings: _Findings) -> None:
    last = 0
    for number, g in connection.execute(_COMMITS):
        if g < last:
            findings.add(f"entry number {number}: its commit {g} comes after commit {last}")
        last = g


def _look_at_conversations(connection: sqlite3.Connection, findings: _Findings) -> None:
    for user, room, hidden, draft, counted in connection.execute(_CONVERSATIONS):
        where = f"room {room.hex()} as {user!r} keeps it"
        if hidden != counted:
            findings.add(f"{where}: {hidden} hidden entries of which {counted} are known")
        kind = connection.execute(_KIND, (chain.self_id(user), draft)).fetchone()
        if draft and kind != ("draft",):
            findings.add(f"{where}: its draft is not at seq {draft} of the self room")


def _look_at_entries(connection: sqlite3.Connection, walk: _Walk) -> None:
    for row in connection.execute(_ENTRIES):
        walk.step(row)
