"""The inputs that fuzzing begins with. `python -m tests.fuzz.seeds` writes the files of corpus/ anew.

Dialogues are kept as files, the very bytes of one direction; samples of single frames come from the golden vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from attrs import evolve

from chatd.chain import pack
from chatd.limits import CONTAINERS_FROM_SERVER, DEFAULTS
from chatd.messages import (
    CaughtUp,
    Closing,
    Committed,
    Done,
    FromServer,
    GoingAway,
    Greeting,
    HistoryPage,
    IsTyping,
    MembersPage,
    Paused,
    Post,
    Receipts,
    Refused,
    RoomsPage,
    Subscribed,
    Welcome,
)
from chatd.wire import codec
from tests.client.scrolls import ROOM, SELF, Scroll, self_entry
from tests.fuzz.dialogues import GROUP, SESSIONS, key
from tests.fuzz.frames import framed, joined
from tests.house import EPOCH
from tests.wire import golden
from tests.wire.samples import SAMPLES

CORPUS = Path(__file__).parent / "corpus"
MSGPACK = Path(__file__).parents[1] / "vectors" / "msgpack"


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
