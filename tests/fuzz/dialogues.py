"""What the hostile clients of the corpus say to a daemon, hello first: a little of every command."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from chatd.chain import direct_id, group_id, invite_hash, origin, self_id, short
from chatd.messages import (
    AddMember,
    AskFilter,
    Ban,
    Cheer,
    ClosePoll,
    CreateGroup,
    CreateInvite,
    Delete,
    DropLetters,
    Edit,
    End,
    Follow,
    FromClient,
    Hello,
    History,
    HoldStore,
    IssueToken,
    Join,
    JoinByInvite,
    Leave,
    ListLetters,
    ListTokens,
    ListWebhooks,
    MarkRead,
    Members,
    OpenDirect,
    Origin,
    Permissions,
    Pin,
    Ping,
    Post,
    React,
    Reactions,
    Redeliver,
    ReleaseStore,
    RemoveMember,
    RequestJoin,
    Restrict,
    RevokeInvite,
    RevokeToken,
    Rooms,
    Search,
    SetFilter,
    SetLevel,
    SetPresence,
    SetRole,
    SetSettings,
    SetTitle,
    Subscribe,
    TransferOwnership,
    Typing,
    Unban,
    Unwatch,
    Versions,
    Vote,
    Votes,
    Watch,
    WatchPresence,
)
from chatd.model import Links, Role, RoomKind, Shown
from chatd.rights import Archive, JoinBy, Past, Permission
from chatd.wire import content, quoting
from chatd.wire.bodies import Poll
from tests.house import EPOCH, START_MS

EVE, BO = "eve", "bo"
GROUP = group_id(BO, bytes(15) + b"\x01")
"""The room of `tests.fuzz.session` in which both are."""
STREAM = group_id(BO, bytes(15) + b"\x02")
"""Bo's live room, which eve may watch."""
MINE = group_id(EVE, b"k" * 16)
CODE = b"c" * 16


def key(number: int) -> bytes:
    return b"eve" + number.to_bytes(13, "big")


def cursor(room: bytes, seq: int = 0) -> tuple[bytes | int, ...]:
    return (room, seq, short(origin(room)))


HELLO = Hello(version=1, scheme="dev", credential=EVE, device="tv", agent="fuzz/1")
OPERATOR = Hello(version=1, scheme="operator")
FOLLOW = Subscribe(epoch=EPOCH, rooms=(*cursor(self_id(EVE)), *cursor(GROUP)))
SAY = Post(room=GROUP, key=key(1), content=content.text("hello"))

SAID = quoting.quote_of(content.text("hello"), EVE, START_MS)
FORWARD = quoting.forward(SAID, "look")
AGAIN = quoting.forward(evolve(SAID, hops=2))
POLL = Poll(question="When?", options=("now", "later"), fallback="When?")

