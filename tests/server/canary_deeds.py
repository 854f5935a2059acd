"""What is written beside the rooms in the course of `tests.server.test_canaries`, how it begins, and how it ends."""

from __future__ import annotations

from typing import Any

from chatd import messages as m
from chatd.chain import direct_id, origin, report_id, short
from chatd.messages import Committed
from chatd.model import FilterAction, Links, RelationKind, Role, RoomKind
from chatd.rights import Archive, JoinBy, Past
from tests.server.canaries import MANAGERS, OPERATORS, REVIEWERS, Ear, Place, Waiting, listen
from tests.server.canary_comings import GROUPS, Comings
from tests.server.canary_course import LED, PEOPLE, POSTS

PAGES_MAX = 30


class Deeds(Comings):
    """All that is done, by name."""

    async def begin(self) -> None:
        """Let everybody come, and make the rooms."""
        for user in (OPERATORS, *PEOPLE):
            self.ears[user] = [await listen(self.house, self.ledger, user)]
        self.ears["ana"].append(await listen(self.house, self.ledger, "ana", "tablet"))
        for user in PEOPLE[1:]:
            for other in self.chance.sample(PEOPLE, 4):
                if user != other:
                    await self._follows(user, other)
        await self._make("group", RoomKind.GROUP, join_by=JoinBy.REQUEST)
        await self._make("open group", RoomKind.GROUP, join_by=JoinBy.OPEN, history=Past.ALL)
        await self._make("broadcast", RoomKind.BROADCAST)
        await self._make("live", RoomKind.LIVE)
        room = (await self.ask("bo", m.OpenDirect(key=self.house.key(), user="cy"))).room
        assert room == direct_id("bo", "cy")
        both = {"bo": Role.MEMBER, "cy": Role.MEMBER}
        self.places.append(Place(room, "direct", False, self.ledger.new("title"), inside=both))
        held = m.SetFilter(room=self.places[1].id, key=self.house.key(), links=Links.NONE, action=FilterAction.HOLD)
        assert isinstance(await self.ask("ana", held), Committed)

    async def _follows(self, user: str, other: str) -> None:
        command = m.SetRelation(key=self.house.key(), user=user, other=other, relation=RelationKind.FOLLOW)
        assert isinstance(await self.ask(OPERATORS, command), Committed)

    async def _make(self, kind: str, of: RoomKind, **settings: Any) -> None:
        title = self.ledger.new("title")
        reply = await self.ask("ana", m.CreateGroup(key=self.house.key(), title=title, kind=of))
        place = Place(reply.room, kind, kind != "group", title, inside={"ana": Role.OWNER})
        self.places.append(place)
        self.ledger.enters(place)
        if settings:
            command = m.SetSettings(room=place.id, key=self.house.key(), **settings)
            assert isinstance(await self.ask("ana", command), Committed)

    # What belongs to a room, and is not said in it

    async def title(self) -> None:
        place, sign = self.place(*LED), self.ledger.new("refused")
        actor = self.actor(place.having(MANAGERS))
        command = m.SetTitle(room=place.id, key=self.house.key(), title=sign)
        if isinstance(await self.ask(actor, command), Committed):
            self.ledger.texts[sign].what = "title"
            before, place.title = place.title, sign
            self.ledger.tell((sign,), "title", place, actor)
            place.titles.append(before)

    async def filter(self) -> None:
        place, sign = self.place(*GROUPS), self.ledger.new("refused")
        actor = self.actor(place.having(MANAGERS))
        command = m.SetFilter(room=place.id, key=self.house.key(), words=(sign,))
        if isinstance(await self.ask(actor, command), Committed):
            self.ledger.texts[sign].what = "filter"
            self.ledger.tell((sign,), "filter", place, actor)
            place.words.append(sign)

    async def report(self) -> None:
        place = self.place()
        said, sign, key = self._post_of(place), self.ledger.new("refused"), self.house.key()
        if said is None:
            return
        user = self.actor(place.within())
        command = m.Report(key=key, room=place.id, seq=said.seq, reason="spam", text=sign)
        if not isinstance(await self.ask(user, command), Committed):
            return
        self.ledger.texts[sign].what = "report"
        near = [each for each in place.said if said.seq - 3 <= each.seq <= said.seq or each in said.edits]
        shown = tuple(canary for each in near if not each.erased for canary in each.canaries)
        name = report_id(user, key)
        place.reports.append(Waiting("report", user, (sign,), said.author))
        place.reports.append(Waiting("evidence", user, shown, said.author, name=name))
        self.ledger.stands(shown)
        self.ledger.enters(place)

    async def report_user(self) -> None:
        user, other = self.chance.sample(PEOPLE, 2)

        def make(sign: str, key: bytes) -> m.Report:
            return m.Report(key=key, user=other, reason="spam", text=sign)

        await self.write("report of a user", user, make)

    async def resolve(self) -> None:
        place = self.place()
        evidence = [each for each in place.reports if each.what == "evidence"]
        if not evidence:
            return
        about, user = self.pick(evidence), self.actor([OPERATORS, *place.having(REVIEWERS)])
        room = None if user == OPERATORS else place.id
        if isinstance(await self.ask(user, m.Resolve(report=about.name, room=room)), m.Done):
            place.reports.remove(about)
            self.ledger.erase(about.canaries)

    # What is a user's own

    async def draft(self) -> None:
        place, user = self.place(), self.pick([*PEOPLE])

        def make(sign: str, key: bytes) -> m.SetDraft:
            return m.SetDraft(room=place.id, key=key, content=sign.encode())

        if sign := await self.write("draft", user, make):
            self.ledger.stands((sign,))
            if before := self.drafts.pop((user, place.id), ""):
                self.ledger.erase((before,))
            self.drafts[user, place.id] = sign

    async def undraft(self) -> None:
        if not self.drafts:
            return
        user, room = self.pick([*self.drafts])
        if isinstance(await self.ask(user, m.SetDraft(room=room, key=self.house.key())), Committed):
            self.ledger.erase((self.drafts.pop((user, room)),))

    async def profile(self) -> None:
        user = self.pick([*PEOPLE])
        which = self.chance.randrange(3)

        def make(sign: str, key: bytes) -> m.SetProfile:
            name, handle, avatar = [sign if each == which else None for each in range(3)]
            return m.SetProfile(key=key, name=name, handle=handle, avatar=avatar)

        await self.write("profile", user, make)

    async def attribute(self) -> None:
        user = self.pick([*PEOPLE])
        await self.write(
            "attribute", OPERATORS, lambda sign, key: m.SetAttributes(key=key, user=user, attributes={"a": sign})
        )

    async def keep(self) -> None:
        user, room = self.pick([*PEOPLE]), self.place().id
        await self.ask(user, m.SetConversation(room=room, key=self.house.key(), archived=self.pick([True, False])))
        other = self.pick([each for each in PEOPLE if each != user])
        await self.ask(user, m.Block(key=self.house.key(), user=other, on=self.pick([True, True, False])))

    async def query(self) -> None:
        await self.ask(self.pick([*PEOPLE]), m.Search(query=self.ledger.new("query")))

    # What is asked

    async def look(self) -> None:
        """Ask for all that there is to be read of a room, or of people, whoever asks."""
        await self._look(self.pick(self.ears[self.pick([*PEOPLE])]), self.place())

    async def _look(self, ear: Ear, place: Place) -> None:
        await self.last_reply(ear, *self._questions(ear, place))
        ear.peer.received.clear()

    def _questions(self, ear: Ear, place: Place) -> list[Any]:
        room, start = place.id, short(origin(place.id))
        posts = [said.seq for said in place.said if said.edits]
        reports = [each.name for each in place.reports if each.name]
        return [
            m.History(room=room, limit=1000),
            m.History(room=room, after=0, limit=1000),
            m.Subscribe(epoch=ear.peer.epoch, rooms=(room, 0, start)),
            *(m.Versions(room=room, seq=seq) for seq in posts),
            m.Members(room=room),
            m.HeldPosts(room=room),
            m.AskFilter(room=room),
            m.Permissions(room=room),
            *(m.Reports(room=each, resolved=resolved) for each in (room, None) for resolved in (False, True)),
            *(m.Evidence(report=name, room=each) for each in (room, None) for name in reports),
            m.Rooms(),
            m.Profiles(users=PEOPLE),
            m.AskAttributes(user="bo"),
            m.Follow(limit=200),
            m.Search(query="canary*", limit=1000),
            m.Search(query="canary*", limit=1000, room=room),
        ]

    async def end(self) -> None:
        """End the stream, kept for nobody; then let everybody ask for everything, and the operator follow all."""
        live = self.places[3]
        assert isinstance(
            await self.ask("ana", m.End(room=live.id, key=self.house.key(), archive=Archive.NONE)), Committed
        )
        for said in live.said:
            if said.what in (*POSTS, "edit"):
                self.ledger.delete(said)
        await self.house.sleep(2)
        for ears in self.ears.values():
            for ear in ears:
                for place in self.places:
                    await self._look(ear, place)
        after: bytes | None = None
        for _ in range(PAGES_MAX):
            page = await self.ask(OPERATORS, m.Follow(after=after, limit=200))
            after = page.position
            if not page.more:
                return
        raise AssertionError("the stream has no end")
