from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from benchmarks.crew import Seat, connect, make_rooms, subscribe
from benchmarks.daemon import Daemon
from benchmarks.plan import Plan
from benchmarks.session import SetupFailed
from chatd.limits import DEFAULTS
from chatd.messages import Members, MembersPage, Post
from chatd.messages.events import Entered
from chatd.messages.replies import Committed
from chatd.model import RoomKind
from chatd.wire import content
from tests.benchmarks.test_plan import make_plan

pytestmark = pytest.mark.slow


@contextmanager
def seated(plan: Plan) -> Iterator[list[Seat]]:
    seats = connect(plan, 0)
    try:
        yield seats
    finally:
        for seat in seats:
            seat.session.sock.close()


def _plan(daemon: Daemon, **changes: Any) -> Plan:
    return make_plan(url=daemon.url, salt=secrets.token_hex(4), **changes)


def test_every_room_has_its_members_and_nobody_else(daemon: Daemon) -> None:
    plan = _plan(daemon, rooms=2, members=3)
    with seated(plan) as seats:
        make_rooms(plan, seats)
        for room in range(2):
            page = seats[3 * room].session.ask(Members(room=plan.room_id(room)), MembersPage)
            assert sorted(member.user for member in page.members) == [plan.user(room, member) for member in range(3)]


def test_a_room_of_more_than_one_call_is_made(daemon: Daemon) -> None:
    plan = _plan(daemon, rooms=1, members=102)
    with seated(plan) as seats:
        make_rooms(plan, seats)
        page = seats[0].session.ask(Members(room=plan.room_id(0), limit=200), MembersPage)
        assert len(page.members) == 102


def test_who_posts_in_a_broadcast_room_is_of_its_staff_and_all_others_follow_it(daemon: Daemon) -> None:
    plan = _plan(daemon, rooms=1, members=5, senders=2, kind=RoomKind.BROADCAST)
    with seated(plan) as seats:
        make_rooms(plan, seats)
        page = seats[0].session.ask(Members(room=plan.room_id(0)), MembersPage)
        assert [member.role for member in page.members] == ["owner", "moderator", "member", "member", "member"]


def test_all_but_the_host_of_a_live_room_watch_it(daemon: Daemon) -> None:
    plan = _plan(daemon, rooms=1, members=3, kind=RoomKind.LIVE)
    with seated(plan) as seats:
        make_rooms(plan, seats)
        subscribe(plan, seats)
        page = seats[2].session.ask(Members(room=plan.room_id(0)), MembersPage)
        assert [member.user for member in page.members] == [plan.user(0, 0)]


def test_a_broadcast_room_may_have_more_members_than_a_group(daemon: Daemon) -> None:
    plan = _plan(daemon, rooms=1, members=2, kind=RoomKind.BROADCAST)
    with seated(plan) as seats:
        many = make_plan(url=plan.url, salt=plan.salt, rooms=1, members=1100, kind=RoomKind.BROADCAST)
        make_rooms(many, seats[:1])
        subscribe(plan, seats)


def test_who_has_subscribed_is_given_the_next_entry_after_the_head(daemon: Daemon) -> None:
    plan = _plan(daemon, rooms=1, members=2)
    with seated(plan) as seats:
        make_rooms(plan, seats)
        subscribe(plan, seats)
        post = Post(room=plan.room_id(0), key=b"k" * 16, content=content.text("hello"))
        seats[0].session.ask(post, Committed)
        assert seats[1].session.wait_for(Entered).seq == seats[1].head + 1


def test_a_room_over_the_daemon_s_limit_is_not_begun(daemon: Daemon) -> None:
    plan = _plan(daemon, rooms=1, members=2)
    with seated(plan) as seats:
        greedy = make_plan(url=plan.url, salt=plan.salt, rooms=1, members=DEFAULTS.group_members_max + 1)
        with pytest.raises(SetupFailed, match="the daemon allows 1024"):
            make_rooms(greedy, seats)
