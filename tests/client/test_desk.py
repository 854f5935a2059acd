from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from chatd import facts, messages
from chatd.model import MemberState, Role, RoomKind
from chatd_client import Closed, Left, Sources
from chatd_client.cursor import Told
from chatd_client.desk import Desk
from chatd_client.events import Event, Gap, Reset
from chatd_client.inbox import Inbox
from chatd_client.ledger import Ledger
from tests.client.fakes import on_both
from tests.client.scrolls import OTHER, ROOM, SELF, Scroll


def _desk(follows_all: bool = True) -> Desk:
    desk = Desk(Inbox(10_000), Ledger(10), Sources(), follows_all=follows_all, latest=None, user="ana", room=SELF)
    desk.ended = None
    return desk


@on_both
async def test_a_mark_only_grows_and_what_the_server_lost_is_told_again() -> None:
    desk = _desk()
    desk.mark(ROOM, 5)
    desk.mark(ROOM, 3)
    desk.learn_read(ROOM, 4)
    assert desk.marks == {ROOM: 5}
    desk.unmarked.clear()
    for read in (5, 7, 6):
        desk.learn_mark(messages.RoomSync(room=ROOM, status="ok", read=read))
    assert (desk.marks, desk.unmarked) == ({ROOM: 7}, {ROOM: None})


@on_both
@pytest.mark.parametrize(("state", "follows"), [(MemberState.MEMBER, True), (MemberState.LEFT, False)])
async def test_the_self_room_says_which_rooms_to_follow(state: MemberState, follows: bool) -> None:
    desk, own = _desk(), Scroll(SELF)
    body = facts.own_room(OTHER, RoomKind.GROUP, "new", None, facts.Change("ana", state, Role.MEMBER))
    desk.tell(desk.follower.entered(own.add(body, "room")))
    assert desk.follower.follows(OTHER) is follows


@on_both
@pytest.mark.parametrize("what", [Reset, partial(Gap, start=1, end=2, reason="not_visible")])
async def test_where_the_self_room_is_not_told_whole_the_rooms_are_looked_for_again(what: Callable[..., Event]) -> None:
    desk = _desk()
    desk.found_rooms = True
    desk.tell([Told(what(room=ROOM))])
    assert desk.found_rooms
    desk.tell([Told(what(room=SELF))])
    assert not desk.found_rooms


@on_both
async def test_only_the_first_end_counts_and_the_store_keeps_what_it_left_over() -> None:
    desk = _desk()
    command = messages.Join(room=ROOM, key=b"k" * 16)
    sending = desk.ledger.add(command)
    desk.finish(Closed(1505, "another"))
    desk.finish(Left("later"))
    assert isinstance(desk.ended, Closed)
    assert sending.error is desk.ended
    assert sending.key == b"k" * 16
    assert desk.unsettled() == (command,)
