"""What may be seen, and how far a page or a catch-up goes (promise 3, invariants A1, A2, A4)."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from chatd.chain import origin
from chatd.codes import GapReason
from chatd.limits import DEFAULTS
from chatd.messages import Gap, History, RoomSync
from chatd.model import Membership, MemberState, Role, RoomKind, SeqOf
from chatd.rooms import reading
from chatd.rooms.reading import Cursor, Plan, Range, Window
from chatd.rooms.room import Room
from chatd.rooms.slots import Slot
from tests.rooms.pieces import a_room
from tests.rooms.tails import ROOM, chained, grown
from tests.wire.strategies import steady

HEAD = 12
HASH = bytes(32)
NOTHING = Range(1, 0)


def member(floor: int, until: int | None, state: MemberState = MemberState.MEMBER) -> Membership:
    return Membership(room=ROOM, user="ana", state=state, role=Role.MEMBER, floor=floor, until=until)


def slot(floor: int, until: int | None, state: MemberState = MemberState.MEMBER) -> Slot:
    return Slot(member(floor, until, state), 2)


def seqs(*ranges: Range) -> list[int]:
    return [seq for each in ranges for seq in range(each.first, each.last + 1)]


def cursor(seq: int) -> Cursor:
    return Cursor(ROOM, seq, bytes(8))


# A floor and an until as memberships have them: open (perhaps where nothing is yet), closed, or of who never was here.
standings = st.one_of(
    st.integers(1, HEAD + 1).map(lambda floor: slot(floor, None)),
    st.tuples(st.integers(1, HEAD), st.integers(1, HEAD)).map(
        lambda ends: slot(min(ends), max(ends), MemberState.LEFT)
    ),
    st.just(slot(1, 0, MemberState.INVITED)),
)
ranges = standings.map(lambda each: reading.visible(grown(HEAD), each.membership))
limits = st.integers(1, HEAD + 3)
points = st.integers(0, HEAD + 5)
asked = st.one_of(
    st.just(History(room=ROOM)),
    points.map(lambda seq: History(room=ROOM, before=seq)),
    points.map(lambda seq: History(room=ROOM, after=seq)),
    points.map(lambda seq: History(room=ROOM, around=seq)),
)


# -- what may be seen --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("floor", "until", "seen"),
    [
        (1, None, Range(1, 12)),
        (5, None, Range(5, 12)),
        (5, 9, Range(5, 9)),
        (5, 99, Range(5, 12)),
        (1, 0, NOTHING),
    ],
)
def test_a_member_sees_from_the_floor_to_until_or_to_the_head(floor: int, until: int | None, seen: Range) -> None:
    assert reading.visible(grown(HEAD), member(floor, until)) == seen


def test_what_is_not_on_disk_is_never_read() -> None:
    with pytest.raises(TypeError):
        reading.visible(grown(1), evolve(member(1, None), floor=SeqOf(0)))


@pytest.mark.parametrize(("standing", "last"), [(None, 0), (member(1, None), 0), (member(1, 7), 7), (member(1, 0), 0)])
def test_who_returns_had_seen_up_to_their_leaving(standing: Membership | None, last: int) -> None:
    assert reading.until(standing) == last


# -- pages of history --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "window"),
    [
        (History(room=ROOM), Window(Range(8, 10), NOTHING)),
        (History(room=ROOM, before=8), Window(Range(5, 7), NOTHING)),
        (History(room=ROOM, before=99), Window(Range(8, 10), NOTHING)),
        (History(room=ROOM, after=5), Window(NOTHING, Range(6, 8))),
        (History(room=ROOM, after=9), Window(NOTHING, Range(10, 10))),
        (History(room=ROOM, after=0), Window(NOTHING, Range(3, 5))),
        (History(room=ROOM, around=6), Window(Range(5, 6), Range(7, 7))),
        (History(room=ROOM, around=0), Window(Range(3, 3), Range(4, 4))),
        (History(room=ROOM, around=99), Window(Range(9, 10), Range(11, 10))),
    ],
)
def test_a_window_over_three_to_ten_of_three_entries(command: History, window: Window) -> None:
    assert reading.window(command, Range(3, 10), 3) == window


@steady
@given(asked, ranges, limits)
def test_a_page_shows_only_what_is_visible_in_order_and_within_the_limit(
    command: History, seen: Range, limit: int
) -> None:
    window = reading.window(command, seen, limit)
    shown = seqs(window.before, window.after)
    assert all(seen.first <= seq <= seen.last for seq in shown)
    assert len(shown) <= limit
    assert shown == list(range(shown[0], shown[0] + len(shown))) if shown else True


@steady
@given(points, ranges, limits)
def test_a_page_before_ends_below_and_a_page_after_begins_above(seq: int, seen: Range, limit: int) -> None:
    below = reading.window(History(room=ROOM, before=seq), seen, limit)
    above = reading.window(History(room=ROOM, after=seq), seen, limit)
    visible = seqs(seen)
    assert seqs(below.before, below.after) == [each for each in visible if each < seq][-limit:]
    assert seqs(above.before, above.after) == [each for each in visible if each > seq][:limit]


@steady
@given(points, ranges.filter(bool), limits)
def test_a_page_around_holds_the_nearest_visible_entry(seq: int, seen: Range, limit: int) -> None:
    window = reading.window(History(room=ROOM, around=seq), seen, limit)
    assert min(max(seq, seen.first), seen.last) in seqs(window.before, window.after)


@steady
@given(ranges, limits)
def test_pages_backwards_walk_the_whole_history_without_hole_or_repeat(seen: Range, limit: int) -> None:
    walked: list[int] = []
    command = History(room=ROOM)
    while page := seqs(reading.window(command, seen, limit).before):
        walked = [*page, *walked]
        command = History(room=ROOM, before=page[0])
    assert walked == seqs(seen)


@steady
@given(ranges, limits)
def test_pages_forwards_walk_the_whole_history_without_hole_or_repeat(seen: Range, limit: int) -> None:
    walked: list[int] = []
    command = History(room=ROOM, after=0)
    while page := seqs(reading.window(command, seen, limit).after):
        walked = [*walked, *page]
        command = History(room=ROOM, after=page[-1])
    assert walked == seqs(seen)


# -- catching up -------------------------------------------------------------------------------------------------------


def test_cursors_come_as_triples_and_the_last_of_a_room_counts() -> None:
    other = b"room-----------2"
    flat = (ROOM, 1, b"12345678", other, 2, b"abcdefgh", ROOM, 3, b"87654321")
    assert reading.cursors(flat) == [Cursor(ROOM, 3, b"87654321"), Cursor(other, 2, b"abcdefgh")]
    assert reading.cursors((1, 1, b"", ROOM, b"", b"", ROOM, 1, 1)) == []


def test_an_unknown_room_and_one_without_a_standing_are_planned_alike() -> None:
    uncommitted = a_room(ROOM, committed=False)
    unknown = Plan(cursor=cursor(0), known=False)
    assert reading.plan(None, None, cursor(0), None) == unknown
    assert reading.plan(grown(3), None, cursor(0), None) == unknown
    assert reading.plan(uncommitted, slot(1, None), cursor(0), None) == unknown


def test_a_cursor_beyond_the_head_belongs_to_another_store() -> None:
    assert reading.plan(grown(3), slot(1, None), cursor(4), None) == Plan(cursor=cursor(4), known=True, reset=True)
    assert not reading.plan(grown(3), slot(1, None), cursor(3), None).reset


def test_what_lies_below_the_floor_is_named() -> None:
    planned = reading.plan(grown(HEAD), slot(5, None), cursor(2), None)
    gaps = ((Range(3, 4), GapReason.NOT_VISIBLE),)
    assert planned == Plan(cursor=cursor(2), known=True, gaps=gaps, wanted=Range(5, 12))


def test_what_is_skipped_is_named_after_what_is_not_visible() -> None:
    planned = reading.plan(grown(HEAD), slot(5, None), cursor(2), 3)
    assert planned.gaps == ((Range(3, 4), GapReason.NOT_VISIBLE), (Range(5, 9), GapReason.SKIPPED))
    assert planned.wanted == Range(10, 12)


def test_nothing_is_skipped_where_little_is_left() -> None:
    planned = reading.plan(grown(HEAD), slot(1, None), cursor(9), 3)
    assert (planned.gaps, planned.wanted) == ((), Range(10, 12))


@steady
@given(standings, st.integers(0, HEAD), st.none() | st.integers(0, HEAD + 2))
def test_gaps_and_entries_are_all_that_follows_a_cursor(standing: Slot, seq: int, latest: int | None) -> None:
    planned = reading.plan(grown(HEAD), standing, cursor(seq), latest)
    seen = reading.visible(grown(HEAD), standing.membership)
    named = [each for hidden, _ in planned.gaps for each in seqs(hidden)]
    assert named + seqs(planned.wanted) == list(range(seq + 1, seen.last + 1))
    assert all(seen.first <= each <= seen.last for each in seqs(planned.wanted))
    assert all(hidden for hidden, _ in planned.gaps)


@steady
@given(standings, st.integers(0, HEAD), st.integers(0, HEAD + 2))
def test_the_latest_are_at_most_as_many_as_asked_for_and_the_newest(standing: Slot, seq: int, latest: int) -> None:
    planned = reading.plan(grown(HEAD), standing, cursor(seq), latest)
    whole = reading.plan(grown(HEAD), standing, cursor(seq), None)
    assert seqs(planned.wanted) == (seqs(whole.wanted)[-latest:] if latest else [])


# -- what memory holds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_tail", range(6))
def test_the_hashes_of_the_tail_are_known_and_no_others(in_tail: int) -> None:
    room = grown(5, in_tail=in_tail)
    hashes = [origin(ROOM), *(entry.hash for entry in chained(ROOM, 5))]
    known = [0, *(seq for seq in range(1, 6) if seq >= 5 - in_tail)]
    for seq in range(8):
        assert reading.known_hash(room, seq) == (hashes[seq] if seq in known else None)


def test_frames_of_the_tail_come_from_a_seq_on() -> None:
    room = grown(5, in_tail=3)
    assert reading.tail_from(room, 4, 100) == [b"00004", b"00005"]
    assert reading.tail_from(room, 6, 100) == []


def test_a_tail_that_does_not_reach_so_far_back_gives_nothing() -> None:
    assert reading.tail_from(grown(5, in_tail=3), 2, 100) is None


@pytest.mark.parametrize(("bytes_max", "count"), [(0, 0), (4, 0), (5, 1), (14, 2), (15, 3)])
def test_as_many_frames_as_fit_are_taken(bytes_max: int, count: int) -> None:
    assert len(reading.tail_from(grown(3), 1, bytes_max) or []) == count


# -- answers -----------------------------------------------------------------------------------------------------------


def sync(room: Room, standing: Slot, sent: Range, *, attached: bool = False, status: str = "ok") -> RoomSync:
    return reading.synced(room, standing, limits=DEFAULTS, status=status, sent=sent, before=HASH, attached=attached)


def test_a_gap_says_where_and_why() -> None:
    gap = reading.gap(ROOM, Range(3, 4), GapReason.SKIPPED, HASH)
    assert gap == Gap(room=ROOM, start=3, end=4, reason="skipped", hash=HASH)


def test_a_sync_says_what_the_room_is_and_what_follows() -> None:
    told = sync(grown(3), slot(1, None), Range(2, 3), attached=True)
    assert (told.room, told.status, told.kind, told.title, told.state, told.role, told.members, told.read) == (
        *(ROOM, "ok", RoomKind.GROUP, "tea", MemberState.MEMBER, Role.MEMBER),
        *(1, 2),
    )
    assert (told.start, told.end, told.head, told.hash, told.attached, told.more) == (2, 3, 3, HASH, True, False)


@pytest.mark.parametrize(("last", "attached", "more"), [(2, False, True), (3, True, False), (3, False, False)])
def test_a_sync_says_whether_there_is_more(last: int, attached: bool, more: bool) -> None:
    assert sync(grown(3), slot(1, None), Range(1, last), attached=attached).more is more


def test_a_reset_has_no_more() -> None:
    assert not sync(grown(3), slot(1, None), NOTHING, status="reset").more


def test_who_was_removed_hears_of_the_room_as_it_was() -> None:
    told = sync(grown(5), slot(1, 3, MemberState.LEFT), Range(1, 3))
    assert (told.state, told.head, told.more) == (MemberState.LEFT, 3, False)


@pytest.mark.parametrize("state", [MemberState.LEFT, MemberState.BANNED])
def test_who_is_gone_learns_no_later_title_and_no_count(state: MemberState) -> None:
    """Invariant A2: both are facts of entries after the leaving."""
    told = sync(grown(5), slot(1, 3, state), Range(1, 3))
    assert (told.title, told.members) == ("", 0)


def test_who_is_invited_learns_what_to_and_nothing_of_what_was_said() -> None:
    told = sync(grown(5), slot(1, 0, MemberState.INVITED), NOTHING)
    assert (told.title, told.head, told.more) == ("tea", 0, False)


def test_a_room_that_is_not_on_disk_is_never_synced() -> None:
    with pytest.raises(TypeError):
        sync(a_room(ROOM, committed=False), slot(1, None), NOTHING)


def test_the_answer_for_an_unknown_room_says_nothing_but_that() -> None:
    assert reading.unknown(ROOM) == RoomSync(room=ROOM, status="unknown_room")
