"""The reference backend beside the store: what it must hold, and how it must answer."""

from __future__ import annotations

from attrs import define, fields

from chatd.storage.base import Appended
from chatd.storage.memory import MemoryStore
from chatd.storage.tables import Tables
from tests.powercut.rows import fingerprint, rows_in_memory
from tests.powercut.workload import Batch
from tests.rooms.pieces import finished


@define(eq=False)
class Model:
    """The reference backend, which can be copied: what the store must hold."""

    store: MemoryStore

    @classmethod
    def empty(cls) -> Model:
        return cls(MemoryStore(b""))

    @property
    def g(self) -> int:
        return self.store.g

    def fork(self) -> Model:
        held = self.store._tables
        names = [each.name for each in fields(Tables)]
        return Model(MemoryStore(b"", self.store.g, Tables(**{name: dict(getattr(held, name)) for name in names})))

    def append(self, batch: Batch) -> Appended:
        return finished(self.store.append(batch))

    def fingerprint(self) -> bytes:
        return fingerprint(rows_in_memory(self.store._tables))
