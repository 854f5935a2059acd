"""Backups and restores under power cuts: they write through `os`, so that is where their writes are recorded."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from attrs import define, field

from chatd.storage import backup
from chatd.storage.backup import Partial, copy_at_rest, restore
from tests.powercut.platter import Image, Platter, SyncNames, Truncate, Write
from tests.powercut.recorder import Recorder

COPY = "copy"
PAGE_BYTES = 4096
SLICE_BYTES = 5 * PAGE_BYTES
"""So little that every copy is several slices."""


@define(eq=False)
class OsTape:
    """Records what the files of `directory` go through while it is on, in a process that does nothing else."""

    directory: Path
    recorder: Recorder
    _known: dict[int, bytes] = field(factory=dict[int, bytes])
    """What is recorded of each file, by its inode: somebody else may write to it, too."""
    _nodes: dict[int, int] = field(factory=dict[int, int])
    """The number of each file, by its inode."""

    @classmethod
    def of(cls, directory: Path) -> OsTape:
        """Return the tape of an empty directory."""
        return cls(directory, Recorder(Platter()))

    @contextmanager
    def on(self) -> Generator[None, None, None]:
        with ExitStack() as stack:
            stack.enter_context(patch.object(backup, "SLICE_BYTES", SLICE_BYTES))
            for name in ("open", "write", "ftruncate", "fsync", "rename", "unlink"):
                stack.enter_context(patch.object(os, name, getattr(self, name)(getattr(os, name))))
            yield

    def _inside(self, path: Any) -> bool:
        return Path(path).parent == self.directory

    def open(self, really: Any) -> Any:
        def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
            new = not os.path.lexists(path)
            descriptor: int = really(path, flags, *more, **named)
            if self._inside(path):
                inode = os.fstat(descriptor).st_ino
                self._nodes[inode] = self.recorder.node(Path(path).name, new=new)
                self._known.setdefault(inode, b"")
            return descriptor

        return opened

    def write(self, really: Any) -> Any:
        def written(descriptor: int, data: Any) -> int:
            count: int = really(descriptor, data)
            self._catch_up(descriptor)
            return count

        return written

    def ftruncate(self, really: Any) -> Any:
        def truncated(descriptor: int, size: int) -> None:
            really(descriptor, size)
            self._catch_up(descriptor)

        return truncated

    def fsync(self, _really: Any) -> Any:
        def synced(descriptor: int) -> None:
            if os.path.samestat(os.fstat(descriptor), self.directory.stat()):
                self.recorder.ops.append(SyncNames())
                return
            self._catch_up(descriptor)
            inode = os.fstat(descriptor).st_ino
            if inode in self._nodes:
                self.recorder.synced(self._nodes[inode], names=False)

        return synced

    def rename(self, really: Any) -> Any:
        def renamed(source: Any, target: Any) -> None:
            really(source, target)
            self.recorder.renamed(Path(source).name, Path(target).name)

        return renamed

    def unlink(self, really: Any) -> Any:
        def unlinked(path: Any) -> None:
            really(path)
            if self._inside(path):
                self.recorder.deleted(Path(path).name, synced=False)

        return unlinked

    def _catch_up(self, descriptor: int) -> None:
        """Record what is new in a file, whoever wrote it."""
        inode = os.fstat(descriptor).st_ino
        if inode not in self._nodes:
            return
        content, known, node = (
            os.pread(descriptor, os.fstat(descriptor).st_size, 0),
            self._known[inode],
            self._nodes[inode],
        )
        if len(content) < len(known):
            self.recorder.ops.append(Truncate(node, len(content)))
        for at in range(0, len(content), PAGE_BYTES):
            page = content[at : at + PAGE_BYTES]
            if page != known[at : at + PAGE_BYTES]:
                self.recorder.ops.append(Write(node, at, page))
        self._known[inode] = content


def backed_up(store: Path, directory: Path) -> Recorder:
    """Back up the store at rest in `store` to a file in `directory`, which is empty, and return what was written."""
    tape = OsTape.of(directory)
    with tape.on(), closing(Partial.begin(directory / COPY, 0)) as copy:
        copy_at_rest(store, copy)
        copy.verify()
        copy.publish()
    return tape.recorder


def restored(file: Path, directory: Path, new_epoch: bytes) -> Recorder:
    """Restore `file` into `directory`, which is empty, and return what was written."""
    tape = OsTape.of(directory)
    with tape.on():
        restore(file, directory, new_epoch, 0)
    return tape.recorder


def as_store(image: Image) -> Image:
    """Return what is in `image`; a backup in it as the store that it would be."""
    return {"chatd.db" if name == COPY else name: content for name, content in image.items()}
