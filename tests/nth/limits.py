"""The n-th time that something is short: credit, space in an outbox, memory for rooms, requests in flight.

What is short for a moment is an answer to come again, a pause or a look into the store, never a loss: every post is
committed once, in the order in which it was given (E1, O3), and told once (E5, O7).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

import trio
from attrs import define, evolve

from chatd.limits import DEFAULTS
from chatd.messages import Committed, CreateGroup, Post
from chatd.server.journal import Journal
from chatd.server.outbox import Outbox
from chatd.wire import content
from tests.nth import steady
from tests.nth.scene import ADDING, Scene, open_scene
from tests.nth.stopper import Violation, at_every_moment

PATIENCE_S = 36_000.0
TELL_S_MAX = 60.0
"""Until the app has been told what was committed, on the mock clock."""
POSTS = 5
WINDOW = 4
"""Requests in flight: so few that some posts are refused while others were not even sent."""
VALUES_MAX = 12
"""How far a limit that is a number is raised, one by one from 1: beyond it nothing here is short any more."""


@define(eq=False)
class Nth:
    """Says no to the n-th that asks, and to so many in all."""

    times: int
    n: int = 0
    asked: int = 0

    def at(self, n: int) -> None:
        self.n, self.asked = n, 0

    def refuses(self) -> bool:
        self.asked += 1
        return self.n <= self.asked < self.n + self.times

    @property
    def came(self) -> bool:
        return self.asked >= self.n


@contextmanager
def no_credit(nth: Nth) -> Generator[None, None, None]:
    """Let the journal find no credit whenever `nth` refuses."""
    take = Journal._take_credit
    with _replaced(Journal, "_take_credit", lambda *call: not nth.refuses() and take(*call)):
        yield


@contextmanager
def no_space(nth: Nth) -> Generator[None, None, None]:
    """Let an outbox be over its limit whenever `nth` refuses: it takes the frames, and says that it is enough."""
    push = Outbox.push
    with _replaced(Outbox, "push", lambda *call: push(*call) and not nth.refuses()):
        yield


@contextmanager
def _replaced(owner: type[Any], name: str, function: Callable[..., bool]) -> Generator[None, None, None]:
    whole = getattr(owner, name)
    setattr(owner, name, function)
    try:
        yield
    finally:
        setattr(owner, name, whole)


async def _talk(scene: Scene) -> None:
    """Post at once what is to stand in this order, and wait until all has been told."""
    sendings = [scene.chat.post_nowait(scene.group, f"{scene.n}, {number}") for number in range(POSTS)]
    acks = [await sending.acked() for sending in sendings]
    seqs = [ack.seq for ack in acks]
    if seqs != sorted(seqs) or len(dict.fromkeys(seqs)) != POSTS:
        raise Violation(f"O3: {seqs} for posts that were given in order")
    for sending in sendings:
        if len(await scene.stored(scene.group, sending.key)) != 1:
            raise Violation("E1: a post is stored twice, or not at all")
    with trio.fail_after(TELL_S_MAX):
        await scene.until_told(scene.group, seqs[-1])
    await scene.settle()
    scene.require_nothing_left()


async def _refused(shorten: Callable[[Nth], Any], times: int) -> int:
    nth = Nth(times)
    async with open_scene(evolve(ADDING, limits=evolve(DEFAULTS, requests_in_flight_max=WINDOW))) as scene:
        with shorten(nth):

            async def trial(n: int) -> bool:
                nth.at(n)
                await _talk(scene.at(n))
                return nth.came

            return await at_every_moment(trial)


# -- limits that are numbers -------------------------------------------------------------------------------------------


async def _requests() -> int:
    async def trial(n: int) -> bool:
        limits = evolve(DEFAULTS, requests_in_flight_max=n)
        async with open_scene(evolve(ADDING, limits=limits)) as scene:
            await _talk(scene)
        return n < VALUES_MAX

    return await at_every_moment(trial)


async def _memory(short: Callable[[Scene, int], None]) -> int:
    """Rooms leave memory and come back for every command; a retry still finds its first outcome."""
    async with open_scene(ADDING) as scene:
        cy = await scene.house.enter("cy", follow=False)

        async def trial(n: int) -> bool:
            short(scene, n)
            made = [await cy.ask(CreateGroup(key=scene.house.key(), title=f"room {place}")) for place in range(POSTS)]
            posts = [Post(room=each.room, key=scene.house.key(), content=content.text("hello")) for each in made]
            acks = [await cy.ask(post) for post in posts]
            again = [await cy.ask(evolve(post, retry=True)) for post in posts]
            wanted = [Committed(room=post.room, seq=2, time=ack.time) for post, ack in zip(posts, acks, strict=True)]
            if acks != wanted or again != [evolve(ack, duplicate=True) for ack in wanted]:
                raise Violation(f"E2: {acks}, and sent again {again}")
            cy.received.clear()
            return n < VALUES_MAX

        return await at_every_moment(trial)


def _few_rooms(scene: Scene, most: int) -> None:
    registry = scene.house.daemon.core.registry
    registry.rooms_max = registry._evict_at = most


def _few_memberships(scene: Scene, most: int) -> None:
    scene.house.daemon.core.registry.slots_max = most


def _short_tails(scene: Scene, most: int) -> None:
    scene.house.daemon.core.registry.tails.bytes_max = 100 * (most - 1)


def _run(function: Callable[[], Awaitable[int]], seed: int) -> int:
    async def bounded() -> int:
        with trio.fail_after(PATIENCE_S):
            return await function()

    return steady.run(bounded, seed=seed, jumps=True)


OPERATIONS: dict[str, Callable[[int], int]] = {
    "limit: no credit once": partial(_run, partial(_refused, no_credit, 1)),
    "limit: no credit for a while": partial(_run, partial(_refused, no_credit, 8)),
    "limit: an outbox is full once": partial(_run, partial(_refused, no_space, 1)),
    "limit: outboxes are full for a while": partial(_run, partial(_refused, no_space, 4)),
    "limit: requests in flight": partial(_run, _requests),
    "limit: rooms in memory": partial(_run, partial(_memory, _few_rooms)),
    "limit: memberships in memory": partial(_run, partial(_memory, _few_memberships)),
    "limit: bytes of tails": partial(_run, partial(_memory, _short_tails)),
}
