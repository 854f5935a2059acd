"""Who comes and goes in the course of `tests.server.test_canaries`, and what those decide who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatd import messages as m
from chatd.chain import invite_hash, origin, short
from chatd.messages import Committed
from chatd.model import Role, UserId
from chatd.rights import Permission
from tests.server.canaries import OPERATORS, REVIEWERS, Place, Said
from tests.server.canary_course import LED, PEOPLE, Course

GROUPS = ("group", "open group", "broadcast")


class Comings(Course):
    """Memberships, and what is decided about them."""

    def _comes(self, place: Place, user: UserId, role: Role = Role.MEMBER) -> None:
        place.invited.pop(user, None)
        place.inside[user] = role
        self.ledger.enters(place)

    def _goes(self, place: Place, user: UserId) -> None:
        for there in (place.inside, place.watching, place.invited):
            there.pop(user, None)

    async def add(self) -> None:
        place, user = self.place(*GROUPS), self.pick([*PEOPLE])
        actor = self.actor(place.having(REVIEWERS))
        reply = await self.ask(actor, m.AddMember(room=place.id, key=self.house.key(), users=(user,)))
        answer = reply.answers[user] if isinstance(reply, Committed) and reply.answers else ""
        if answer == "invited":
            place.invited[user] = None
            self.ledger.tell((place.title,), "title", place, actor)
        elif answer == "added" and user not in place.inside:
            self._comes(place, user)

    async def remove(self) -> None:
        place = self.place(*GROUPS)
        actor, user = self.actor(place.having(REVIEWERS)), self.pick([*PEOPLE])
        command = m.RemoveMember(room=place.id, key=self.house.key(), user=user)
        if isinstance(await self.ask(actor, command), Committed):
            self._goes(place, user)

    async def leave(self) -> None:
        place = self.place(*GROUPS)
        user = self.actor([each for each in place.within() if each != "ana"])
        if user != "ana" and isinstance(await self.ask(user, m.Leave(room=place.id, key=self.house.key())), Committed):
            self._goes(place, user)

    async def join(self) -> None:
        place = self.place(*GROUPS)
        user = self.actor([*place.invited])
        if isinstance(await self.ask(user, m.Join(room=place.id, key=self.house.key())), Committed):
            self._comes(place, user)

    async def ask_in(self) -> None:
        await self.ask(self.pick([*PEOPLE]), m.RequestJoin(room=self.place("group").id, key=self.house.key()))

    async def watch(self) -> None:
        place, user = self.place("live"), self.pick([*PEOPLE[2:]])
        if user in place.watching:
            if isinstance(await self.ask(user, m.Unwatch(room=place.id)), m.Done):
                place.watching.pop(user)
            return
        start = short(origin(place.id))
        command = m.Watch(room=place.id, epoch=self.ears[user][0].peer.epoch, seq=0, h8=start)
        if isinstance(await self.ask(user, command), m.Subscribed):
            place.watching[user] = None
            self.ledger.enters(place)

    async def invite(self) -> None:
        place, sign = self.place(*LED), self.ledger.new("code")
        command = m.CreateInvite(room=place.id, key=self.house.key(), hash=invite_hash(place.id, sign.encode()), uses=2)
        if isinstance(await self.ask(self.actor(place.having(REVIEWERS)), command), Committed):
            self.invites.append((place, sign.encode()))

    async def use_invite(self) -> None:
        usable = [each for each in self.invites if each[0].kind != "live"]
        if usable:
            place, code = self.pick(usable)
            user = self.pick([*PEOPLE])
            command = m.JoinByInvite(room=place.id, key=self.house.key(), code=code)
            if isinstance(await self.ask(user, command), Committed):
                self._comes(place, user)

    async def promote(self) -> None:
        place = self.place(*GROUPS)
        user, role = self.pick([*place.inside]), self.pick([Role.ADMIN, Role.MODERATOR, Role.MEMBER])
        command = m.SetRole(room=place.id, key=self.house.key(), user=user, role=role)
        if user != "ana" and isinstance(await self.ask("ana", command), Committed):
            place.inside[user] = role
            self.ledger.enters(place)

    # What those decide who may

    async def _with_reason(self, place: Place, what: str, actor: UserId, make: Callable[[str], Any]) -> bool:
        """Do something for which there is a reason, which stands in an entry of the room; return whether it was."""
        sign = self.ledger.new("refused")
        reply = await self.ask(actor, make(sign))
        if not isinstance(reply, Committed):
            return False
        self.ledger.texts[sign].what = what
        self.ledger.put(place, Said(reply.seq, reply.time, actor, what, (sign,)))
        return True

    async def ban(self) -> None:
        place, user = self.place(*LED), self.pick([*PEOPLE[1:]])
        actor = self.actor(place.having(REVIEWERS))

        def make(sign: str) -> m.Ban:
            return m.Ban(room=place.id, key=self.house.key(), user=user, reason=sign)

        if place.kind == "broadcast" and place.inside.get(user, Role.MEMBER) is Role.MEMBER:
            done = bool(await self.write("reason among fans", actor, lambda sign, _: make(sign)))
        else:
            done = await self._with_reason(place, "reason", actor, make)
        if done:
            self._goes(place, user)

    async def unban(self) -> None:
        place = self.place(*LED)
        command = m.Unban(room=place.id, key=self.house.key(), user=self.pick([*PEOPLE[1:]]))
        await self.ask(self.actor(place.having(REVIEWERS)), command)

    async def restrict(self) -> None:
        place = self.place(*LED)
        user = self.actor([each for each in place.within() if each != "ana"])
        actor, deny = (
            self.actor(place.having(REVIEWERS)),
            self.pick([(), (Permission.REACT,), (Permission.REACT, Permission.PIN)]),
        )

        def make(sign: str) -> m.Restrict:
            return m.Restrict(room=place.id, key=self.house.key(), user=user, deny=deny, reason=sign)

        if place.kind == "broadcast":
            await self.write("restriction among fans", actor, lambda sign, _: make(sign), user)
        else:
            await self._with_reason(place, "reason", actor, make)

    async def freeze(self) -> None:
        place = self.place()
        for on in (True, False):

            def make(sign: str, on: bool = on) -> m.Freeze:
                return m.Freeze(room=place.id, key=self.house.key(), on=on, reason=sign)

            await self._with_reason(place, "reason", OPERATORS, make)
