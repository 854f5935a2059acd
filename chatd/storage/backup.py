"""Backups: one file that holds a whole store as of one commit, and the way back from it to a store.

What is copied is a database file that nobody changes meanwhile: of a running store while its daemon holds it
(`Store.hold`), of a stopped one under its lock. The copy is written as FILE.partial, verified and synced, and only
then gets the name FILE: so what has that name is whole, whatever was killed, full or unplugged on the way.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from attrs import define, field

from chatd.storage.base import StoreRefused
from chatd.storage.check import Report, check_file
from chatd.storage.files import BY_ITSELF, MODE, Home, judge, make_directory, sync_directory

SLICE_BYTES = 8 * 1024 * 1024
"""So much is copied and synced at a time: a daemon's own syncs on the same disk wait for no more than that."""


class BackupError(Exception):
    """A backup was not made, or a store not restored. `str()` says why; nothing half done has a final name."""


@define(eq=False)
class Partial:
    """A copy on its way to `file`. Only `publish` gives it that name; without it `close` removes it."""

    file: Path
    _path: Path
    _descriptor: int
    _free_bytes_min: int
    size: int = field(default=0, init=False)
    """In bytes, so far."""
    _published: bool = field(default=False, init=False)

    @classmethod
    def begin(cls, file: Path, free_bytes_min: int) -> Partial:
        """Open FILE.partial for this process alone. What a killed one left there is written over.

        No copy takes what would leave less than `free_bytes_min` on the disk. Raises BackupError when `file` exists,
        another process is writing it, or nothing can be written there.
        """
        _require_free(file)
        path = file.with_name(file.name + ".partial")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _cannot(path, error) from error
        try:
            _own(path, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(file, path, descriptor, free_bytes_min)

    def take(self, source: int) -> bool:
        """Copy the next slice from the descriptor `source` and sync it; return False at its end.

        Raises BackupError when it cannot be read or written, or too little of the disk would be left.
        """
        try:
            piece = os.pread(source, SLICE_BYTES, self.size)
            if piece:
                self._require_space(len(piece))
                self._write(piece if self.size else _by_itself(piece))
        except OSError as error:
            raise _cannot(self._path, error) from error
        return bool(piece)

    def _require_space(self, needed: int) -> None:
        about = os.fstatvfs(self._descriptor)
        left = about.f_bavail * about.f_frsize - needed
        if left < self._free_bytes_min:
            raise BackupError(f"{self._path}: less than {self._free_bytes_min} bytes of the disk would be left")

    def _write(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        os.fsync(self._descriptor)
        self.size += len(piece)

    def begin_epoch(self, epoch: bytes) -> None:
        """Let the copy be another line of history, for who has seen more of the first. Raises StoreRefused."""
        try:
            with closing(sqlite3.connect(self._path, timeout=0, isolation_level=None)) as connection:
                judge(connection)
                # A copy that is not whole is thrown away: it needs no journal, which might stay when this is killed.
                connection.execute("PRAGMA journal_mode = OFF").fetchall()
                connection.execute("UPDATE meta SET epoch = ?", (epoch,))
        except sqlite3.Error as error:
            raise StoreRefused(f"{self._path}: {error}") from error

    def verify(self) -> Report:
        """Read the copy, entry by entry, and report what is wrong with it. Raises StoreRefused."""
        return check_file(self._path)

    def publish(self) -> None:
        """Give the copy its name, for good: synced, and so is the directory. Raises BackupError when that is taken."""
        try:
            os.fsync(self._descriptor)
            _require_free(self.file)
            self._path.rename(self.file)
            self._published = True
            sync_directory(self.file.parent)
        except OSError as error:
            raise _cannot(self.file, error) from error

    def close(self) -> None:
        """Remove the copy, unless it was published."""
        if not self._published:
            self._path.unlink(missing_ok=True)
        os.close(self._descriptor)


def _cannot(path: Path, error: OSError) -> BackupError:
    return BackupError(f"{path}: {error.strerror}")


def _require_free(file: Path) -> None:
    if os.path.lexists(file):
        raise BackupError(f"{file} exists, and is not written over")


def _own(path: Path, descriptor: int) -> None:
    """Lock the file that is open as `descriptor`, and empty it. Raises BackupError when somebody writes it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Who had the lock until now may have given the file its final name: then it is none of ours.
        ours = os.path.samestat(os.fstat(descriptor), path.stat())
        if ours:
            os.ftruncate(descriptor, 0)
    except (BlockingIOError, FileNotFoundError):
        ours = False
    except OSError as error:
        raise _cannot(path, error) from error
    if not ours:
        raise BackupError(f"{path}: another process is writing it")


def _by_itself(first: bytes) -> bytes:
    """Return the first slice of a database of which everything is in the file.

    Said here, before SQLite sees the copy, neither a log nor a journal ever lies beside it, not even for a moment.
    """
    return first[: MODE.start] + BY_ITSELF + first[MODE.stop :]


def _copy(database: Path, partial: Partial) -> None:
    try:
        with database.open("rb", buffering=0) as source:
            while partial.take(source.fileno()):
                pass
    except OSError as error:
        raise _cannot(database, error) from error


def copy_at_rest(directory: Path, partial: Partial) -> None:
    """Copy the store of `directory`, which no daemon has open: it is kept out meanwhile. Blocks.

    What a crash left in the write-ahead log is moved into the database first. Raises StoreRefused when the data
    cannot be opened, and BackupError.
    """
    with _at_rest(directory) as database:
        _copy(database, partial)


@contextmanager
def _at_rest(directory: Path) -> Generator[Path, None, None]:
    home = Home.take(directory, create=False)
    try:
        if not home.database.exists():
            raise StoreRefused(f"{directory}: there is no chatd store")
        _empty_log(home.database)
        yield home.database
    finally:
        home.release()


def _empty_log(database: Path) -> None:
    try:
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            judge(connection)
            connection.execute("PRAGMA synchronous = FULL").fetchall()
            [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise StoreRefused(f"{database}: {error}") from error
    if busy:
        raise StoreRefused(f"{database}: its log cannot be moved")


def restore(file: Path, directory: Path, new_epoch: bytes, free_bytes_min: int) -> Report:
    """Make a store of the backup `file` in `directory`, where none is yet, with `new_epoch` (16 random bytes).

    Clients that have seen more than the backup holds notice by the epoch that their history is of another line.
    Killed anywhere, this leaves no store; with faults in the report, neither. Blocks. Raises BackupError, and
    StoreRefused when `file` is no backup or another process has the directory.
    """
    _require_alone(file)
    try:
        make_directory(directory)
    except OSError as error:
        raise _cannot(directory, error) from error
    home = Home.take(directory, create=False)
    try:
        # A log that lies there alone would be taken for the restored store's own.
        _require_alone(home.database)
        with closing(Partial.begin(home.database, free_bytes_min)) as partial:
            _copy(file, partial)
            partial.begin_epoch(new_epoch)
            report = partial.verify()
            if not report.faults:
                partial.publish()
            return report
    finally:
        home.release()


def _require_alone(file: Path) -> None:
    log = file.with_name(file.name + "-wal")
    if os.path.lexists(log):
        raise BackupError(f"{log} exists: {file.name} is not all there is")
