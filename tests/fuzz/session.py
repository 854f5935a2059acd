"""A target around a whole daemon: bytes of a hostile client, and a bystander who must not notice (threats T1 - T6).

Every input gets a daemon of its own, over the memory store in one trio run whose clock stands still, so it replays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import trio
from attrs import Factory, define, evolve, field
from trio.testing import lockstep_stream_one_way_pair, memory_stream_one_way_pair, memory_stream_pair

from chatd.codes import CloseCode
from chatd.limits import CONTAINERS_FROM_SERVER, DEFAULTS, FRAME_BYTES_MAX
from chatd.messages import Closing, Committed, CreateGroup, Done, Entered, Event, Greeting, Hello, Ping, Reply, Welcome
from chatd.model import RoomId, RoomKind
from chatd.server.config import Config, OutboxConfig
from chatd.server.session import FAREWELL_S_MAX
from chatd.wire import codec
from chatd.wire.connection import NEED_DATA, Malformed, Received, ServerConnection
from chatd.wire.errors import RemoteProtocolError
from chatd.wire.framing import Framing
from tests.fuzz import seeds
from tests.fuzz.dialogues import BO, EVE
from tests.fuzz.target import Finding, chance_of, pieces
from tests.house import House, Peer, open_house
from tests.nth import steady
from tests.nth.remains import hushed, remains

CONFIG = Config(
    data=Path("unused"),
    dev=True,
    outbox=OutboxConfig(bytes_max=128 * 1024, low_water_bytes=512),
    limits=evolve(
        DEFAULTS, requests_in_flight_max=8, users_per_call_max=3, group_members_max=4, rooms_per_user_max=4,
        page_entries_max=3, page_rooms_max=2, page_members_max=1, content_bytes_max=4096, subscribe_rooms_max=4,
        live_entries_max=10, watchers_max=2, forward_hops_max=1,
    ),
)  # fmt: skip
"""Limits so small that an input of a few hundred bytes reaches them."""
OPERATORS, HELLO_BYTES = b"operator", 64
"""Who begins with this comes through the operators' own door."""
BUSY_S = 1.0
"""After so long nobody waits for credit any more."""
LEAVE_S = FAREWELL_S_MAX + 1.0
OF_DEAF = 0.15
"""This part of the clients does not listen while it talks."""


@define(eq=False)
class Ear:
    """Hears what the server says to a hostile client, and holds it to sections 3 and 4 of the protocol."""

    stream: trio.abc.ReceiveStream
    replies: Counter[int] = Factory(Counter[int])
    words: list[str] = Factory(list[str])
    user: str | None = None
    closed: CloseCode | None = None
    ended: bool = False
    waited: bool = False
    """Whether the client stayed until all had come that could come."""
    _framing: Framing = field(factory=Framing, init=False)

    async def listen(self) -> None:
        """Hear until the stream ends. Runs as a task. Raises Finding."""
        while data := await self.stream.receive_some(1 << 20):
            self._framing.feed(bytes(data))
            while (payload := self._framing.take(FRAME_BYTES_MAX)) is not None:
                tag, request, body = codec.decode_payload(payload, CONTAINERS_FROM_SERVER)
                self._hear(codec.from_server(tag, body), request)
        self.ended = True

    def _hear(self, message: Any, request: int) -> None:
        if self.closed is not None:
            raise Finding("something came after Closing")
        if not self.words and not isinstance(message, Greeting | Closing):
            raise Finding("the server did not greet first")
        if isinstance(message, get_args(Reply)) is not (request > 0):
            raise Finding(f"{type(message).__name__} with request id {request}")
        if isinstance(message, Welcome):
            self.user = message.user
        elif isinstance(message, (*get_args(Reply), *get_args(Event))) and not isinstance(message, Closing):
            self._require_open(message)
        if isinstance(message, Closing):
            self.closed = CloseCode(message.code)
        self.replies[request] += request > 0
        self.words.append(getattr(message, "code", type(message).__name__))

    def _require_open(self, message: object) -> None:
        if self.user is None:
            raise Finding(f"{type(message).__name__} before the welcome")


@define(eq=False)
class Scene:
    """A house with bo in it, who is in a group with eve, and has a stream; eve is whoever feeds it."""

    house: House
    bo: Peer
    group: RoomId
    bo_session: int
    failures: list[str]

    def require_untroubled(self) -> None:
        if self.failures:
            raise Finding(f"a session failed: {self.failures[0]}")

    async def require_bystander(self, *, impostor: bool, operator: bool) -> None:
        """Bo is answered, posts, and hears every entry of the group once, in order.

        An impostor may act as bo. An operator may close bo, freeze the group, and raise the level of the server.
        """
        if operator and self.bo_session not in self.house.daemon.core.sessions.by_id:
            return
        if await self.bo.ask(Ping()) != Done():
            raise Finding("a bystander is not answered")
        if impostor or operator:
            return
        if not isinstance(await self.bo.post(self.group, "all is well"), Committed):
            raise Finding("a bystander cannot post")
        heard = [entry.seq for entry in self.bo.events(Entered) if entry.room == self.group]
        if heard != list(range(1, len(heard) + 1)):
            raise Finding("O7: a bystander heard a hole or a double")

    def require_nothing_left(self) -> None:
        left = remains(self.house.daemon.core, [self.bo_session])
        if left:
            raise Finding(f"left behind: {left[0]}")


