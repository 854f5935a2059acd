"""An endpoint's ear: a caller whose calls a test hears, and answers as it likes, without a network."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import trio
from attrs import Factory, define, evolve

from chatd.model import EntryKind, LetterRecord, RelayRecord, RoomId
from chatd.server.hooks.calls import Answer, Call, Target
from chatd.server.hooks.endpoints import Endpoint
from chatd.server.hooks.relay import Relay
from chatd.storage.base import Store
from chatd.storage.relays import GetLetters, GetRelay
from tests.house import House, Peer
from tests.server.people import group
from tests.storage.scenes import ask

TARGET = Target(host="app.example", port=443, path="/", secure=True, secrets=())


def fine(_: Call) -> int:
    return 200


@define(eq=False)
class Ear:
    """A `Caller`."""

    answer: Callable[[Call], int] = fine
    """The status of each answer; what it raises, the call raises."""
    heard: list[Call] = Factory(list)
    closed: bool = False
    _open: trio.Event = Factory(trio.Event)

    def __attrs_post_init__(self) -> None:
        self._open.set()

    def hang(self) -> None:
        """Answer nothing more until `go_on`."""
        self._open = trio.Event()

    def go_on(self) -> None:
        self._open.set()

    async def post(self, call: Call, body_bytes_max: int, *, whole: bool) -> Answer:
        self.heard.append(call)
        await self._open.wait()
        return Answer(self.answer(call), b"")

    async def aclose(self) -> None:
        self.closed = True

    @property
    def events(self) -> list[Any]:
        """What each call told."""
        return [json.loads(call.body)["data"] for call in self.heard]

    @property
    def texts(self) -> list[str]:
        return [event.get("text", "") for event in self.events]

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events]


def relay(house: House, ear: Ear, store: Store | None = None, **changes: Any) -> Relay:
    """Return the relay to an endpoint that wants everything which was posted, with what was said in it."""
    core = house.daemon.core
    plain = Endpoint(name="push", target=TARGET, content=True, kinds=(EntryKind.POST,), retry_s_max=10)
    made = Relay(
        endpoint=evolve(plain, **changes),
        caller=ear,
        store=store or core.store,
        applied=core.fanout.applied,
        metrics=core.metrics,
        keep=core.relays.keep,
        now=core.now,
        chance=random.Random(0),
    )
    core.relays.relays[made.endpoint.name] = made
    return made


async def running(house: House, ear: Ear, **changes: Any) -> Relay:
    """Return a relay at work, which has begun."""
    made = relay(house, ear, **changes)
    house.nursery.start_soon(made.run)
    await house.sleep(2)
    return made


async def meet(house: House) -> tuple[Peer, RoomId]:
    ana = await house.enter("ana")
    return ana, await group(house, ana)


async def position(store: Store) -> RelayRecord:
    found = await ask(store, GetRelay(endpoint="push"))
    assert isinstance(found, RelayRecord)
    return found


async def letters(store: Store) -> tuple[LetterRecord, ...]:
    found: tuple[LetterRecord, ...] = await ask(store, GetLetters(endpoint="push", after=None, limit=99))
    return found


def failing(text: str, times: int, error: int | Exception = 500) -> Callable[[Call], int]:
    """Return what fails so many calls that hold `text`."""
    left = [times]

    def answer(call: Call) -> int:
        if text.encode() not in call.body or left[0] == 0:
            return 204
        left[0] -= 1
        if isinstance(error, Exception):
            raise error
        return error

    return answer
