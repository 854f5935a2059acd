"""Where a SQLite store lies: its directory, the lock that keeps a second process out, and its schema."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from importlib import resources
from pathlib import Path

from attrs import define, field

from chatd.storage.base import StoreRefused

APPLICATION_ID = 0x63686174
EPOCH_BYTES = 16

MODE = slice(18, 20)
"""Where a database says whether a log beside it belongs to it (https://www.sqlite.org/fileformat2.html, 1.3.3)."""
WITH_LOG, BY_ITSELF = b"\x02\x02", b"\x01\x01"

# Before the first look at the file: then SQLite keeps the WAL's index in memory and takes its lock once, for good.
_ALONE = "PRAGMA locking_mode = EXCLUSIVE"

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # NORMAL would lose acknowledged posts when the power fails.
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    # An automatic checkpoint that fails makes a commit that is on disk look failed. The journal asks for ours.
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
)

_MOVE_LOG = "PRAGMA wal_checkpoint(PASSIVE)"
# A commit that writes the first page as it is. Of a table's row SQLite sees that nothing changed, and writes nothing.
_CHANGE_NOTHING = "PRAGMA application_id = 0x63686174"

_FIRST_STATE = "INSERT INTO meta (id, epoch, g) SELECT 1, ?, 0 WHERE NOT EXISTS (SELECT * FROM meta)"


def database_in(directory: Path) -> Path:
    """Return the file that holds the store of `directory`; what was committed last may stand in its log."""
    return directory / "chatd.db"


@define(eq=False)
class Home:
    """The directory of one store, held by this process alone until `release`.

    The daemon opens the database once in its life: closing any other descriptor of the file would drop the POSIX
    locks that SQLite holds on it, which is why the lock is a file of its own.
    """

    directory: Path
    _lock: int | None
    _log: str = field(init=False)
    """The path of the write-ahead log, put together once: every commit asks for its size."""

    def __attrs_post_init__(self) -> None:
        self._log = str(self.directory / "chatd.db-wal")

    @classmethod
    def take(cls, directory: Path, *, create: bool) -> Home:
        """Lock `directory` and return it; made with mode 0700 when it is missing and `create` is set.

        Raises StoreRefused at once when it cannot be used, or when somebody holds it.
        """
        try:
            if create:
                make_directory(directory)
            lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreRefused(f"{directory}: {error.strerror}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise StoreRefused(f"{directory}: another chatd holds its data") from error
        home = cls(directory, lock)
        if home.database.exists() and not os.access(home.database, os.W_OK):
            home.release()
            raise StoreRefused(f"{home.database}: cannot be written to: read-only, or somebody else's")
        if create and not home.database.exists():
            # SQLite gives its log the mode of the database, and left alone would make both readable to others.
            os.close(os.open(home.database, os.O_RDWR | os.O_CREAT, 0o600))
        return home

    @property
    def database(self) -> Path:
        return database_in(self.directory)

    def wal_bytes(self) -> int:
        """Return the size of the write-ahead log, 0 where there is none."""
        try:
            return os.stat(self._log).st_size
        except FileNotFoundError:
            return 0

    def free_bytes(self) -> int:
        """Return what an unprivileged process may still write here."""
        about = os.statvfs(self.directory)
        return about.f_bavail * about.f_frsize

    def release(self) -> None:
        """Give the lock back. Idempotent."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def make_directory(directory: Path) -> None:
    """Make `directory` where it is missing, with mode 0700, and sync its name: a power cut does not take it back.

    Raises OSError.
    """
    missing = [each for each in (directory, *directory.parents) if not each.exists()]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        sync_directory(each.parent)


def sync_directory(directory: Path) -> None:
    """Bring the names in `directory` to the disk. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def set_up(connection: sqlite3.Connection, new_epoch: bytes | None) -> bool:
    """Judge the file, set the pragmas, bring to the disk what the log holds, and the schema up to date.

    Returns whether what it holds was of an older schema: then a file without a name, in which SQLite kept aside what
    it changed, stays open as long as the connection.

    A new store gets `new_epoch`; without one a file that is not a store yet is refused. Raises StoreRefused when
    it is a foreign file or of a newer schema, before anything is written to it.
    """
    migrations = _migrations()
    connection.execute(_ALONE).fetchall()
    version = _judged_version(connection, len(migrations))
    if version == 0 and new_epoch is None:
        raise StoreRefused("there is no chatd store yet")
    for pragma in _PRAGMAS:
        connection.execute(pragma).fetchall()
    if version > 0:
        _settle(connection)
    for script in migrations[version:]:
        _migrate(connection, script, new_epoch)
    return 0 < version < len(migrations)


def _settle(connection: sqlite3.Connection) -> None:
    """Bring to the disk what recovery found in the log, before anybody is shown it.

    A process that was killed inside a commit may have left it there unsynced: it is seen from now on, and a power cut
    would take it. Moved into the database it is written and synced anew, and the commit after that begins the log
    anew. So this holds even where a sync of the log has failed and the system has taken its pages for written since.
    """
    try:
        [(_, pages, _)] = connection.execute(_MOVE_LOG).fetchall()
        if pages > 0:
            connection.execute(_CHANGE_NOTHING)
    except sqlite3.OperationalError as error:
        # The log is synced before its first page is moved: a full disk keeps nothing from being on it.
        if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
            raise


def judge(connection: sqlite3.Connection) -> None:
    """Raise StoreRefused where the file holds no store, or one of another schema than this chatd writes."""
    newest = len(_migrations())
    version = _judged_version(connection, newest)
    if version == 0:
        raise StoreRefused("there is no chatd store yet")
    if version < newest:
        raise StoreRefused(f"schema {version} is older than that of this chatd, {newest}")


def _migrations() -> list[str]:
    """Return the scripts in order: the file of index n brings the schema from version n to n + 1."""
    directory = resources.files("chatd.storage") / "migrations"
    named = {file.name: file for file in directory.iterdir() if file.name.endswith(".sql")}
    return [named[name].read_text(encoding="utf-8") for name in sorted(named)]


def _judged_version(connection: sqlite3.Connection, newest: int) -> int:
    queries = ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_schema")
    try:
        application, version, tables = (connection.execute(query).fetchone()[0] for query in queries)
    except UnicodeDecodeError as error:
        # The message of SQLite's error quotes the schema that it found.
        raise StoreRefused("the database's schema is no text") from error
    if application == 0 and tables == 0:
        return 0
    if application != APPLICATION_ID:
        raise StoreRefused("the database is not a chatd store")
    if version > newest:
        raise StoreRefused(f"schema {version} is newer than this chatd, which knows {newest}")
    return int(version)


def _migrate(connection: sqlite3.Connection, script: str, new_epoch: bytes | None) -> None:
    """Run one migration whole or not at all: killed anywhere, the next start finds the version before it."""
    connection.executescript("BEGIN IMMEDIATE;" + script)
    connection.execute(_FIRST_STATE, (new_epoch,))
    connection.execute("COMMIT")
