"""What a connection asks by itself: heartbeats, the user's rooms and their subscriptions, read marks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import anyio
from attrs import define, field

from chatd.limits import DEFAULTS, Limits
from chatd.messages import (
    Command,
    Contacts,
    ContactsPage,
    MarkRead,
    Ping,
    Refused,
    Reply,
    Rooms,
    RoomsPage,
    SetDraft,
    Subscribed,
)
from chatd.model import PRESENT, ContactList, RoomId
from chatd_client import events
from chatd_client.cursor import Told
from chatd_client.desk import Desk
from chatd_client.errors import ProtocolViolation, passes
from chatd_client.keeping import Draft
from chatd_client.ledger import AFTER_MS_DEFAULT
from chatd_client.listing import Listing

MARK_S = 1.0
MARKS_AT_ONCE = 32
"""How many read marks go out at once. The others wait for `MARK_S`, so that they never fill the requests in flight."""

DRAFT_S = 1.0
"""How long a draft waits behind the one before it, of whatever room."""

Say = Callable[[Command, Callable[[Reply], None]], None]


def _ignore(_: Reply) -> None:
    """A heartbeat's reply has done its work by arriving."""


@define(eq=False)
class Errands:
    desk: Desk
    _say: Say
    limits: Limits = field(default=DEFAULTS, init=False)
    heartbeat_s: float = field(default=60, init=False)
    _not_before: float = field(default=0.0, init=False)
    """The server is too busy to be asked for rooms and subscriptions before this time."""
    _finding: bool = field(default=False, init=False)
    """Whether a page of the user's rooms is under way."""
    _listing: Listing = field(factory=Listing, init=False)
    _asks_blocks: bool = field(default=False, init=False)
    """Whether a page of whom the user has blocked is under way, or was refused."""
    _catching_up: bool = field(default=True, init=False)
    _pauses: int = field(default=0, init=False)
    """How often the server has detached this session: a subscribe from before that has been asked again since."""
    _drafted: dict[RoomId, Draft] = field(factory=dict[RoomId, Draft], init=False)
    """The drafts that this connection has told and the server has not answered for."""
    _ended: anyio.Event = field(factory=anyio.Event, init=False)

    def tasks(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """Return what runs as long as the connection does."""
        synced = [self._mark, self._draft, self._synchronise]
        return [self._beat, *(synced if self.desk.syncs else ())]

    async def _beat(self) -> None:
        """The first beat is jittered, so that clients which came back together do not beat together."""
        await anyio.sleep(self.desk.sources.chance() * self.heartbeat_s)
        while True:
            self._say(Ping(), _ignore)
            await anyio.sleep(self.heartbeat_s)

    async def farewell(self) -> None:
        """Tell the server the marks and drafts that it does not know, and return when it has read them or is gone."""
        self._tell_marks()
        while self._tell_draft():
            pass
        self._say(Ping(), lambda _: self.end())
        await self._ended.wait()

    def end(self) -> None:
        """Nothing more is to be said on this connection."""
        self._ended.set()

    async def _mark(self) -> None:
        while True:
            if self.desk.unmarked:
                self._tell_marks()
                await anyio.sleep(MARK_S)
            else:
                await self.desk.marking.wait()

    def _tell_marks(self) -> None:
        for room in [*self.desk.unmarked][:MARKS_AT_ONCE]:
            del self.desk.unmarked[room]
            seq, told = self.desk.marks[room], self.desk.told.get(room, 0)
            if told:
                self._say(MarkRead(room=room, seq=told), self._marked(room))
            if seq > told:
                self._say(MarkRead(room=room, seq=seq, private=True), self._marked(room))

    async def _draft(self) -> None:
        while True:
            if self._tell_draft():
                await anyio.sleep(DRAFT_S)
            else:
                await self.desk.drafts.bell.wait()

    def _tell_draft(self) -> bool:
        """Tell the server one draft that it has not been told yet; return whether there was one."""
        drafts = self.desk.drafts
        for room, draft in drafts.waiting.items():
            if self._drafted.get(room, self) is not draft:
                self._drafted[room] = draft
                command = SetDraft(room=room, key=self.desk.sources.key(), content=draft)
                self._say(command, partial(self._kept, room, draft))
                return True
        return False

    def _kept(self, room: RoomId, draft: Draft, reply: Reply) -> None:
        if isinstance(reply, Refused) and passes(reply):
            self.desk.drafts.bell.ring()
        else:
            self.desk.drafts.settle(room, draft)
        if self._drafted.get(room, self) is draft:
            del self._drafted[room]

    def _marked(self, room: RoomId) -> Callable[[Reply], None]:
        def take(reply: Reply) -> None:
            if isinstance(reply, Refused) and passes(reply):
                self.desk.unmarked[room] = None
                self.desk.marking.ring()

        return take

    def begin(self) -> None:
        """The server attends to no room any more: catch up again, and tell the app when that is done."""
        self._catching_up = True
        self._pauses += 1
        self.look()

    def look(self) -> None:
        """Wake the task that subscribes, where it may have something to do."""
        if self.desk.follower.due or (self._catching_up and self.desk.follower.settled):
            self.desk.sync.ring()

    def _blocks_found(self, reply: Reply) -> None:
        """Read on. A server that refuses is asked again on the next connection."""
        if isinstance(reply, ContactsPage):
            self.desk.blocks.learn_page(reply)
            self._asks_blocks = False
            self.desk.sync.ring()

    async def _synchronise(self) -> None:
        while not self._ended.is_set():
            wait_s = self._not_before - anyio.current_time()
            if wait_s > 0:
                await anyio.sleep(wait_s)
            elif self.desk.inbox.full:
                await self.desk.inbox.bell.wait()
            elif not self._ask():
                await self.desk.sync.wait()

    def _ask(self) -> bool:
        """Ask for what is due; return whether there was anything."""
        desk = self.desk
        if not desk.blocks.known and not self._asks_blocks:  # before anything is told that they hide
            self._asks_blocks = True
            self._say(Contacts(which=ContactList.BLOCKS, after=desk.blocks.next), self._blocks_found)
            return True
        if desk.follows_all and not desk.found_rooms and not self._finding:
            self._finding = True
            self._say(Rooms(next=self._listing.next, limit=self.limits.page_rooms_max), self._found)
            return True
        subscribe = desk.follower.next_subscribe(self.limits.subscribe_rooms_max, desk.latest)
        if subscribe is not None:
            self._say(subscribe, partial(self._subscribed, self._pauses))
            return True
        if self._catching_up and desk.follower.settled and not self._finding:
            self._catching_up = False
            desk.made_progress = True
            desk.inbox.put(Told(events.CaughtUp()))
        return False

    def _found(self, reply: Reply) -> None:
        """Follow the rooms of a page."""
        self._finding = False
        self.desk.sync.ring()
        if not isinstance(reply, RoomsPage):
            self._put_off(reply)
            return
        for summary in reply.rooms:
            self.desk.learn_summary(summary)
            if summary.state in PRESENT:
                self.desk.follower.follow(summary.room)
        if self._listing.take(reply):
            self.desk.found_rooms, self._listing = True, Listing()

    def _subscribed(self, pauses: int, reply: Reply) -> None:
        self.desk.sync.ring()
        if pauses != self._pauses:
            return
        if isinstance(reply, Refused) and not passes(reply) and (told := self.desk.follower.not_watched(reply.code)):
            self.desk.tell(told)
            return
        if not isinstance(reply, Subscribed):
            self.desk.follower.not_subscribed()
            self._put_off(reply)
            return
        for sync in reply.rooms:
            self.desk.directory.learn(sync)
            self.desk.learn_mark(sync)
        self.desk.tell(self.desk.follower.subscribed(reply.rooms))

    def _put_off(self, reply: Reply) -> None:
        """Raises ProtocolViolation where it is not for now alone."""
        if not isinstance(reply, Refused) or not passes(reply):
            raise ProtocolViolation(f"a subscribe or rooms was answered with {reply}")
        after_ms = AFTER_MS_DEFAULT if reply.after_ms is None else reply.after_ms
        self._not_before = anyio.current_time() + after_ms / 1000
