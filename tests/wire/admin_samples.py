"""Samples of what operators send and are sent: see `tests.wire.samples`."""

from __future__ import annotations

from chatd import facts
from chatd.chain import short
from chatd.messages import (
    CloseUser,
    CreateFor,
    CreateUser,
    Entered,
    Follow,
    Followed,
    Freeze,
    ListUsers,
    Message,
    RevokeTokens,
    StreamEvent,
    User,
    UsersPage,
)
from chatd.model import EntryKind, RoomKind
from tests.wire.ends import KEY, ROOM

TIME = 1_700_000_000_000
POSITION = bytes(range(32))
FROZEN = Entered(
    room=ROOM,
    seq=7,
    kind="freeze",
    sender="",
    key=KEY,
    time=TIME,
    posts=3,
    h8=short(bytes(range(32))),
    body=facts.froze(on=True, reason="spam"),
    salt=b"s" * 16,
)

ADMIN: list[tuple[str, Message, int]] = [
    ("CreateUser", CreateUser(key=KEY, user="ana"), 30),
    ("CloseUser", CloseUser(key=KEY, user="ana", reason="asked for it"), 31),
    ("CreateFor", CreateFor(key=KEY, owner="ana", title="tea"), 32),
    (
        "CreateFor again, with members",
        CreateFor(key=KEY, owner="ana", title="tea", members=("bo",), kind=RoomKind.BROADCAST, retry=True),
        32,
    ),
    ("RevokeTokens", RevokeTokens(key=KEY, user="ana"), 32),
    ("RevokeTokens up to a time", RevokeTokens(key=KEY, user="ana", until=TIME, reason="stolen", retry=True), 32),
    ("Freeze", Freeze(room=ROOM, key=KEY, reason="spam"), 33),
    ("Freeze no more", Freeze(room=ROOM, key=KEY, on=False), 34),
    ("ListUsers", ListUsers(), 35),
    ("ListUsers from behind one", ListUsers(after="ana", limit=5), 35),
    (
        "UsersPage",
        UsersPage(users=(User(user="bo", created=TIME), User(user="cy", created=TIME, closed=TIME + 1)), more=True),
        35,
    ),
    ("Follow from the beginning", Follow(), 36),
    (
        "Follow with everything",
        Follow(
            after=POSITION,
            limit=50,
            wait_ms=10_000,
            room_kinds=(RoomKind.GROUP, RoomKind.DIRECT),
            kinds=(EntryKind.POST, EntryKind.DELETE),
        ),
        36,
    ),
    ("Follow from now on", Follow(now=True), 36),
    (
        "Followed",
        Followed(
            status="ok",
            position=POSITION,
            events=(StreamEvent(position=POSITION, room_kind=RoomKind.GROUP, entry=FROZEN),),
            more=True,
        ),
        36,
    ),
    ("Followed with nothing", Followed(status="ok", position=POSITION), 36),
    ("Followed of another store", Followed(status="reset", position=bytes(32)), 36),
]
