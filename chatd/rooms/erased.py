"""What was erased lately: what was read of the store before that is shown without it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from attrs import Factory, define

from chatd.limits import SEQ_MAX
from chatd.model import Entry, EntryKind, Erasure, Expiry, RoomId

EXPIRIES_KEPT = 1_000
ERASURES_KEPT = 4_096
"""Of all rooms, about 300 bytes each. Who has read before the first of them began reads again."""


def takes(erasure: Erasure | Expiry, entry: Entry) -> bool:
    """Return whether `erasure` took the body of `entry`, of the same room, where it has one that can be erased."""
    post = entry.target if entry.kind is EntryKind.EDIT else entry.seq if entry.kind is EntryKind.POST else None
    if post is None:
        return False
    if isinstance(erasure, Erasure):
        return post == erasure.seq
    is_in = erasure.first <= post <= erasure.last or erasure.first <= entry.seq <= erasure.last
    return is_in and post not in erasure.spared


def struck(entries: Iterable[Entry], erasures: Sequence[Erasure | Expiry]) -> tuple[Entry, ...]:
    """Return `entries` with stubs in the place of those that one of `erasures` took."""
    return tuple([_struck(entry, erasures) for entry in entries])


def _struck(entry: Entry, erasures: Sequence[Erasure | Expiry]) -> Entry:
    return entry.stub() if any(takes(each, entry) for each in erasures) else entry


@define(eq=False)
class Erased:
    expiries: deque[Expiry] = Factory(lambda: deque(maxlen=EXPIRIES_KEPT))
    """Those that no index has heard of yet. Of too many the oldest are left to whoever finds them."""
    _recent: deque[tuple[int, Erasure | Expiry]] = Factory(deque[tuple[int, Erasure | Expiry]])
    """With the commit that holds each, the newest last."""
    _since: int = 0
    """Of later commits all is there."""

    def take(self, erasure: Erasure | Expiry, g: int) -> None:
        """Take note of what the commit `g` has erased."""
        self._note(erasure, g)
        if isinstance(erasure, Expiry):
            self.expiries.append(erasure)

    def end(self, room: RoomId, g: int) -> None:
        """Take note that from the commit `g` on nobody is given anything of a room, whatever the store still has."""
        self._note(Expiry(room=room, first=1, last=SEQ_MAX), g)

    def _note(self, erasure: Erasure | Expiry, g: int) -> None:
        self._recent.append((g, erasure))
        if len(self._recent) > ERASURES_KEPT:
            self._since, _ = self._recent.popleft()

    def after(self, room: RoomId, g: int) -> tuple[Erasure | Expiry, ...] | None:
        """Return what was erased in `room` after the commit `g`, the newest first; None where that is forgotten."""
        if g < self._since:
            return None
        found: list[Erasure | Expiry] = []
        for at, erasure in reversed(self._recent):
            if at <= g:
                break
            if erasure.room == room:
                found.append(erasure)
        return tuple(found)
