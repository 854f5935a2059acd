"""Samples of what users do for themselves alone: see `tests.wire.samples`."""

from __future__ import annotations

from chatd import chain
from chatd.limits import SEQ_MAX
from chatd.messages import (
    Hide,
    HistoryPage,
    MarkDelivered,
    MarkRead,
    Message,
    PresenceNews,
    Presences,
    Readers,
    Receipts,
    RoomsPage,
    RoomSummary,
    RoomSync,
    SetConversation,
    SetDraft,
    SetPresence,
    Subscribed,
    WatchPresence,
    WhoRead,
)
from chatd.model import MemberState, Role, RoomKind, Seen, Shown
from chatd.wire import content
from tests.wire.ends import KEY, ROOM

TIME = 1_700_000_000_000

PERSONAL: list[tuple[str, Message, int]] = [
    ("Hide", Hide(room=ROOM, key=KEY, seq=7), 60),
    ("SetConversation", SetConversation(room=ROOM, key=KEY, muted_until=SEQ_MAX), 61),
    (
        "SetConversation with everything",
        SetConversation(room=ROOM, key=KEY, muted_until=0, archived=False, pinned=True, unread=True, retry=True),
        61,
    ),
    ("SetDraft", SetDraft(room=ROOM, key=KEY, content=content.text("not yet")), 62),
    ("SetDraft to nothing", SetDraft(room=ROOM, key=KEY), 62),
    ("MarkRead privately", MarkRead(room=ROOM, seq=7, private=True), 63),
    ("MarkDelivered", MarkDelivered(room=ROOM, seq=7), 64),
    ("WhoRead", WhoRead(room=ROOM, seq=7), 65),
    ("Readers", Readers(room=ROOM, users=("bo", "cy")), 65),
    ("Receipts of what was delivered", Receipts(room=ROOM, read={}, delivered={"bo": 7}), 0),
    ("SetPresence", SetPresence(key=KEY, shown=Shown.CONTACTS), 69),
    ("WatchPresence", WatchPresence(users=("bo", "cy")), 70),
    ("WatchPresence in a room", WatchPresence(users=("bo",), room=ROOM), 70),
    ("WatchPresence of nobody", WatchPresence(), 70),
    ("Presences", Presences(seen={"bo": Seen.ONLINE, "cy": Seen.LONG_AGO}), 70),
    ("PresenceNews", PresenceNews(seen={"bo": Seen.RECENTLY}), 0),
    (
        "HistoryPage with a hidden entry",
        HistoryPage(
            room=ROOM, entries=(), hash=None, floor=1, head=9, more_before=True, more_after=False, hidden=(7, 9)
        ),
        66,
    ),
    (
        "Subscribed with a hidden entry",
        Subscribed(
            rooms=(RoomSync(room=ROOM, status="ok", start=7, end=9, head=9, hash=bytes(chain.HASH_BYTES), hidden=(8,)),)
        ),
        67,
    ),
    (
        "RoomsPage of a room that is kept",
        RoomsPage(
            rooms=(
                RoomSummary(
                    room=ROOM,
                    kind=RoomKind.GROUP,
                    state=MemberState.MEMBER,
                    role=Role.MEMBER,
                    title="Friends",
                    muted_until=TIME,
                    archived=True,
                    pinned=TIME,
                    marked_unread=True,
                    draft=3,
                ),
            ),
            more=False,
        ),
        68,
    ),
]
