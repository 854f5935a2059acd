"""All rooms are found, whatever moves between two pages."""

from __future__ import annotations

from attrs import define, field
from hypothesis import example, given, strategies as st

from chatd.messages import RoomsPage, RoomSummary
from chatd.messages.asking import PAGE_BYTES
from chatd.model import MemberState, Role, RoomId, RoomKind
from chatd_client.listing import LOOKS_MAX, Listing
from tests.wire.strategies import steady

PAGE = 3


@define(eq=False)
class Shelf:
    """A server's list of rooms: that with the newest entry first."""

    times: dict[RoomId, int] = field(factory=dict[RoomId, int])
    heads: dict[RoomId, int] = field(factory=dict[RoomId, int])
    now: int = 0

    def post(self, number: int) -> None:
        """Post to a room, which is made for that if need be."""
        room = b"room%012d" % number
        self.now += 1
        self.times[room], self.heads[room] = self.now, self.heads.get(room, 0) + 1

    def page(self, following: bytes | None) -> RoomsPage:
        before = self.now + 1 if following is None else int.from_bytes(following, "big")
        below = sorted((room for room, time in self.times.items() if time < before), key=self.times.__getitem__)[::-1]
        rooms, more = below[:PAGE], len(below) > PAGE
        return RoomsPage(
            rooms=tuple([self.summary(room) for room in rooms]),
            more=more,
            next=self.times[rooms[-1]].to_bytes(PAGE_BYTES, "big") if more else None,
        )

    def summary(self, room: RoomId) -> RoomSummary:
        kind, state, role = RoomKind.GROUP, MemberState.MEMBER, Role.MEMBER
        return RoomSummary(room=room, kind=kind, state=state, role=role, head=self.heads[room])


def listed(count: int, posts: list[list[int]]) -> tuple[int, int]:
    """List `count` rooms, while `posts[n]` happens behind page n; return how many were found, in how many pages."""
    shelf, listing, known, pages = Shelf(), Listing(), set[RoomId](), 0
    for number in range(count):
        shelf.post(number)
    while True:
        page = shelf.page(listing.next)
        known |= {each.room for each in page.rooms}
        pages += 1
        if listing.take(page):
            return len(known), pages
        for number in posts[pages - 1] if pages <= len(posts) else ():
            shelf.post(number % count)


def test_what_fits_one_page_is_asked_for_once() -> None:
    assert listed(0, []) == (0, 1)
    assert listed(PAGE, []) == (PAGE, 1)


def test_several_pages_are_followed_by_one_more_look_at_the_top() -> None:
    assert listed(10, []) == (10, 4 + 1)


def test_a_room_that_moves_up_between_two_pages_is_found() -> None:
    """The oldest of ten moves while the second page is under way."""
    assert listed(10, [[0]]) == (10, 3 + 1)


def test_it_ends_where_rooms_never_rest() -> None:
    found, pages = listed(10, [[number % 10 for number in range(each, each + 7)] for each in range(100)])
    assert found == 10
    assert pages <= LOOKS_MAX * 4


@steady
@given(
    count=st.integers(1, 12),
    posts=st.lists(st.lists(st.integers(0, 11), max_size=3), max_size=8),
)
@example(count=7, posts=[[0, 1], [0, 1], [2, 0]])
def test_every_room_is_found_whatever_is_posted_meanwhile(count: int, posts: list[list[int]]) -> None:
    assert listed(count, posts)[0] == count
