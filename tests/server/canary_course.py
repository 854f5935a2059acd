"""A seeded course of what ten people and an operator do and try, each text of it a canary (`tests.server.canaries`).

Who does something is mostly somebody who may, and now and then anybody: then it is refused, and its text is nobody's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from attrs import Factory, define

from chatd import messages as m
from chatd.messages import Committed
from chatd.model import UserId
from chatd.wire import content, quoting
from chatd.wire.bodies import Poll
from tests.house import House
from tests.server.canaries import OPERATORS, REVIEWERS, Ear, Ledger, Place, Said, Waiting

PEOPLE = ("ana", "bo", "cy", "di", "eve", "fay", "gus", "hal", "ida", "jo")
LED = ("group", "open group", "broadcast", "live")
POSTS = ("post", "poll", "forward")
WAITS_MAX = 50
"""Tenths of a second that a search may take, which waits until what was committed can be found."""


@define(eq=False)
class Course:
    house: House
    chance: random.Random
    ledger: Ledger
    ears: dict[UserId, list[Ear]] = Factory(dict[UserId, list[Ear]])
    places: list[Place] = Factory(list[Place])
    invites: list[tuple[Place, bytes]] = Factory(list[tuple[Place, bytes]])
    drafts: dict[tuple[UserId, bytes], str] = Factory(dict[tuple[UserId, bytes], str])

    def pick(self, some: list[Any]) -> Any:
        return self.chance.choice(some)

    def place(self, *kinds: str) -> Place:
        return self.chance.choice([place for place in self.places if not kinds or place.kind in kinds])

    def actor(self, some: list[UserId]) -> UserId:
        """Return mostly one of `some`, who may, and now and then anybody."""
        return self.chance.choice(some if some and self.chance.random() < 0.85 else PEOPLE)

    async def ask(self, user: UserId, command: Any) -> Any:
        reply = await self.last_reply(self.pick(self.ears[user]), command)
        for each in self.ledger.ears:
            each.peer.received.clear()
        return reply

    async def last_reply(self, ear: Ear, *commands: Any) -> Any:
        """Send commands all at once, and return the reply to the last, which may wait for what time brings."""
        request = 0
        for command in commands:
            request = await ear.peer.send(command)
        await self.house.rest()
        for _ in range(WAITS_MAX):
            if any(each.request == request for each in ear.peer.received):
                break
            await self.house.sleep(0.1)
        return ear.peer.reply(request)

    async def write(self, what: str, user: UserId, make: Callable[[str, bytes], Any], other: UserId = "") -> str:
        """Send a command with a new canary that is told as `what`; return it, or nothing where it was refused."""
        sign, key = self.ledger.new("refused"), self.house.key()
        if not isinstance(await self.ask(user, make(sign, key)), Committed):
            return ""
        self.ledger.texts[sign].what = what
        self.ledger.tell((sign,), what, None, user, other)
        return sign

    # What is said in rooms

    async def _say(self, place: Place, user: UserId, what: str, signs: tuple[str, ...], post: m.Post) -> None:
        reply = await self.ask(user, post)
        if not isinstance(reply, Committed):
            return
        for sign in signs:
            if self.ledger.texts[sign].what == "refused":
                self.ledger.texts[sign].what = "held" if reply.held else what
        if reply.held:
            place.held_ever += 1
            waiting = Waiting("held", user, signs, content=post.content, number=place.held_ever)
            place.held.append(waiting)
            self.ledger.stands(signs)
            self.ledger.tell(signs, "held", place, user)
        else:
            self.ledger.put(place, Said(reply.seq, reply.time, user, what, signs, post.content))

    async def post(self) -> None:
        place = self.place()
        user, sign = self.actor(place.within()), self.ledger.new("refused")
        link = " http://a.example/" if place.kind == "open group" and self.chance.random() < 0.5 else ""
        post = m.Post(room=place.id, key=self.house.key(), content=content.text(sign + link))
        await self._say(place, user, "post", (sign,), post)

    async def poll(self) -> None:
        place = self.place()
        user, signs = self.actor(place.within()), tuple(self.ledger.new("refused") for _ in range(4))
        body = Poll(question=signs[0], options=signs[1:3], fallback=signs[3])
        post = m.Post(room=place.id, key=self.house.key(), content=content.of(body))
        await self._say(place, user, "poll", signs, post)

    async def forward(self) -> None:
        there, place = self.place(), self.place()
        posts = [said for said in there.said if said.what in POSTS and not said.erased]
        if not posts:
            return
        said, user, sign = self.pick(posts), self.actor(place.within()), self.ledger.new("refused")
        newest = said.edits[-1] if said.edits else said
        quote = quoting.quote_of(newest.content, said.author, said.time)
        quoted = tuple(each for each in newest.canaries if each.encode() in quote.content)
        handed_on = content.parse(said.content).type == "forward"
        post = m.Post(
            room=place.id,
            key=self.house.key(),
            content=quoting.forward(quote, sign),
            origin=m.Origin(room=there.id, seq=said.seq),
        )
        fallback = () if handed_on else quoted
        await self._say(place, user, "forward", tuple(dict.fromkeys((sign, *quoted, *fallback))), post)

    def _post_of(self, place: Place) -> Said | None:
        posts = [said for said in place.said if said.what in POSTS]
        return self.pick(posts) if posts else None

    async def edit(self) -> None:
        place = self.place()
        said = self._post_of(place)
        if said is None:
            return
        user, sign = self.actor([said.author]), self.ledger.new("refused")
        body = content.text(sign)
        reply = await self.ask(user, m.Edit(room=place.id, key=self.house.key(), seq=said.seq, content=body))
        if isinstance(reply, Committed):
            self.ledger.texts[sign].what = "edit"
            edit = Said(reply.seq, reply.time, user, "edit", (sign,), body)
            said.edits.append(edit)
            self.ledger.put(place, edit)

    async def delete(self) -> None:
        place = self.place()
        said = self._post_of(place)
        if said is None:
            return
        user = self.actor([said.author])
        if isinstance(await self.ask(user, m.Delete(room=place.id, key=self.house.key(), seq=said.seq)), Committed):
            self.ledger.delete(said)

    async def review(self) -> None:
        place = self.place("open group")
        if not place.held:
            return
        held, user = self.pick(place.held), self.actor(place.having(REVIEWERS))
        approve = self.chance.random() < 0.5

        def make(sign: str, key: bytes) -> m.Review:
            return m.Review(room=place.id, key=key, number=held.number, user=held.author, approve=approve, reason=sign)

        if not await self.write("review", user, make, held.author):
            return
        place.held.remove(held)
        if approve:
            page = await self.ask(OPERATORS, m.History(room=place.id, limit=1))
            last = page.entries[-1]
            self.ledger.put(place, Said(last.seq, last.time, held.author, "post", held.canaries, held.content))
        self.ledger.erase(held.canaries)
