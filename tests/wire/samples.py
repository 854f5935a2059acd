"""One message of every kind and more, each with the request id it is sent with."""

from __future__ import annotations

from chatd import chain
from chatd.limits import DEFAULTS
from chatd.messages import (
    AddMember,
    CaughtUp,
    Closing,
    Committed,
    CreateGroup,
    Done,
    Entered,
    Gap,
    GoingAway,
    Greeting,
    Hello,
    History,
    HistoryPage,
    HoldStore,
    IssueToken,
    IsTyping,
    Join,
    Leave,
    ListTokens,
    MarkRead,
    Member,
    Members,
    MembersPage,
    Message,
    OpenDirect,
    Paused,
    Ping,
    Post,
    Receipts,
    Refused,
    ReleaseStore,
    RemoveMember,
    RevokeToken,
    Rooms,
    RoomsPage,
    RoomSummary,
    RoomSync,
    SetRole,
    SetTitle,
    Subscribe,
    Subscribed,
    Token,
    TokensPage,
    Typing,
    Welcome,
)
from chatd.model import Answer, MemberState, Role, RoomKind
from chatd.wire import content
from tests.wire.admin_samples import ADMIN
from tests.wire.ends import EPOCH, GREETING, HELLO, KEY, ROOM, WELCOME
from tests.wire.moderation_samples import MODERATION
from tests.wire.people_samples import PEOPLE
from tests.wire.personal_samples import PERSONAL
from tests.wire.search_samples import SEARCHES
from tests.wire.stream_samples import STREAMS
from tests.wire.talk_samples import TALK
from tests.wire.webhook_samples import WEBHOOKS

HI = content.text("hi")
HASH = bytes(range(32))
H8 = chain.short(HASH)
TIME = 1_700_000_000_000
POSTED = Entered(
    room=ROOM, seq=2, kind="post", sender="ana", key=KEY, time=TIME, posts=1, h8=H8, body=HI, salt=b"s" * 16
)
ERASED = Entered(
    room=ROOM, seq=3, kind="post", sender="bo", key=KEY, time=TIME, posts=2, h8=H8, target=2, body_hash=HASH
)

