"""Posts that wait for review, and gates, in a daemon that is killed (protocol 5.3.2, 5.104; D1, D3, D7, E1, E2).

What was acknowledged as held waits after every kill, until it is reviewed; what was approved is in the room exactly
once, what was rejected is nowhere, and whom a gate holds back it holds back after every start.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import trio
from attrs import Factory, define, frozen

from benchmarks.peers.server import free_port
from chatd.chain import KEY_BYTES
from chatd.messages import HeldPost, HeldPosts, Post, Review
from chatd.model import FilterAction, Key, RoomId, UserId
from chatd.rights import Level
from chatd.wire import content
from chatd_client import connect
from tests.crash.hand import Hand
from tests.crash.hooks import Orders
from tests.crash.victim import KILLED, Victim

OWNER, AUTHORS = "ana", ("bo", "cy", "di")
WORD = "spam"
HELD_PART, CLOSED_PART = 0.5, 0.1
AHEAD, PAGE = 8, 100
ACKS = (20, 120)
"""So many acks come before a daemon is killed."""
LIFE_S_MAX = 120.0
STRIKE_S_MAX = 20.0
"""After so long it is killed in any case."""


@frozen
class Found:
    """What is there at last."""

    queue: Sequence[tuple[UserId, bytes]]
    """Author and content of what waits."""
    room: Sequence[tuple[UserId, Key, bytes]]
    """Sender, key and content of the posts of the room."""


@frozen
class Known:
    """What clients know: what was acknowledged, as what, and what of it was reviewed."""

    plain: Sequence[tuple[UserId, Post]]
    held: Sequence[tuple[UserId, Post]]
    refused: Sequence[Post]
    approved: Sequence[bytes]
    """The contents of what was approved."""
    rejected: Sequence[bytes]


def judge(known: Known, found: Found) -> list[str]:
    """Return a sentence for every promise about a post that is broken. The contents of all posts differ."""
    queue, room, faults = Counter(found.queue), Counter(found.room), list[str]()
    told = [(user, post, "in the room") for user, post in known.plain]
    for user, post in known.held:
        is_over = {**dict.fromkeys(known.approved, "in the room"), **dict.fromkeys(known.rejected, "gone")}
        told.append((user, post, is_over.get(post.content, "waiting")))
    for user, post, place in told:
        counts = (queue[user, post.content], room[user, post.key, post.content])
        if counts != {"in the room": (0, 1), "gone": (0, 0), "waiting": (1, 0)}[place]:
            faults.append(f"D1, E1 a post of {user} should be {place}: waits {counts[0]} times, is there {counts[1]}")
    contents = [each[-1] for each in (*found.queue, *found.room)]
    faults += [f"D3 {post.key.hex()} was refused, and is there" for post in known.refused if post.content in contents]
    return faults


@define(eq=False)
class Held:
    """The life of one store with a room in which much is held, one whose level is high, and one with a gate."""

    victim: Victim
    chance: Random
    faults: list[str] = Factory(list)
    room: RoomId = b""
    closed: dict[RoomId, str] = Factory(dict)
    """The rooms in which nobody speaks, and why."""
    hands: list[Hand] = Factory(list)
    seen: dict[int, HeldPost] = Factory(dict)
    """What the owner saw waiting, by number."""
    kills: int = 0
    _queue: list[HeldPost] = Factory(list)
    _count: int = 0
    _left: int = 0
    """So many acks are to come before the daemon is killed."""
    _enough: trio.Event = Factory(trio.Event)

    async def run(self, kills: int, plant: str) -> Found:
        await self.victim.start(Orders(plant=plant))
        await self._make_rooms()
        self.hands = [Hand(user, self._chance(), self.faults, self._post, self._on_ack, AHEAD) for user in AUTHORS]
        self.hands.append(Hand(OWNER, self._chance(), self.faults, self._review, self._on_ack, 1))
        for _ in range(kills):
            await self._until_killed()
            await self.victim.start(Orders(plant=plant))
        for hand in self.hands:
            hand.settling = True
        await self._attend()
        found = await self._read()
        self.victim.send(signal.SIGTERM)
        await self.victim.gone()
        return found

    def _chance(self) -> Random:
        return Random(self.chance.getrandbits(64))

    def _key(self) -> Key:
        return self.chance.randbytes(KEY_BYTES)

    # -- what is done ----------------------------------------------------------------------------------------------

    async def _make_rooms(self) -> None:
        async with connect(self.victim.url, user=OWNER, device="setup", follow=False) as chat:
            made = [await chat.create_group(title, AUTHORS) for title in ("sifted", "high", "gated")]
            self.room, high, gated = [each.room for each in made]
            await chat.set_filter(self.room, words=(WORD,), action=FilterAction.HOLD)
            await chat.set_gates(high, level=Level.MODERATORS)
            await chat.set_gates(gated, requires={"region": ("eu",)})
            self.closed = {high: "emergency", gated: "ineligible"}

    def _post(self) -> Post:
        self._count += 1
        part = self.chance.random()
        room = self.chance.choice([*self.closed]) if part < CLOSED_PART else self.room
        text = f"{WORD if self.chance.random() < HELD_PART else 'ham'} {self._count}"
        return Post(room=room, key=self._key(), content=content.text(text))

    def _review(self) -> Review | HeldPosts:
        """Approve what has an even number, reject what has another; look what waits where nothing is known to."""
        owner = self.hands[-1]
        if owner.page is not None:
            self._queue, owner.page = list(owner.page.posts), None
            self.seen |= {each.number: each for each in self._queue}
        if not self._queue:
            return HeldPosts(room=self.room, limit=self.chance.randint(1, 5))
        held = self._queue.pop(0)
        approve = held.number % 2 == 0
        return Review(room=self.room, key=self._key(), number=held.number, user=held.user, approve=approve)

    # -- one daemon after another ----------------------------------------------------------------------------------

    async def _attend(self) -> None:
        async with trio.open_nursery() as nursery:
            for hand in self.hands:
                nursery.start_soon(hand.attend, self.victim)

    async def _until_killed(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._attend)
            self._left, self._enough = self.chance.randint(*ACKS), trio.Event()
            with trio.move_on_after(STRIKE_S_MAX):
                await self._enough.wait()
            self.victim.send(signal.SIGKILL)
        code = await self.victim.gone()
        self.kills += code == KILLED
        if code != KILLED:
            self.faults.append(f"the daemon ended with exit code {code}: {self.victim.log_tail()}")

    def _on_ack(self) -> None:
        self._left -= 1
        if not self._left:
            self._enough.set()

    # -- the end ---------------------------------------------------------------------------------------------------

    async def _read(self) -> Found:
        queue: list[tuple[UserId, bytes]] = []
        room: list[tuple[UserId, Key, bytes]] = []
        async with connect(self.victim.url, user=OWNER, device="reader", follow=False) as chat:
            after, more = 0, True
            while more:
                held = await chat.held_posts(self.room, after=after, limit=PAGE)
                queue += [(each.user, each.content) for each in held.posts]
                after, more = max([after, *[each.number for each in held.posts]]), held.more
            after, more = 0, True
            while more:
                page = await chat.history(self.room, after=after, limit=PAGE)
                room += [(each.sender, each.key, each.body or b"") for each in page.entries if each.kind == "post"]
                after, more = page.entries[-1].seq, page.more_after
        return Found(queue, room)

    def known(self) -> Known:
        """Return what the clients know, once all is answered, and note what no gate should have let through."""
        authors, owner = self.hands[:-1], self.hands[-1]
        acked = [(hand.user, post, told[3]) for hand in authors for post, told in hand.acked.values()]
        refused = [each for hand in authors for each in hand.refused.values()]
        self.faults += [f"A3 {user} spoke in a closed room" for user, post, _ in acked if post.room in self.closed]
        for post, code in refused:
            if code != self.closed.get(post.room, "limit_reached"):
                self.faults.append(f"A3 a post was refused by {code}")
        self.faults += [f"a review was refused by {code}: {review}" for review, code in owner.refused.values()]
        reviews = [review for review, _ in owner.acked.values()]
        return Known(
            plain=[(user, post) for user, post, is_held in acked if not is_held and post.room == self.room],
            held=[(user, post) for user, post, is_held in acked if is_held],
            refused=[post for post, _ in refused],
            approved=[self.seen[each.number].content for each in reviews if each.approve],
            rejected=[self.seen[each.number].content for each in reviews if not each.approve],
        )


@frozen
class Account:
    """Of one life, in counts, and every violation in a sentence."""

    kills: int
    held: int
    plain: int
    approved: int
    rejected: int
    waiting: int
    refused: int
    again: int
    violations: Sequence[str]


async def live(directory: Path, kills: int, chance: Random, plant: str = "") -> Account:
    """Let one store in `directory` live through so many kills, and return the account of it."""
    async with Victim(directory / "data", free_port()) as victim:
        life = Held(victim, chance)
        with trio.fail_after(LIFE_S_MAX):
            found = await life.run(kills, plant)
    known = life.known()
    return Account(
        kills=life.kills,
        held=len(known.held),
        plain=len(known.plain),
        approved=len(known.approved),
        rejected=len(known.rejected),
        waiting=len(found.queue),
        refused=len(known.refused),
        again=sum(hand.again for hand in life.hands),
        violations=[*life.faults, *judge(known, found)],
    )
