"""The connections of one driver and how they get into their rooms: everything that happens before the clock runs."""

from __future__ import annotations

import time
from collections.abc import Sequence

from attrs import define, field

from benchmarks.descriptors import raise_descriptors
from benchmarks.plan import Plan
from benchmarks.session import Session, SetupFailed
from chatd.chain import origin, short
from chatd.messages import (
    AddMember,
    CaughtUp,
    Committed,
    CreateGroup,
    Done,
    Ping,
    SetRole,
    Subscribe,
    Subscribed,
    Watch,
)
from chatd.messages.fields import USERS_PER_CALL_MAX
from chatd.model import Answer, Role, RoomKind

LIVE = RoomKind.LIVE
SIGNALS_S = 2.5
"""Within this time a live room has told how many watch it."""


@define(eq=False)
class Seat:
    """One member of one room, connected."""

    room: int
    member: int
    session: Session
    head: int = field(default=0, init=False)
    """The last entry of its room before the run."""


def connect(plan: Plan, driver: int) -> list[Seat]:
    """Return a session for each member that this driver plays. Raises SetupFailed, ProtocolError or OSError."""
    raise_descriptors()
    return [
        Seat(room, member, Session.begin(plan.url, plan.user(room, member), plan.authority))
        for room, member in plan.seats(driver)
    ]


def make_rooms(plan: Plan, seats: Sequence[Seat]) -> None:
    """Create the rooms whose owner, their first member, sits here, with all their members. Raises as `connect`."""
    for seat in seats:
        if seat.member == 0:
            _make_room(plan, seat)


def _make_room(plan: Plan, seat: Seat) -> None:
    if plan.kind is RoomKind.GROUP and plan.members > seat.session.greeting.limits.group_members_max:
        raise SetupFailed(
            f"rooms of {plan.members} members: the daemon allows {seat.session.greeting.limits.group_members_max}"
        )
    others = [plan.user(seat.room, member) for member in range(1, plan.members)] if plan.kind is not LIVE else []
    calls = [others[at : at + USERS_PER_CALL_MAX] for at in range(0, len(others), USERS_PER_CALL_MAX)] or [[]]
    key = plan.room_key(seat.room, 0)
    title = f"load {seat.room}"
    room = plan.room_id(seat.room)
    create = CreateGroup(key=key, title=title, members=tuple(calls[0]), kind=plan.kind)
    created = seat.session.ask(create, Committed)
    if created.room != room:
        raise SetupFailed("a room has another id than protocol.md derives")
    _check_added(created, calls[0])
    for index, users in enumerate(calls[1:], start=1):
        command = AddMember(room=room, key=plan.room_key(seat.room, index), users=tuple(users))
        _check_added(seat.session.ask(command, Committed), users)
    if plan.kind is RoomKind.BROADCAST:
        _name_staff(plan, seat)


def _name_staff(plan: Plan, seat: Seat) -> None:
    """Let those post who are to, besides the owner."""
    for member in range(1, plan.senders):
        command = SetRole(
            room=plan.room_id(seat.room),
            key=plan.role_key(seat.room, member),
            user=plan.user(seat.room, member),
            role=Role.MODERATOR,
        )
        seat.session.ask(command, Committed)


def _check_added(committed: Committed, users: Sequence[str]) -> None:
    answers = committed.answers or {}
    missing = [user for user in users if answers.get(user) is not Answer.ADDED]
    if missing:
        raise SetupFailed(f"{len(missing)} of {len(users)} users were not added, {missing[0]!r} among them")


def subscribe(plan: Plan, seats: Sequence[Seat]) -> None:
    """Attach every session to its room, skipping what the room holds already. Raises as `connect`."""
    for seat in seats:
        sync = seat.session.ask(_attaching(plan, seat), Subscribed).rooms[0]
        if not sync.attached:
            raise SetupFailed(f"{plan.user(seat.room, seat.member)} is not attached: {sync!r}")
        seat.session.wait_for(CaughtUp)
        seat.head = sync.head


def hear_out(seats: Sequence[Seat]) -> None:
    """Take what a live room tells of those who came to watch it, all of whom have come. Raises as `connect`."""
    time.sleep(SIGNALS_S)
    for seat in seats:
        seat.session.ask(Ping(), Done)


def _attaching(plan: Plan, seat: Seat) -> Subscribe | Watch:
    """Return what attaches a member to their room: of a live room all but the host are its audience."""
    room, epoch = plan.room_id(seat.room), seat.session.greeting.epoch
    h8 = short(origin(room))
    if plan.kind is LIVE and seat.member:
        return Watch(room=room, epoch=epoch, seq=0, h8=h8, latest=0)
    return Subscribe(epoch=epoch, rooms=(room, 0, h8), latest=0)