async def set_scene(house: House) -> Scene:
    failures = hushed(house.daemon.core)
    bo = await house.enter(BO)
    created = await bo.ask(CreateGroup(key=house.key(), title="friends", members=(EVE,)))
    await bo.ask(CreateGroup(key=house.key(), title="live", kind=RoomKind.LIVE))
    [session] = house.daemon.core.sessions.by_id
    return Scene(house, bo, created.room, session, failures)


@define(eq=False)
class Session:
    """A daemon of its own for each input."""

    name: str = "session"

    def seeds(self) -> Sequence[bytes]:
        return seeds.of_files("session")

    def run(self, data: bytes) -> str:
        return steady.run(self._run, data)

    async def _run(self, data: bytes) -> str:
        async with open_house(CONFIG) as house:
            scene = await set_scene(house)
            ear = await _feed(house, data)
            scene.require_untroubled()
            _require_replies(ear, data)
            await scene.require_bystander(impostor=ear.user == scene.bo.user, operator=by_operator(data))
            scene.require_untroubled()
            scene.require_nothing_left()
            return " ".join(map(str, ear.words))


def _pair(*, deaf: bool) -> tuple[trio.abc.HalfCloseableStream, trio.abc.Stream]:
    """Return a client's and a server's end. What is sent to a deaf client waits until it is taken."""
    if not deaf:
        return memory_stream_pair()
    up, down = memory_stream_one_way_pair(), lockstep_stream_one_way_pair()
    return trio.StapledStream(up[0], down[1]), trio.StapledStream(down[0], up[1])


def by_operator(data: bytes) -> bool:
    return OPERATORS in data[:HELLO_BYTES]


async def _feed(house: House, data: bytes) -> Ear:
    """Let a hostile client send `data`, in pieces and with pauses, and hang up at some point. Return what it heard.

    Some listen only when they have hung up: what they do not take waits in the daemon.
    """
    chance = chance_of(data)
    deaf = chance.random() < OF_DEAF
    near, far = _pair(deaf=deaf)
    house.nursery.start_soon(house._accept, far, by_operator(data))
    ear = Ear(near)
    if not deaf:
        house.nursery.start_soon(ear.listen)
    with suppress(trio.BrokenResourceError):
        for piece in pieces(data, chance):
            await near.send_all(piece)
            if chance.random() < 0.2:
                await house.rest()
    if chance.random() < 0.8:
        await house.rest()
        await house.sleep(BUSY_S)
        ear.waited = not deaf
    await near.send_eof()
    if deaf:
        house.nursery.start_soon(ear.listen)
    await house.rest()
    await house.sleep(LEAVE_S)
    if not ear.ended:
        raise Finding("the session lives on after the end of its stream")
    return ear


def _require_replies(ear: Ear, data: bytes) -> None:
    """One reply for each request (protocol 4.2), at most one where the connection ended; the close that is deserved."""
    asked, code = read_as_a_server(data)
    if ear.replies - asked:
        raise Finding("a reply to nothing, or two to one request")
    if ear.waited and ear.closed is None and ear.replies != asked:
        raise Finding("a request without a reply")
    if ear.closed not in (None, code, CloseCode.UNAUTHENTICATED, CloseCode.UNSUPPORTED_VERSION):
        raise Finding(f"closed with {ear.closed.name} where the bytes deserve {code.name if code else 'nothing'}")


def read_as_a_server(data: bytes) -> tuple[Counter[int], CloseCode | None]:
    """Return how often each request id is asked with in `data`, and the close code of what is no protocol in it."""
    wire, asked = ServerConnection(CONFIG.limits), Counter[int]()
    wire.send(Greeting(versions=(1,), epoch=bytes(16), time=0, limits=CONFIG.limits))
    wire.receive_data(data)
    try:
        while (event := wire.next_event()) is not NEED_DATA:
            if isinstance(event, Received | Malformed):
                asked[event.request] += 1
            if isinstance(event, Received) and isinstance(event.message, Hello):
                wire.send(
                    Welcome(version=1, capabilities=(), user="", device="", room=bytes(16), heartbeat_s=60),
                    event.request,
                )
    except RemoteProtocolError as error:
        return asked, error.close_code
    return asked, None
