"""What a power cut left, looked at by the SQLite that ships, and held against what was promised."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

from attrs import define, field, frozen

from chatd.storage.base import StoreRefused
from chatd.storage.check import check
from chatd.storage.files import set_up
from chatd.storage.sqlite import _STATE
from tests.powercut.platter import Image
from tests.powercut.rows import fingerprint, rows_on_disk
from tests.powercut.run import Promise

NEXT_EPOCH = b"the next epoch.."


@frozen
class Found:
    """What the files of a directory hold."""

    fault: str | None = None
    """What `check` said first, or why the store could not be opened."""
    g: int = 0
    fingerprint: bytes = b""
    epoch: bytes | None = None
    """None where there was no store, and one could be made."""


@define(eq=False)
class Judge:
    """Recovers images in `directory` with the sqlite3 module and the system's own VFS. Remembers what it has seen."""

    directory: Path
    _seen: dict[bytes, Found] = field(factory=dict[bytes, Found])

    @property
    def images(self) -> int:
        """How many images were not the same as another."""
        return len(self._seen)

    def look(self, image: Image) -> Found:
        name = blake2b(digest_size=16)
        for file, content in sorted(image.items()):
            name.update(b"%s %d " % (file.encode(), len(content)) + content)
        found = self._seen.get(name.digest())
        if found is None:
            found = self._seen[name.digest()] = self._recover(image)
        return found

    def _recover(self, image: Image) -> Found:
        for old in self.directory.iterdir():
            old.unlink()
        for name, content in image.items():
            (self.directory / name).write_bytes(content)
        try:
            report = check(self.directory)
        except StoreRefused as refusal:
            return self._begin(str(refusal))
        return Found(report.faults[0]) if report.faults else self._read(None)

    def _begin(self, refusal: str) -> Found:
        """What is no store must be a place where one can begin."""
        try:
            found = self._read(NEXT_EPOCH)
        except StoreRefused as again:
            return Found(f"{refusal}; {again}")
        begun = found.fault is None and found.epoch == NEXT_EPOCH and found.g == 0
        return Found() if begun else Found(f"{refusal}; and no store can be made there")

    def _read(self, new_epoch: bytes | None) -> Found:
        with closing(sqlite3.connect(self.directory / "chatd.db", isolation_level=None)) as connection:
            try:
                set_up(connection, new_epoch)
                epoch, g = connection.execute(_STATE).fetchone()
                return Found(None, g, fingerprint(rows_on_disk(connection)), epoch)
            except sqlite3.Error as error:
                return Found(f"{type(error).__name__}: {error}")


def complaint(found: Found, promise: Promise) -> str | None:
    """Return which promise is broken where a power cut under `promise` left `found`, or None."""
    first, last = min(promise.states), max(promise.states)
    if found.fault is not None:
        return f"D6, D11: {found.fault}"
    if found.epoch is None:
        return None if promise.absent else f"D1: the store is gone, commit {first} was promised"
    if promise.epoch is not None and found.epoch != promise.epoch:
        return "D1: another epoch than was promised"
    if found.g < first:
        return f"D1: commit {first} was promised, the last one is {found.g}"
    if found.g > last:
        return f"D2: the last commit is {found.g}, which nobody has begun"
    if found.fingerprint != promise.states[found.g]:
        return f"D7: not what was stored by commit {found.g}"
    return None
