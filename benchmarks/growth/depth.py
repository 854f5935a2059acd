"""Pages and posts against the depth of one room."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import define, evolve, field

from benchmarks.frames import Cutter, body_of
from benchmarks.growth.curves import Bar, Curve, Series
from benchmarks.growth.ground import Ground, running
from benchmarks.growth.members import chatd_peer
from benchmarks.growth.shape import Shape
from benchmarks.growth.stores import DEEP_MEMBERS, DEEP_ROOM, EPOCH, forget_cached, read_through
from benchmarks.latency import Counts, Latencies
from benchmarks.peers.catalogue import Peer
from benchmarks.peers.chatd_speech import ChatdSpeech, Cursor
from benchmarks.peers.measure import Figures, measure
from benchmarks.peers.server import Launch, Place
from benchmarks.peers.speech import Seat, Speech
from benchmarks.peers.works import Kind, Work
from benchmarks.session import Session, SetupFailed
from chatd.messages import Done, History, HistoryPage, Ping
from chatd.wire import codec

PAGE = 50
SENDERS, WINDOW = 4, 64
"""One session alone would come to the rate that chatd allows it."""
WARM_REQUESTS = 20
_READ_BYTES = 65536
_SHOWN_BYTES = 300
_NS_PER_US = 1000
_BAR = Bar(1_000_000, 1.5, 0.6)


CACHED = ("newest", "middle", "oldest")
UNCACHED = ("uncached",)
"""The middle, too; the system has been asked to forget the file before."""


def _page_series(place: str, label: str) -> tuple[Series, Series]:
    return (
        Series(figure=f"{place}_p50_ms", label=f"{label}, p50", unit="ms", shape=Shape.FLAT, bar=_BAR),
        Series(figure=f"{place}_p99_ms", label=f"{label}, p99", unit="ms", is_drawn=False),
    )


CURVE = Curve(
    name="depth",
    title=f"pages of {PAGE} from one room, one request after another; {SENDERS} senders post to it, {WINDOW} in flight",
    x_label="entries in the room",
    xs=(1_000, 10_000, 100_000, 1_000_000, 10_000_000),
    quick=(1_000, 10_000),
    series=(
        *_page_series("newest", "newest page"),
        *_page_series("middle", "any of the middle"),
        *_page_series("oldest", "oldest page"),
        Series(figure="uncached_p50_ms", label="any, not cached, p50", unit="ms"),
        Series(figure="uncached_p99_ms", label="any, not cached, p99", unit="ms", is_drawn=False),
        Series(figure="messages_per_s", label="posts, each on disk", unit="posts/s", shape=Shape.FLAT),
    ),
)


def before_of(place: str, head: int, chance: random.Random) -> int:
    """Return the seq before which the page of a place ends. In the middle half it is another one each time."""
    if place == "newest":
        return head + 1
    if place == "oldest":
        return PAGE + 1
    return chance.randint(max(PAGE + 1, head // 4), max(PAGE + 1, head * 3 // 4))


@define(eq=False)
class PageReader:
    """Reads pages one after another; what is timed ends with the last byte, before anything is decoded."""

    session: Session
    head: int
    _requests: int = field(default=1 << 16, init=False)

    def read(self, before: int) -> int:
        """Return how many microseconds the page before a seq took. Raises SetupFailed if it is another page."""
        self._requests += 1
        request = codec.encode(History(room=DEEP_ROOM, before=before, limit=PAGE), self._requests)
        cutter, payloads = Cutter(), list[bytes]()
        began_ns = time.perf_counter_ns()
        self.session.sock.sendall(request)
        while not payloads:
            payloads = cutter.feed(self._received())
        took_us = (time.perf_counter_ns() - began_ns) // _NS_PER_US
        self._check(payloads[0], before)
        return took_us

    def _received(self) -> bytes:
        data = self.session.sock.recv(_READ_BYTES)
        if not data:
            raise SetupFailed("the daemon closed the connection")
        return data

    def _check(self, payload: bytes, before: int) -> None:
        seqs = [entry["seq"] for entry in body_of(payload).get("entries", ())]
        if seqs != list(range(before - PAGE, before)):
            raise SetupFailed(f"History before {before}: {PAGE} entries expected, got {payload[:_SHOWN_BYTES]!r}")


def _pages(directory: Path, places: Sequence[str], requests: int) -> Figures:
    found: Figures = {}
    with running(directory) as daemon:
        session = Session.begin(daemon.url, Seat(0, 0).user)
        with session.sock:
            session.ask(Ping(), Done)
            reader = PageReader(session, session.ask(History(room=DEEP_ROOM, limit=1), HistoryPage).head)
            for place in places:
                latencies = _read_many(reader, place, requests)
                found[f"{place}_p50_ms"] = latencies.percentile_ms(50) or 0.0
                found[f"{place}_p99_ms"] = latencies.percentile_ms(99) or 0.0
    return found


def _read_many(reader: PageReader, place: str, requests: int) -> Latencies:
    chance = random.Random(place)
    counts: Counts = {}
    for number in range(-WARM_REQUESTS, requests):
        micros = reader.read(before_of(place, reader.head, chance))
        if number >= 0:
            counts[micros] = counts.get(micros, 0) + 1
    return Latencies.of([counts])


def deep_peer(directory: Path) -> Peer:
    """Return chatd as `measure` starts it, on the deep room of the store in `directory/data`."""
    peer = chatd_peer()

    def launch(place: Place) -> Launch:
        return peer.launch(Place(directory, place.port))

    def prepare(port: int, work: Work) -> Speech:
        del work
        session = Session.begin(f"tcp://127.0.0.1:{port}", Seat(0, 0).user)
        with session.sock:
            last = session.ask(History(room=DEEP_ROOM, limit=1), HistoryPage).entries[-1]
        return ChatdSpeech(EPOCH, {0: Cursor(DEEP_ROOM, last.seq, last.h8)})

    return evolve(peer, launch=launch, prepare=prepare)


def point(ground: Ground, entries: int) -> Figures:
    """Return the figures of one depth.

    Raises NoSpace, StoreError, DaemonFailed, SetupFailed, ProtocolError, OSError, and what `measure` does.
    """
    work = Work(
        name="depth",
        kind=Kind.LOAD,
        rooms=1,
        members=DEEP_MEMBERS,
        senders=SENDERS,
        window=WINDOW,
        seconds=ground.seconds,
    )
    with ground.shelf.lend(entries) as directory:
        forget_cached(directory / "data")
        pages = _pages(directory, UNCACHED, ground.requests)
        read_through(directory / "data")
        pages |= _pages(directory, CACHED, ground.requests)
        return {**measure(deep_peer(directory), work, drivers=1, loop_in_c=ground.loop_in_c), **pages}
