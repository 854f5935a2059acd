"""Samples of what searches: see `tests.wire.samples`."""

from __future__ import annotations

from chatd import chain
from chatd.messages import Entered, Message, Search, SearchPage
from chatd.wire import content
from tests.wire.ends import KEY, ROOM

TIME = 1_700_000_000_000
EDIT = Entered(
    room=ROOM,
    seq=5,
    kind="edit",
    sender="ana",
    key=KEY,
    time=TIME,
    posts=3,
    h8=chain.short(bytes(range(32))),
    target=2,
    body=content.text("hi there"),
    salt=b"s" * 16,
)

SEARCHES: list[tuple[str, Message, int]] = [
    ("Search", Search(query="hi"), 24),
    (
        "Search with everything",
        Search(
            query='"good morning" wor* 東京 😀',
            room=ROOM,
            sender="ana",
            before=TIME + 1,
            after=TIME,
            next=bytes(range(24)),
            limit=5,
        ),
        24,
    ),
    ("SearchPage", SearchPage(hits=(EDIT,), more=True, current=True, next=bytes(range(24))), 24),
    ("SearchPage without hits", SearchPage(hits=(), more=False, current=False), 24),
]
