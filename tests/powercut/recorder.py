"""A VFS that hands everything on to the system's own, and writes down what would be lost when the power fails.

What it tells SQLite of the device is what the system's VFS tells: powersafe overwrite, sectors of 4,096 bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from enum import StrEnum
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import apsw
from attrs import define, field

from tests.powercut.platter import Create, Delete, Forget, Op, Platter, Rename, Sync, SyncNames, Truncate, Write

SYSTEM = "unix"
JOURNALS = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL

_numbers = count(1)


class Io(StrEnum):
    """What SQLite asks of the system."""

    OPEN = "open"
    READ = "read"
    WRITE = "write"
    SYNC = "sync"
    TRUNCATE = "truncate"
    SIZE = "size"
    LOCK = "lock"
    DELETE = "delete"
    ACCESS = "access"


def nothing_fails(_io: Io) -> int | None:
    return None


@define(eq=False)
class Recorder:
    """All that happened to the files of one directory, through however many lives of the process."""

    start: Platter
    """The disk before."""
    ops: list[Op] = field(factory=list[Op])
    fault: Callable[[Io], int | None] = nothing_fails
    """Asked before everything that is done: the SQLite error code with which it fails, or None."""
    forgetful: bool = False
    """Whether a sync that fails makes the machine take what was written for synced."""
    deaf: bool = False
    """Whether syncs are answered and not made: a disk that lies."""
    _nodes: dict[str, int] = field(init=False)
    _made: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._nodes = self.start.names()
        self._made = max(self._nodes.values(), default=-1) + 1

    def node(self, name: str, *, new: bool) -> int:
        """Return the number of the file that has `name` now."""
        if new:
            self._nodes[name] = self._made
            self.ops.append(Create(name, self._made))
            self._made += 1
        return self._nodes[name]

    def deleted(self, name: str, *, synced: bool) -> None:
        del self._nodes[name]
        self.ops.append(Delete(name))
        if synced:
            self.ops.append(SyncNames())

    def renamed(self, name: str, to: str) -> None:
        self._nodes[to] = self._nodes.pop(name)
        self.ops.append(Rename(name, to))

    def synced(self, node: int, *, names: bool) -> None:
        if not self.deaf:
            self.ops.append(Sync(node))
            if names:
                self.ops.append(SyncNames())

    @contextmanager
    def nothing_failing(self) -> Generator[None, None, None]:
        """Let no fault strike what a test itself looks at."""
        fault, self.fault = self.fault, nothing_fails
        try:
            yield
        finally:
            self.fault = fault


class Life(apsw.VFS):
    """The VFS of one process. Once `over`, nothing that it is asked for reaches the disk, nor is written down."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.over = False
        self.name = f"recording {next(_numbers)}"
        # SQLite draws the salts of its log from what the default VFS gives it, once: let it begin anew.
        super().__init__(self.name, SYSTEM, makedefault=True)
        apsw.randomness(0)

    def attempt(self, io: Io, node: int | None = None) -> None:
        """Raise the error of SQLite with which `io` fails, if it does."""
        code = apsw.SQLITE_IOERR if self.over else self.recorder.fault(io)
        if code is None:
            return
        if io is Io.SYNC and node is not None and self.recorder.forgetful and not self.over:
            self.recorder.ops.append(Forget(node))
        raise apsw.exception_for(code)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        self.attempt(Io.OPEN)
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        new = path is not None and not Path(path).exists()
        wanted = flags[0]
        file = _File(self, name, flags)
        # A temporary file has no name, and nobody looks for it after a power cut.
        if path is not None and not wanted & apsw.SQLITE_OPEN_DELETEONCLOSE:
            file.node = self.recorder.node(Path(path).name, new=new)
            # The system's VFS syncs the directory when a journal that it may have made is synced first.
            file.names_are_due = bool(wanted & apsw.SQLITE_OPEN_CREATE and wanted & JOURNALS)
        return file

    def xRandomness(self, numbytes: int) -> bytes:  # noqa: N802
        """Give the same bytes in every run, so that a run can be made again to the byte."""
        return Random(f"{len(self.recorder.ops)}").randbytes(numbytes)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.attempt(Io.DELETE)
        super().xDelete(filename, syncdir)
        self.recorder.deleted(Path(filename).name, synced=syncdir)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        self.attempt(Io.ACCESS)
        return super().xAccess(pathname, flags)


class _File(apsw.VFSFile):
    def __init__(self, life: Life, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self.life = life
        self.node: int | None = None
        self.names_are_due = False
        super().__init__(SYSTEM, name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self.life.attempt(Io.READ)
        return super().xRead(amount, offset)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802
        """Write all, or half and fail: a full disk takes what it can."""
        written = bytes(data)
        try:
            self.life.attempt(Io.WRITE)
        except apsw.Error:
            if not self.life.over:
                self._write(written[: len(written) // 2], offset)
            raise
        self._write(written, offset)

    def _write(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        if self.node is not None:
            self.life.recorder.ops.append(Write(self.node, offset, data))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self.life.attempt(Io.TRUNCATE)
        super().xTruncate(newsize)
        if self.node is not None:
            self.life.recorder.ops.append(Truncate(self.node, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Tell that the file is synced. No cut here is a real one, so the real disk is left alone."""
        self.life.attempt(Io.SYNC, self.node)
        if self.node is not None:
            self.life.recorder.synced(self.node, names=self.names_are_due)
            self.names_are_due = False

    def xFileSize(self) -> int:  # noqa: N802
        self.life.attempt(Io.SIZE)
        return super().xFileSize()

    def xLock(self, level: int) -> None:  # noqa: N802
        self.life.attempt(Io.LOCK)
        super().xLock(level)
