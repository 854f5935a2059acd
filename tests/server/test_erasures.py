"""What was read is shown as it is now: stubs for what was erased since, and nothing of what has expired."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.messages import RoomSummary
from chatd.model import EntryKind, Erasure, Expiry, MemberState, MessageRecord, PollRecord, Role, RoomKind, Tally
from chatd.server.erasures import is_taken, page_now, summary_now
from chatd.storage.queries import Change, Page
from chatd.wire import codec
from tests.rooms.tails import ROOM, chained

FIVE = chained(ROOM, 5)
EDIT = evolve(FIVE[4], kind=EntryKind.EDIT, target=2)
POLL = PollRecord(room=ROOM, seq=2, multiple=False, closes=None, counts=(1, 0), voters=1)
SAID = MessageRecord(room=ROOM, seq=2, edits=1, reactions=(Tally("+", 1, ("bo",)),))
PAGE = Page((*FIVE[:4], EDIT), b"h" * 32, (Change(SAID, EDIT, POLL),))
GONE = Erasure(room=ROOM, seq=2, edited=True)


def bodies(page: Page) -> list[int]:
    return [entry.seq for entry in page.entries if entry.body is not None]


def test_a_page_of_which_nothing_was_erased_is_what_it_was() -> None:
    assert page_now(PAGE, (), 1) is PAGE
    assert page_now(PAGE, (evolve(GONE, seq=9),), 1) == PAGE


def test_a_post_that_was_deleted_since_is_a_stub_and_its_edits_are() -> None:
    page = page_now(PAGE, (GONE,), 1)
    assert bodies(page) == [1, 3, 4]
    [change] = page.changes
    assert (change.record.deleted, change.record.reactions, change.record.edits, change.poll) == (True, (), 1, None)
    assert change.edit is EDIT  # where it stands is told; of a deleted post nobody is told what it says


def test_a_post_to_which_nothing_had_been_done_is_said_to_be_deleted() -> None:
    page = page_now(evolve(PAGE, changes=()), (evolve(GONE, seq=3, edited=False),), 1)
    assert [(each.record.seq, each.record.deleted, each.edit) for each in page.changes] == [(3, True, None)]


def test_of_what_has_expired_since_a_page_shows_nothing_and_its_chain_goes_on() -> None:
    page = page_now(PAGE, (Expiry(room=ROOM, first=1, last=2), GONE), 3)
    assert [entry.seq for entry in page.entries] == [3, 4, 5]
    assert (bodies(page), page.before, page.changes) == ([3, 4], FIVE[1].hash, ())
    assert page_now(PAGE, (), 9).entries == ()


@pytest.mark.parametrize(("seq", "gone"), [(1, False), (2, True), (3, True), (4, False), (5, True), (6, False)])
def test_what_was_done_to_a_post_goes_with_it(seq: int, gone: bool) -> None:
    assert is_taken(seq, (GONE, Expiry(room=ROOM, first=3, last=5, spared=(4,)))) is gone


def test_the_last_entry_of_a_conversation_is_a_stub_where_it_was_erased_since() -> None:
    last = FIVE[1]
    summary = RoomSummary(
        room=ROOM, kind=RoomKind.GROUP, title="tea", state=MemberState.MEMBER, role=Role.MEMBER, members=2, head=2,
        read=0, unread=1, last=codec.entered(last),
    )  # fmt: skip
    assert summary_now(summary, last, ()) is summary
    assert summary_now(summary, last, (evolve(GONE, seq=1),)) is summary
    stub = summary_now(summary, last, (GONE,)).last
    assert stub
    assert (stub.body, stub.salt, stub.body_hash) == (None, None, last.body_hash)
    assert summary_now(summary, last, None).last is None
    assert summary_now(evolve(summary, last=None), None, (GONE,)).last is None