SAMPLES: list[tuple[str, Message, int]] = [
    ("Greeting", GREETING, 0),
    ("Greeting of two versions", Greeting(versions=(1, 2), epoch=EPOCH, time=0, limits=DEFAULTS), 0),
    ("Hello", HELLO, 1),
    (
        "Hello with everything",
        Hello(
            version=1,
            scheme="token",
            credential="secret",
            device="phone",
            capabilities=("a", "b"),
            heartbeat_s=120,
            agent="app/1.0",
        ),
        1,
    ),
    ("Welcome", WELCOME, 1),
    (
        "Welcome with capabilities",
        Welcome(version=1, capabilities=("a",), user="ana", device="phone", room=ROOM, heartbeat_s=240),
        1,
    ),
    ("Ping", Ping(), 2),
    ("Done", Done(), 2**32 - 1),
    ("Post", Post(room=ROOM, key=KEY, content=HI), 3),
    ("Post again", Post(room=ROOM, key=KEY, content=HI, retry=True), 200),
    ("OpenDirect", OpenDirect(key=KEY, user="bo"), 4),
    ("CreateGroup", CreateGroup(key=KEY, title="Friends", members=("bo", "cy")), 5),
    ("CreateGroup of one", CreateGroup(key=KEY, title="Notes"), 5),
    ("CreateGroup for fans", CreateGroup(key=KEY, title="News", kind=RoomKind.BROADCAST), 5),
    ("AddMember", AddMember(room=ROOM, key=KEY, users=("bo",)), 6),
    ("RemoveMember", RemoveMember(room=ROOM, key=KEY, user="bo"), 7),
    ("Join", Join(room=ROOM, key=KEY), 8),
    ("Leave", Leave(room=ROOM, key=KEY), 9),
    ("SetTitle", SetTitle(room=ROOM, key=KEY, title="naïve 😀"), 10),
    ("SetRole", SetRole(room=ROOM, key=KEY, user="bo", role=Role.ADMIN), 11),
    ("Committed", Committed(room=ROOM, seq=2**53 - 1, time=TIME), 3),
    ("Committed before", Committed(room=ROOM, seq=1, time=TIME, duplicate=True), 3),
    (
        "Committed with answers",
        Committed(
            room=ROOM,
            seq=1,
            time=TIME,
            answers={"bo": Answer.ADDED, "cy": Answer.INVITED, "di": Answer.REFUSED},
        ),
        5,
    ),
    ("Refused", Refused(code="unknown_room", verdict="never", text="no such room"), 3),
    ("Refused for a while", Refused(code="busy", verdict="after_ms", after_ms=250), 3),
    ("Subscribe", Subscribe(epoch=EPOCH, rooms=(ROOM, 2, H8)), 12),
    ("Subscribe to nothing", Subscribe(epoch=EPOCH, rooms=()), 12),
    ("Subscribe to the latest", Subscribe(epoch=EPOCH, rooms=(ROOM, 0, H8, EPOCH, 300, H8), latest=20), 12),
    (
        "Subscribed",
        Subscribed(
            rooms=(
                RoomSync(
                    room=ROOM,
                    status="ok",
                    kind=RoomKind.GROUP,
                    title="Friends",
                    state=MemberState.MEMBER,
                    role=Role.OWNER,
                    members=2,
                    read=1,
                    start=3,
                    end=4,
                    head=4,
                    hash=HASH,
                    attached=True,
                ),
                RoomSync(room=EPOCH, status="unknown_room"),
            )
        ),
        12,
    ),
    (
        "Subscribed to a large room",
        Subscribed(rooms=(RoomSync(room=ROOM, status="ok", kind=RoomKind.GROUP, off=("receipts", "typing")),)),
        12,
    ),
    ("Entered", POSTED, 0),
    ("Entered, erased", ERASED, 0),
    ("Gap", Gap(room=ROOM, start=1, end=4, reason="not_visible", hash=HASH), 0),
    ("Gap before another", Gap(room=ROOM, start=1, end=4, reason="not_visible"), 0),
    ("Paused", Paused(reason="slow"), 0),
    ("CaughtUp", CaughtUp(request=12), 0),
    ("History", History(room=ROOM), 13),
    ("History before", History(room=ROOM, before=100, limit=20), 13),
    (
        "HistoryPage",
        HistoryPage(
            room=ROOM, entries=(POSTED, ERASED), hash=HASH, floor=1, head=3, more_before=True, more_after=False
        ),
        13,
    ),
    (
        "HistoryPage without entries",
        HistoryPage(room=ROOM, entries=(), hash=None, floor=1, head=0, more_before=False, more_after=False),
        13,
    ),
    ("Members", Members(room=ROOM, after="ana", limit=2), 14),
    (
        "MembersPage",
        MembersPage(room=ROOM, members=(Member(user="bo", state=MemberState.INVITED, role=Role.MEMBER),), more=False),
        14,
    ),
    ("Rooms", Rooms(), 15),
    ("Rooms, the next page", Rooms(next=bytes(range(24)), limit=10), 15),
    (
        "RoomsPage",
        RoomsPage(
            rooms=(
                RoomSummary(
                    room=ROOM,
                    kind=RoomKind.DIRECT,
                    state=MemberState.MEMBER,
                    role=Role.MEMBER,
                    peer="bo",
                    members=2,
                    head=2,
                    read=1,
                    unread=1,
                    mentions=1,
                    last=POSTED,
                ),
            ),
            more=True,
            next=bytes(range(24)),
        ),
        15,
    ),
    ("MarkRead", MarkRead(room=ROOM, seq=70_000), 16),
    ("Typing", Typing(room=ROOM), 17),
    ("IsTyping", IsTyping(room=ROOM, user="bo"), 0),
    ("Receipts", Receipts(room=ROOM, read={"ana": 2, "bo": 1}), 0),
    ("IssueToken", IssueToken(user="ana", hash=HASH, ttl_s=86_400), 18),
    ("RevokeToken", RevokeToken(token="0001020304050607"), 19),
    ("ListTokens", ListTokens(limit=10), 20),
    ("HoldStore", HoldStore(), 21),
    ("ReleaseStore", ReleaseStore(), 22),
    (
        "TokensPage",
        TokensPage(
            tokens=(Token(token="0001020304050607", user="ana", created=TIME, expires=TIME + 1, revoked=True),),
            more=False,
        ),
        20,
    ),
    ("GoingAway", GoingAway(after_ms=1_500), 0),
    ("Closing", Closing(code=1001), 0),
    ("Closing for a while", Closing(code=1005, text="full", after_ms=5_000), 0),
    *TALK,
    *MODERATION,
    *PERSONAL,
    *PEOPLE,
    *SEARCHES,
    *WEBHOOKS,
    *STREAMS,
    *ADMIN,
]
