"""The inputs that fuzzing begins with. `python -m tests.fuzz.seeds` writes the files of corpus/ anew.

Dialogues are kept as files, the very bytes of one direction; samples of single frames come from the golden vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from attrs import evolve

from chatd.chain import direct_id, group_id, invite_hash, origin, pack, self_id, short
from chatd.limits import CONTAINERS_FROM_SERVER, DEFAULTS
from chatd.messages import (
    AddMember,
    Ban,
    CaughtUp,
    ClosePoll,
    Closing,
    Committed,
    CreateGroup,
    CreateInvite,
    Delete,
    Done,
    Edit,
    FromClient,
    FromServer,
    GoingAway,
    Greeting,
    Hello,
    History,
    HistoryPage,
    HoldStore,
    IssueToken,
    IsTyping,
    Join,
    JoinByInvite,
    Leave,
    ListTokens,
    MarkRead,
    Members,
    MembersPage,
    OpenDirect,
    Paused,
    Permissions,
    Pin,
    Ping,
    Post,
    React,
    Reactions,
    Receipts,
    Refused,
    ReleaseStore,
    RemoveMember,
    RequestJoin,
    Restrict,
    RevokeInvite,
    RevokeToken,
    Rooms,
    RoomsPage,
    Search,
    SetRole,
    SetSettings,
    SetTitle,
    Subscribe,
    Subscribed,
    Typing,
    Unban,
    Versions,
    Vote,
    Votes,
    Welcome,
)
from chatd.model import Role
from chatd.rights import JoinBy, Permission
from chatd.wire import codec, content
from chatd.wire.bodies import Poll
from tests.client.scrolls import ROOM, SELF, Scroll, self_entry
from tests.fuzz.frames import framed, joined
from tests.house import EPOCH
from tests.wire import golden
from tests.wire.samples import SAMPLES

CORPUS = Path(__file__).parent / "corpus"
MSGPACK = Path(__file__).parents[1] / "vectors" / "msgpack"
EVE, BO = "eve", "bo"
GROUP = group_id(BO, bytes(15) + b"\x01")
"""The room of `tests.fuzz.session` in which both are."""
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
    "operator_who_holds": (OPERATOR, HoldStore(), HoldStore()),
    "token": (Hello(version=1, scheme="token", credential="secret"), Ping()),
}  # fmt: skip
"""What a client says, hello first: each message with the next request id."""


def _client_scripts() -> dict[str, Sequence[tuple[FromServer, int]]]:
    """What a server says to a client. An id of 1 stands for the request that the message answers."""
    scroll, own = Scroll(), Scroll(SELF)
    scroll.says("one", "two", "three")
    self_entry(own, ROOM, "friends")
    greeting = Greeting(versions=(1,), epoch=EPOCH, time=0, limits=DEFAULTS)
    welcome = Welcome(version=1, capabilities=(), user="ana", device="default", room=SELF, heartbeat_s=60)
    enter: list[tuple[FromServer, int]] = [(greeting, 0), (welcome, 1)]
    enter += [(RoomsPage(rooms=(scroll.summary(),), more=False), 1), (Subscribed(rooms=(own.sync(0),)), 1)]
    enter += [(own.entries[0], 0), (CaughtUp(request=3), 0), (Subscribed(rooms=(scroll.sync(0),)), 1)]
    enter += [(entry, 0) for entry in scroll.entries] + [(CaughtUp(request=4), 0)]
    ack = Committed(room=ROOM, seq=4, time=5)
    page = HistoryPage(
        room=ROOM, entries=tuple(scroll.entries), hash=scroll.hashes[0], floor=1, head=3, more_before=False,
        more_after=False,
    )  # fmt: skip
    later = scroll.says("four", "five")
    return {
        "follow": [*enter, *[(entry, 0) for entry in later], (IsTyping(room=ROOM, user="bo"), 0), (Done(), 1)],
        "answers": [*enter, (ack, 1), (page, 1), (MembersPage(room=ROOM, members=(), more=False), 1), (Done(), 1)],
        "refusals": [
            *enter, (Refused(code="busy", verdict="after_ms", after_ms=50), 1),
            (Refused(code="forbidden", verdict="never", text="no"), 1), (Refused(code="new", verdict="resync"), 1),
        ],
        "gap": [*enter[:7], (scroll.gap(1, 3), 0), *[(entry, 0) for entry in later], (Receipts(room=ROOM, read={}), 0)],
        "paused": [*enter, (Paused(reason="slow"), 0), (Subscribed(rooms=(own.sync(1),)), 1), (CaughtUp(request=9), 0)],
        "away": [*enter, (GoingAway(after_ms=5), 0), (Closing(code=1000), 0)],
        "window": [(evolve(greeting, limits=evolve(DEFAULTS, requests_in_flight_max=2)), 0), (welcome, 1)],
        "away_at_once": [(greeting, 0), (welcome, 1), (GoingAway(after_ms=60_000), 0)],
        "closed": [*enter, (Closing(code=1505, text="elsewhere"), 0)],
    }  # fmt: skip


def files() -> dict[str, bytes]:
    """Return the name and content of every file of the corpus."""
    made: dict[str, bytes] = {}
    for name, said in SESSIONS.items():
        made[f"session-{name}.bin"] = b"".join(codec.encode(each, request) for request, each in enumerate(said, 1))
    for name, told in _client_scripts().items():
        made[f"client-{name}.bin"] = b"".join(codec.encode(each, request) for each, request in told)
    made["client-short_room.bin"] = _short_room()
    return made


def _short_room() -> bytes:
    """A server that names a room by three bytes: once that came out of the library as an error of its own making."""
    greeting, welcome, page = (codec.encode(each, request) for each, request in _client_scripts()["follow"][:3])
    tag, request, body = codec.decode_payload(page[4:], CONTAINERS_FROM_SERVER)
    body["rooms"][0]["room"] = ROOM[:3]
    return greeting + welcome + framed(pack([tag, request, body])).raw


@cache
def of_files(kind: str) -> tuple[bytes, ...]:
    """Return the dialogues kept in corpus/ whose names begin with `kind`, in the order of their names."""
    return tuple(path.read_bytes() for path in sorted(CORPUS.glob(f"{kind}*.bin")))


@cache
def of_messages() -> tuple[bytes, ...]:
    """Return the dialogues, and one frame of each sample and golden vector: for a content, a post of it."""
    contents = (*golden.GOOD_CONTENTS.values(), *golden.BAD_CONTENTS.values())
    posts = [codec.encode(Post(room=GROUP, key=key(40), content=each), 1) for each in contents]
    samples = [codec.encode(message, request) for _, message, request in SAMPLES]
    wrong = [bytes.fromhex(vector["hex"]) for vector in golden.invalid()]
    return (*of_files(""), *samples, *wrong, *posts)


@cache
def of_frames() -> tuple[bytes, ...]:
    """Return the same, and the msgpack vectors as payloads."""
    vectors = [path.read_bytes() for path in sorted(MSGPACK.glob("*.msgpack"))]
    return (*of_messages(), *(joined([framed(value)]) for value in vectors if value))


def main() -> None:
    for name, data in files().items():
        (CORPUS / name).write_bytes(data)


if __name__ == "__main__":
    main()
