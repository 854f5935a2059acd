"""Who is there, told to those who watch and may know: once a second at most, and first to be left out.

A user is online while they have a session, and for `GRACE_S` after the last one: phones flap. What changes waits in one
place, whatever became of it meanwhile, and each watcher is told only what differs from what they were told last: so
nothing at all is sent of who lets nobody know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import trio
from attrs import Factory, define

from chatd.chain import direct_id
from chatd.codes import RefusalCode
from chatd.limits import Limits
from chatd.messages import PresenceNews, Presences, Refused, WatchPresence
from chatd.model import NO_TIES, Item, PresenceRecord, RoomId, Seen, SeenRecord, Shown, Ties, UserId
from chatd.rooms.effects import Actor, InFlight, Refusal, refused
from chatd.rooms.policy import is_present
from chatd.rooms.presence import HOUR_MS, may_see_presence, seen_of
from chatd.rooms.refusals import NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.server.history import place_of
from chatd.server.journal import Journal
from chatd.server.loader import Loader, expect, expect_all
from chatd.server.sessions import Sessions
from chatd.storage import queries as ask
from chatd.storage.base import StoreError
from chatd.storage.people import GetTies
from chatd.storage.presences import GetPresences, IsKnown, IsPresent, PresenceView
from chatd.wire import codec

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

TELL_S = 1.0
GRACE_S = 15.0
USERS_A_LOOK = 256
"""Users whose changes are looked into at once: others wait for the next second."""
PAIRS_A_READ = 128
"""Watchers and watched about whom the store is asked at once."""
WATCH_MS_MIN = 1000
"""A session begins a watch at most this often: each asks the store of every user named."""


@define(eq=False)
class Watch:
    """Of whom a session wants to know, and what it was told last."""

    viewer: UserId
    room: RoomId | None
    told: dict[UserId, Seen]


@define(eq=False, kw_only=True)
class Presence:
    registry: Registry
    sessions: Sessions
    loader: Loader
    journal: Journal
    limits: Limits
    now: Callable[[], int]
    log: FilteringBoundLogger
    _watches: dict[int, Watch] = Factory(dict[int, Watch])
    _begun_ms: dict[int, int] = Factory(dict[int, int])
    """When each session began its last watch."""
    _watchers: dict[UserId, dict[int, None]] = Factory(dict[UserId, dict[int, None]])
    _changed: dict[UserId, None] = Factory(dict[UserId, None])
    """Of whom there may be something to tell, or to keep."""
    _gone_s: dict[UserId, float] = Factory(dict[UserId, float])
    """When the last session of a user ended, on trio's clock, as long as they count as online."""

    # -- what happens ----------------------------------------------------------------------------------------------

    def came(self, user: UserId) -> None:
        """Note a new session of `user`."""
        if self._gone_s.pop(user, None) is None:
            self._changed[user] = None

    def left(self, user: UserId, session: int) -> None:
        """Forget a session, which is none any more. Operators are no users."""
        self._forget(session)
        self._begun_ms.pop(session, None)
        if user and not self.registry.audience.sessions_of(user):
            self._gone_s[user] = trio.current_time()

    def set(self, record: PresenceRecord) -> None:
        """Note that a user lets others know than before."""
        self._changed[record.user] = None

    # -- watching --------------------------------------------------------------------------------------------------

    async def watch(self, actor: Actor, command: WatchPresence, *, signals: bool) -> Presences | Refused:
        """Answer with what the actor may know of each user; with `signals`, go on telling. Raises StoreError.

        The caller holds the room that the command names.
        """
        if refusal := await self._refusal(actor, command):
            return refused(refusal)
        users = tuple(dict.fromkeys(command.users))
        self._begin(actor, Watch(actor.user, command.room, dict.fromkeys(users, Seen.LONG_AGO)), signals=signals)
        pairs = [(actor.user, command.room, user) for user in users]
        views = await self._views(users)
        seen = dict(zip(users, await self._seen(pairs, views), strict=True))
        if watch := self._watches.get(actor.session):
            watch.told.update({user: each for user, each in seen.items() if user in watch.told})
        return Presences(seen=seen)

    async def _refusal(self, actor: Actor, command: WatchPresence) -> Refusal | None:
        most, now = self.limits.presence_users_max, self.now()
        if len(command.users) > most:
            return Refusal(RefusalCode.TOO_LARGE, f"at most {most} users are watched at a time")
        if command.room is not None:
            await self.loader.bring(actor, [command.room], [(command.room, actor.user)])
            place = place_of(self.registry, actor, command.room)
            if place is None:
                return UNKNOWN_ROOM
            if not is_present(place[1]):
                return NOT_MEMBER
        wait_ms = WATCH_MS_MIN - (now - self._begun_ms.get(actor.session, now - WATCH_MS_MIN))
        if 0 < wait_ms <= WATCH_MS_MIN:  # a clock that was set back holds nobody up
            return Refusal(RefusalCode.RATE_LIMITED, "one watch a second", wait_ms)
        return None

    def _begin(self, actor: Actor, watch: Watch, *, signals: bool) -> None:
        """Put a watch in the place of the session's last one, unless it has ended meanwhile."""
        self._forget(actor.session)
        if actor.session not in self.sessions.by_id:
            return
        self._begun_ms[actor.session] = self.now()
        if signals and watch.told:
            self._watches[actor.session] = watch
            for user in watch.told:
                self._watchers.setdefault(user, {})[actor.session] = None

    def _forget(self, session: int) -> None:
        watch = self._watches.pop(session, None)
        for user in watch.told if watch else ():
            del self._watchers[user][session]
            if not self._watchers[user]:
                del self._watchers[user]

    # -- telling ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Once a second, tell and keep what has changed. A store that does not answer is asked again."""
        while True:
            await trio.sleep(TELL_S)
            self._end_grace()
            users = tuple(islice(self._changed, USERS_A_LOOK))
            if not users:
                continue
            for user in users:
                del self._changed[user]
            try:
                await self._look(users)
            except StoreError as error:
                self.log.warning("presence not told", users=len(users), error=str(error))
                self._changed.update(dict.fromkeys(users))

    def _end_grace(self) -> None:
        over_s = trio.current_time() - GRACE_S
        for user in [user for user, gone_s in self._gone_s.items() if gone_s <= over_s]:
            del self._gone_s[user]
            self._changed[user] = None

    async def _look(self, users: Sequence[UserId]) -> None:
        """Keep when these users were there, and tell those who watch them."""
        views = await self._views(users)
        self._keep(views)
        pairs = [(session, user) for user in users for session in self._watchers.get(user, ())]
        news: dict[int, dict[UserId, Seen]] = {}
        for at in range(0, len(pairs), PAIRS_A_READ):
            part = [(s, u, w) for s, u in pairs[at : at + PAIRS_A_READ] if (w := self._watches.get(s)) and u in w.told]
            seen = await self._seen([(watch.viewer, watch.room, user) for _, user, watch in part], views)
            for (session, user, watch), step in zip(part, seen, strict=True):
                if self._watches.get(session) is watch and watch.told[user] is not step:
                    watch.told[user] = step
                    news.setdefault(session, {})[user] = step
        for session, told in news.items():
            if there := self.sessions.by_id.get(session):
                there.outbox.push_signal(("presence", *told), codec.encode(PresenceNews(seen=told)))

    def _keep(self, views: dict[UserId, PresenceView]) -> None:
        """Write when those were there who let others know, where what is on disk is not of this hour."""
        if self.journal.full:
            return
        hour = self.now() // HOUR_MS * HOUR_MS
        records = tuple([SeenRecord(user=view.user, at=hour) for view in views.values() if view.seen < hour])
        if records:
            self.journal.submit_nowait(InFlight(item=Item(records=records), session=0, request=0))

    # -- who may know what -----------------------------------------------------------------------------------------

    async def _views(self, users: Sequence[UserId]) -> dict[UserId, PresenceView]:
        [found] = await self.loader.read([GetPresences(tuple(users))])
        return {view.user: view for view in expect_all(found, PresenceView)}

    async def _seen(
        self, pairs: Sequence[tuple[UserId, RoomId | None, UserId]], views: dict[UserId, PresenceView]
    ) -> list[Seen]:
        """Return what each viewer may know of each user now; of whom they may not, what is said of nobody."""
        asked = {pair: _queries(*pair) for pair in pairs if pair[2] in views}
        queries = list(dict.fromkeys(query for each in asked.values() for query in each))
        values = await self.loader.read(queries) if queries else []
        present = dict(zip(queries, values, strict=True))
        return [self._step(pair, views.get(pair[2]), [present[each] for each in asked.get(pair, ())]) for pair in pairs]

    def _step(
        self, pair: tuple[UserId, RoomId | None, UserId], view: PresenceView | None, present: Sequence[object]
    ) -> Seen:
        viewer, _, user = pair
        ties, *there = present or (NO_TIES,)
        shown, at = (view.shown, view.seen) if view else (Shown.NOBODY, 0)
        is_contact, is_together = there[:1] == [True], len(there) > 1 and all(there[1:])
        is_blocked = expect(ties, Ties).blocked > 0
        allowed = may_see_presence(
            viewer, user, shown, is_blocked=is_blocked, is_contact=is_contact, is_together=is_together
        )
        if not allowed:
            return Seen.LONG_AGO
        online = user in self._gone_s or bool(self.registry.audience.sessions_of(user))
        return seen_of(at, self.now(), online=online)


def _queries(viewer: UserId, room: RoomId | None, user: UserId) -> list[ask.Query]:
    """Return what says whether one has blocked the other, whether the two share a direct room, and whether both are in
    `room` and know that (5.90)."""
    queries: list[ask.Query] = [GetTies(viewer, user), IsPresent(direct_id(viewer, user), viewer)]
    if room is not None:
        queries += [IsKnown(room, viewer), IsKnown(room, user)]
    return queries