SESSIONS: dict[str, Sequence[FromClient]] = {
    "talk": (
        HELLO, FOLLOW, SAY, Post(room=GROUP, key=key(1), content=content.text("hello"), retry=True),
        Post(room=GROUP, key=key(1), content=content.text("another")), MarkRead(room=GROUP, seq=2), Typing(room=GROUP),
        Subscribe(epoch=EPOCH, rooms=cursor(GROUP), latest=1), Ping(),
    ),
    "acts": (
        HELLO, SAY, Post(room=GROUP, key=key(80), content=content.text("yes"), reply=1),
        Edit(room=GROUP, key=key(81), seq=2, content=content.text("hello!")), Versions(room=GROUP, seq=2),
        React(room=GROUP, key=key(82), seq=2, emoji="x"), Reactions(room=GROUP, seq=2),
        Pin(room=GROUP, key=key(84), seq=2),
        React(room=GROUP, key=key(83), seq=2, emoji="x", on=False),
        Reactions(room=GROUP, seq=2, emoji="x", user=BO, limit=1),
        Delete(room=GROUP, key=key(85), seq=2), Edit(room=GROUP, key=key(86), seq=9, content=content.text("no")),
        Versions(room=bytes(16), seq=1),
    ),
    "polls": (
        HELLO, Post(room=GROUP, key=key(90), content=content.of(POLL)),
        Vote(room=GROUP, key=key(91), seq=2, options=(1,)),
        Votes(room=GROUP, seq=2), Vote(room=GROUP, key=key(92), seq=2), Votes(room=GROUP, seq=2, after=BO, limit=1),
        ClosePoll(room=GROUP, key=key(93), seq=2), Vote(room=GROUP, key=key(94), seq=2, options=(0, 11)),
    ),
    "forwards": (
        HELLO, SAY, Post(room=GROUP, key=key(100), content=FORWARD, origin=Origin(room=GROUP, seq=2)),
        Post(room=GROUP, key=key(101), content=FORWARD, origin=Origin(room=GROUP, seq=3)),
        Post(room=GROUP, key=key(102), content=AGAIN, origin=Origin(room=GROUP, seq=3)),
        Post(room=GROUP, key=key(103), content=FORWARD, origin=Origin(room=bytes(16), seq=1)),
        Delete(room=GROUP, key=key(104), seq=2), Post(room=GROUP, key=key(105), content=FORWARD),
    ),
    "fans": (
        HELLO, CreateGroup(key=b"k" * 16, title="ours", members=(BO,), kind=RoomKind.BROADCAST),
        Post(room=MINE, key=key(110), content=content.of(POLL), ttl_s=1),
        React(room=MINE, key=key(111), seq=2, emoji="x"),
        Vote(room=MINE, key=key(112), seq=2, options=(0,)), Members(room=MINE), Votes(room=MINE, seq=2),
        TransferOwnership(room=MINE, key=key(113), user=BO), Leave(room=MINE, key=key(114)),
        Join(room=MINE, key=key(115)),
        Join(room=MINE, key=key(115), retry=True), React(room=MINE, key=key(116), seq=2, emoji="x", on=False),
    ),
    "stream": (
        HELLO, Watch(room=STREAM, epoch=EPOCH, seq=0, h8=short(origin(STREAM)), latest=5),
        Post(room=STREAM, key=key(120), content=content.text("hi")), Cheer(room=STREAM, emoji="x", count=20),
        Subscribe(epoch=EPOCH, rooms=cursor(STREAM)), History(room=STREAM), Members(room=STREAM),
        Permissions(room=STREAM), Vote(room=STREAM, key=key(121), seq=2), Unwatch(room=STREAM),
        Cheer(room=STREAM, emoji="x"), Unwatch(room=STREAM),
    ),
    "host": (
        HELLO, CreateGroup(key=b"k" * 16, title="mine", kind=RoomKind.LIVE),
        SetSettings(room=MINE, key=key(130), keep=4, slow_mode_s=1, join_by=JoinBy.OPEN),
        *[Post(room=MINE, key=key(131 + n), content=content.text("x")) for n in range(8)],
        Pin(room=MINE, key=key(140), seq=3), Subscribe(epoch=EPOCH, rooms=cursor(MINE)),
        History(room=MINE, around=3, limit=1),
        End(room=MINE, key=key(141), archive=Archive.NONE), End(room=MINE, key=key(142)), History(room=MINE),
        Watch(room=MINE, epoch=EPOCH, seq=0, h8=short(origin(MINE))),
    ),
    "gates": (
        HELLO, CreateGroup(key=b"k" * 16, title="ours", members=(BO,)),
        SetSettings(room=MINE, key=key(150), member_s=60, account_s=60, level=2, ttl_s=1, history=Past.ALL),
        SetFilter(room=MINE, key=key(151), words=("spam", "two words"), links=Links.LISTED, hosts=("good.example",)),
        AskFilter(room=MINE), Post(room=MINE, key=key(152), content=content.text("spam http://bad.example")),
        SetFilter(room=MINE, key=key(153), exempt=Role.OWNER, words=()), AskFilter(room=GROUP),
        SetFilter(room=GROUP, key=key(154), words=("x",)), TransferOwnership(room=MINE, key=key(155), user=BO),
    ),
    "presence": (
        evolve(HELLO, capabilities=("presence",)), SetPresence(key=key(160), shown=Shown.EVERYBODY),
        WatchPresence(users=(BO, "nobody"), room=GROUP), SetPresence(key=key(160), shown=Shown.EVERYBODY, retry=True),
        WatchPresence(users=(BO,), room=bytes(16)), SetPresence(key=key(161), shown=Shown.NOBODY), WatchPresence(),
    ),
    "read": (
        HELLO, SAY, History(room=GROUP), History(room=GROUP, before=3, limit=1), History(room=GROUP, around=2),
        History(room=GROUP, after=0, limit=1000), Members(room=GROUP), Members(room=GROUP, after=BO, limit=1),
        Rooms(), Rooms(next=bytes(24), limit=1), History(room=bytes(16)),
    ),
    "group": (
        HELLO, CreateGroup(key=b"k" * 16, title="ours", members=(BO,)), SetTitle(room=MINE, key=key(3), title="new"),
        SetRole(room=MINE, key=key(4), user=BO, role=Role.ADMIN), RemoveMember(room=MINE, key=key(5), user=BO),
        AddMember(room=MINE, key=key(6), users=(BO, "cy")), Leave(room=GROUP, key=key(7)),
        Join(room=GROUP, key=key(8)), OpenDirect(key=key(9), user=BO),
        Post(room=direct_id(EVE, BO), key=key(10), content=content.text("psst")),
    ),
    "rights": (
        HELLO, CreateGroup(key=b"k" * 16, title="ours", members=(BO,)), Permissions(room=MINE),
        SetSettings(room=MINE, key=key(60), defaults=(Permission.POST,), slow_mode_s=5, join_by=JoinBy.REQUEST),
        Restrict(room=MINE, key=key(61), user=BO, deny=(Permission.POST, Permission.PIN), until=2**53 - 1, reason="x"),
        Ban(room=MINE, key=key(62), user=BO), Unban(room=MINE, key=key(63), user=BO), Permissions(room=MINE, user=BO),
        CreateInvite(room=MINE, key=key(64), hash=invite_hash(MINE, CODE), uses=1, ttl_s=60),
        JoinByInvite(room=MINE, key=key(65), code=CODE), JoinByInvite(room=GROUP, key=key(66), code=bytes(16)),
        RevokeInvite(room=MINE, key=key(67), hash=invite_hash(MINE, CODE)), RequestJoin(room=GROUP, key=key(68)),
        RequestJoin(room=bytes(16), key=key(69)), Restrict(room=GROUP, key=key(70), user=BO),
    ),
    "forbidden": (
        HELLO, IssueToken(user=EVE, hash=bytes(32), ttl_s=60), RevokeToken(token="00" * 8), ListTokens(limit=3),
        SetTitle(room=GROUP, key=key(11), title="mine"), RemoveMember(room=GROUP, key=key(12), user=BO),
    ),
    "flood": (HELLO, *[Ping()] * 12, *[Post(room=GROUP, key=key(n), content=content.text("x")) for n in range(20, 32)]),
    "search": (
        HELLO, SAY, Search(query="hello"), Search(query='"hello there" wor* 東京', room=GROUP, sender=EVE, limit=1),
        Search(query="hello", before=1, after=0, next=GROUP + bytes(8)), Search(query="hello", room=bytes(16)),
    ),
    "operator": (
        OPERATOR, IssueToken(user=EVE, hash=bytes(32), ttl_s=60), ListTokens(limit=1), HoldStore(), Ping(),
        ReleaseStore(), RevokeToken(token="00" * 8), ListTokens(after="00" * 8), SAY,
    ),
    "operator_of_hooks": (
        OPERATOR, ListWebhooks(), ListLetters(endpoint="app"), Follow(), SetLevel(level=4), Ping(),
        Redeliver(key=key(95), endpoint="app", room=GROUP, seq=1), DropLetters(key=key(96), endpoint="app"),
        Follow(limit=1, room_kinds=(RoomKind.GROUP,)), Follow(now=True), SetLevel(level=0),
    ),
    "operator_who_holds": (OPERATOR, HoldStore(), HoldStore()),
    "token": (Hello(version=1, scheme="token", credential="secret"), Ping()),
}  # fmt: skip
"""What a client says, hello first: each message with the next request id."""
