"""The messages about live rooms, each with the request id it is sent with."""

from __future__ import annotations

from chatd.chain import short
from chatd.messages import (
    Cheer,
    Cheers,
    End,
    Message,
    Refused,
    RoomSync,
    SetSettings,
    Subscribed,
    Unwatch,
    Unwatched,
    Watch,
    Watchers,
)
from chatd.model import RoomKind
from chatd.rights import Archive
from tests.wire.ends import EPOCH, KEY, ROOM

HASH = bytes(range(32))

STREAMS: list[tuple[str, Message, int]] = [
    ("Watch", Watch(room=ROOM, epoch=EPOCH, seq=0, h8=short(HASH)), 155),
    ("Watch the latest", Watch(room=ROOM, epoch=EPOCH, seq=7, h8=short(HASH), latest=50), 156),
    (
        "Subscribed by watching",
        Subscribed(
            rooms=(
                RoomSync(
                    room=ROOM, status="ok", kind=RoomKind.LIVE, title="show", members=2, start=8, end=7, head=7,
                    hash=HASH, attached=True, pins=(3,), watchers=1_900,
                ),
            )
        ),
        156,
    ),
    (
        "Subscribed to what has ended",
        Subscribed(rooms=(RoomSync(room=ROOM, status="ok", kind=RoomKind.LIVE, ended="staff"),)),
        157,
    ),
    ("Unwatch", Unwatch(room=ROOM), 158),
    ("Cheer", Cheer(room=ROOM, emoji="\N{HEAVY BLACK HEART}"), 159),
    ("Cheer often", Cheer(room=ROOM, emoji="+1", count=20), 160),
    ("End", End(room=ROOM, key=KEY), 161),
    ("End and erase", End(room=ROOM, key=KEY, archive=Archive.NONE, retry=True), 162),
    ("SetSettings of a live room", SetSettings(room=ROOM, key=KEY, keep=500), 163),
    ("Refused because the stream is over", Refused(code="ended", verdict="never", text="the stream is over"), 164),
    ("Unwatched", Unwatched(room=ROOM, reason="ended"), 0),
    ("Cheers", Cheers(room=ROOM, cheers={"\N{HEAVY BLACK HEART}": 12, "+1": 1}), 0),
    ("Watchers", Watchers(room=ROOM, count=1_900), 0),
]  # fmt: skip
