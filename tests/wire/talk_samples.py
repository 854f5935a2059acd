"""The messages about what is said, each with the request id it is sent with."""

from __future__ import annotations

from chatd import chain
from chatd.chain import pack
from chatd.messages import (
    ClosePoll,
    Delete,
    Edit,
    Entered,
    HistoryPage,
    Message,
    MessageState,
    Origin,
    Pin,
    Post,
    React,
    Reactions,
    ReactionsPage,
    Reactor,
    RoomSync,
    Subscribed,
    Versions,
    VersionsPage,
    Vote,
    Voter,
    Votes,
    VotesPage,
)
from chatd.wire import content
from tests.wire.contents import FORWARD
from tests.wire.ends import KEY, ROOM

OTHER = bytes(range(16))
HASH = bytes(range(32))
TIME = 1_700_000_000_000
SAID = Entered(
    room=ROOM, seq=2, kind="post", sender="ana", key=KEY, time=TIME, posts=1, h8=chain.short(HASH),
    body=content.text("hi"), salt=b"s" * 16,
)  # fmt: skip
EDITED = Entered(
    room=ROOM, seq=4, kind="edit", sender="ana", key=KEY, time=TIME, posts=1, h8=chain.short(HASH), target=2,
    body=content.text("hello"), salt=b"s" * 16,
)  # fmt: skip
EXPIRING = Entered(
    room=ROOM, seq=5, kind="post", sender="ana", key=KEY, time=TIME, posts=2, h8=chain.short(HASH),
    body=content.text("soon gone"), salt=b"s" * 16, expires=TIME + 60_000,
)  # fmt: skip

TALK: list[tuple[str, Message, int]] = [
    ("Post in answer", Post(room=ROOM, key=KEY, content=content.text("yes"), reply=2), 30),
    ("Post that expires", Post(room=ROOM, key=KEY, content=content.text("soon gone"), ttl_s=60), 30),
    ("Entered of what expires", EXPIRING, 0),
    (
        "Post that forwards another",
        Post(room=ROOM, key=KEY, content=pack(FORWARD), origin=Origin(room=OTHER, seq=7)),
        50,
    ),
    ("Edit", Edit(room=ROOM, key=KEY, seq=2, content=content.text("hello")), 31),
    ("Edit again", Edit(room=ROOM, key=KEY, seq=2, content=content.text("hello"), retry=True), 32),
    ("Delete", Delete(room=ROOM, key=KEY, seq=2), 33),
    ("React", React(room=ROOM, key=KEY, seq=2, emoji="👍🏽"), 34),
    ("React no more", React(room=ROOM, key=KEY, seq=2, emoji="👍🏽", on=False), 35),
    ("Pin", Pin(room=ROOM, key=KEY, seq=2), 36),
    ("Unpin", Pin(room=ROOM, key=KEY, seq=2, on=False), 37),
    ("Versions", Versions(room=ROOM, seq=2), 38),
    ("Versions, the next page", Versions(room=ROOM, seq=2, after=4, limit=10), 39),
    ("VersionsPage", VersionsPage(room=ROOM, seq=2, edits=(EDITED,), more=False), 38),
    ("Reactions", Reactions(room=ROOM, seq=2), 40),
    ("Reactions, the next page", Reactions(room=ROOM, seq=2, emoji="👍🏽", user="bo", limit=10), 41),
    (
        "ReactionsPage",
        ReactionsPage(room=ROOM, seq=2, reactions=(Reactor(emoji="👍🏽", user="bo"),), more=True),
        40,
    ),
    (
        "HistoryPage with what became of a post",
        HistoryPage(
            room=ROOM,
            entries=(SAID,),
            hash=HASH,
            floor=1,
            head=4,
            more_before=True,
            more_after=True,
            messages=(
                MessageState(
                    seq=2, edits=1, edited=4, edit=EDITED, reactions={"👍🏽": 2, "🎉": 1}, first={"👍🏽": "bo cy"}
                ),
            ),
        ),
        42,
    ),
    (
        "HistoryPage with a deleted post",
        HistoryPage(
            room=ROOM,
            entries=(),
            hash=None,
            floor=1,
            head=4,
            more_before=False,
            more_after=False,
            messages=(MessageState(seq=2, edits=1, edited=4, deleted=True),),
        ),
        42,
    ),
    ("Vote", Vote(room=ROOM, key=KEY, seq=2, options=(0, 11)), 44),
    ("Vote for nothing any more", Vote(room=ROOM, key=KEY, seq=2, retry=True), 45),
    ("ClosePoll", ClosePoll(room=ROOM, key=KEY, seq=2), 46),
    ("Votes", Votes(room=ROOM, seq=2), 47),
    ("Votes, the next page", Votes(room=ROOM, seq=2, after="bo", limit=10), 48),
    (
        "VotesPage",
        VotesPage(
            room=ROOM, seq=2, votes=(Voter(user="bo", options=(0,)), Voter(user="cy", options=(0, 11))), more=True
        ),
        47,
    ),
    (
        "HistoryPage with a poll",
        HistoryPage(
            room=ROOM,
            entries=(),
            hash=None,
            floor=1,
            head=4,
            more_before=False,
            more_after=False,
            messages=(MessageState(seq=2, votes=(3, 0, 300), voters=3, closed=True), MessageState(seq=3, votes=(0, 0))),
        ),
        49,
    ),
    ("Subscribed with pins", Subscribed(rooms=(RoomSync(room=ROOM, status="ok", pins=(2, 300)),)), 43),
]
