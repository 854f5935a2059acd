"""The Store protocol and its contract: what every backend does, proven by one suite over all of them.

1. `append(batch)` is one transaction. Each item is stored whole or not at all; a duplicate or a conflict stores
   nothing, and the other items go on.
2. Seqs in a room are 1, 2, 3 ... without holes, in batch order; time = max(proposed, last of the room). Where an
   entry's target or a membership's floor or until is a `SeqOf` or `HeadPlus`, the store fills the seq in before
   hashing. An entry that is given a time to live expires so long after its own time.
3. An item's key stands on its first entry and is unique with (sender, room). A repeat, also within one batch,
   yields the first outcome; with another digest a conflict; of an erased entry a duplicate, uncompared. An item one
   of whose later keys is taken is a conflict too.
4. What `append` returned is on disk: after a crash every returned seq is readable.
5. Reads are bounded and ordered, see whole batches only, and travel many in one call.
6. Everything loads one at a time, as of the last commit.
7. `epoch` changes with every restore and reset.
8. An `Erasure` nulls body and salt of a post and of its edits, an `Expiry` those of a range of posts and of all edits
   of these, once all of the batch is put; nothing else of an entry ever changes. Reactions to a post that either takes
   are forgotten, and whom it mentions, and its poll with the votes.
9. A `LettersChange` concerns the letters that are there once all of its batch is put.
10. From `hold` to `release` the file that a copy is made of stays as it is, with every commit before the hold in it
   and none after; commits go on.

No rules, no publishing, no clock in a store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chatd.frozen import frozen
from chatd.model import Entry, Item, Record, RoomId
from chatd.storage.queries import Query


class StoreError(Exception):
    """The store cannot answer. After a failed `append` the outcome of its batch is unknown, never "no"."""


class StoreFull(StoreError):
    """The disk is full. The one failure of a commit that a daemon outlives (after `reopen`)."""


class StoreRefused(StoreError):
    """The data cannot be opened: a newer schema, another daemon on it, not a chatd store. `str()` says which."""


@frozen
class Stored:
    entries: tuple[Entry, ...]
    records: tuple[Record, ...]
    """The item's records with every `SeqOf` and `HeadPlus` filled in."""


@frozen
class Duplicate:
    """The key is taken by the same command: the place of its first entry."""

    room: RoomId
    seq: int
    time: int


@frozen
class Conflict:
    """The key is taken by another command."""


Outcome = Stored | Duplicate | Conflict


@frozen
class Appended:
    g: int
    """The number of this commit: one more than the last."""
    outcomes: tuple[Outcome, ...]
    """One for each item, in order."""


@frozen
class Answers:
    g: int
    """The last commit these answers see."""
    values: tuple[object, ...]
    """One for each query, in order, of the type which the query names; a `StoreError` where that one failed."""


class Store(Protocol):
    @property
    def epoch(self) -> bytes:
        """16 random bytes."""
        ...

    @property
    def g(self) -> int:
        """The number of the last commit; 0 of a new store."""
        ...

    async def append(self, batch: Sequence[Item]) -> Appended:
        """Commit `batch` in one transaction, fsynced, and return an outcome for each item.

        Raises StoreError (StoreFull when the disk is full): then the outcome of the whole batch is unknown until
        `reopen`. Does not return early when cancelled, so a commit is never torn from its outcome. Fails as well
        when the batch leaves a membership in a room, or a token of a user, that has no record.
        """
        ...

    async def read(self, queries: Sequence[Query], *, deadline_s: float = 5.0) -> Answers:
        """Answer `queries` from one snapshot. One that takes longer than `deadline_s` is answered with a StoreError."""
        ...

    async def reopen(self) -> None:
        """Close and open again under the lock: recovery decides what a failed `append` left. Raises StoreError."""
        ...

    def disk_free_bytes(self) -> int | None:
        """Return what is free where the data lies; None where nothing limits it."""
        ...

    async def checkpoint(self) -> None:
        """Do the housekeeping between batches which is due, if any. Never needed for a promise.

        Raises StoreError as `append` does.
        """
        ...

    async def hold(self, log_bytes_max: int) -> None:
        """Hold the file, whose copy is then a store as of this moment, until `release`. Waits for no commit of others.

        What is committed meanwhile stays in the log; a commit that finds that over `log_bytes_max` bytes ends the
        hold, and so do `reopen` and `aclose`. Raises StoreError as `append` does. Does not return early when cancelled.
        """
        ...

    def release(self) -> bool:
        """End a hold. Return whether it lasted until now: else a copy made meanwhile is worth nothing."""
        ...

    async def aclose(self) -> None:
        """Close. What was committed stays; idempotent."""
        ...
