"""What was read of the store, shown without what has been erased since: so nobody has to read again.

It is what the store would say of those entries now. What else has happened meanwhile is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from chatd.messages import RoomSummary
from chatd.model import Entry, EntryKind, Erasure, Expiry, MessageRecord
from chatd.rooms.erased import struck, takes
from chatd.storage.queries import Change, Page
from chatd.wire import codec

Erasures = Sequence[Erasure | Expiry]


def page_now(page: Page, erasures: Erasures, first: int) -> Page:
    """Return a page without what `erasures` took, and without entries below `first`, which have expired."""
    below = [entry for entry in page.entries if entry.seq < first]
    if not (erasures or below):
        return page
    deleted = [each.seq for each in erasures if isinstance(each, Erasure)]
    posts = [entry.seq for entry in page.entries if entry.kind is EntryKind.POST and entry.seq in deleted]
    changes = {change.record.seq: change for change in page.changes if change.record.seq >= first}
    for seq in posts:
        if seq >= first:
            changes[seq] = _deleted(changes.get(seq), page.entries[0].room, seq)
    return Page(
        struck(page.entries[len(below) :], erasures),
        below[-1].hash if below else page.before,
        tuple([changes[seq] for seq in sorted(changes)]),
    )


def _deleted(change: Change | None, room: bytes, seq: int) -> Change:
    """Return what is said of a post that was deleted: `change`, without what went with it."""
    record = change.record if change else MessageRecord(room=room, seq=seq)
    return Change(evolve(record, deleted=True, reactions=()), change.edit if change else None)


def is_taken(seq: int, erasures: Erasures) -> bool:
    """Return whether one of `erasures` took the post at `seq`, and with it what others did to it."""
    return any(
        each.seq == seq if isinstance(each, Erasure) else each.first <= seq <= each.last and seq not in each.spared
        for each in erasures
    )


def summary_now(summary: RoomSummary, last: Entry | None, erasures: Erasures | None) -> RoomSummary:
    """Return a summary with a stub for its last entry where `erasures` took that; without it where nobody remembers
    what was erased."""
    if summary.last is None or last is None:
        return summary
    if erasures is None:
        return evolve(summary, last=None)
    gone = any(takes(each, last) for each in erasures)
    return evolve(summary, last=codec.entered(last.stub())) if gone else summary
