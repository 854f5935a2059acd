"""What outlives a connection: everything that one hands to the next."""

from __future__ import annotations

from typing import cast

from attrs import define, evolve, field

from chatd import messages
from chatd.codes import Verdict
from chatd.model import PRESENT, EntryKind, RoomId, UserId
from chatd_client import events
from chatd_client.bell import Bell
from chatd_client.blocks import Blocks
from chatd_client.cursor import Told
from chatd_client.directory import Directory, RoomInfo
from chatd_client.errors import Ended, Left, Refused
from chatd_client.follow import Follower
from chatd_client.inbox import Inbox
from chatd_client.keeping import Drafts, HiddenEntries
from chatd_client.ledger import Ledger, Sending
from chatd_client.sources import Sources
from chatd_client.store import Saved

_PRESENT = [state.value for state in PRESENT]


@define(eq=False)
class Desk:
    inbox: Inbox
    ledger: Ledger
    sources: Sources
    follows_all: bool
    latest: int | None
    """How many entries to tell of a room that was never followed; None for all."""
    syncs: bool = True
    """Whether the connection follows rooms and tells of itself; else it only asks."""
    user: UserId = ""
    room: RoomId = b""
    """The user's self room."""
    online: bool = False
    follower: Follower = field(factory=Follower, init=False)
    directory: Directory = field(factory=Directory, init=False)
    found_rooms: bool = field(default=False, init=False)
    """Whether the pages of the user's rooms have been read in this epoch."""
    marks: dict[RoomId, int] = field(factory=dict[RoomId, int], init=False)
    """How far the user has read, as far as this chat knows."""
    unmarked: dict[RoomId, None] = field(factory=dict[RoomId, None], init=False)
    """The rooms whose mark the server is to be told."""
    told: dict[RoomId, int] = field(factory=dict[RoomId, int], init=False)
    """How far others may know that the user has read, as far as this chat has said."""
    private: bool = field(default=False, init=False)
    """Whether marks that the chat sets by itself are not told to others."""
    hidden: HiddenEntries = field(factory=HiddenEntries, init=False)
    drafts: Drafts = field(factory=Drafts, init=False)
    watching: messages.WatchPresence | None = field(default=None, init=False)
    """Whose presence every new connection watches again."""
    blocks: Blocks = field(factory=Blocks, init=False)
    unready: list[Sending] = field(factory=list[Sending], init=False)
    """The commands that the store does not hold yet."""
    ended: Ended | None = field(factory=lambda: Left("the chat has not been entered"), init=False)
    _left_over: tuple[messages.KeyedCommand, ...] = field(default=(), init=False)
    """Of `unsettled`, once the chat is over."""
    made_progress: bool = field(default=False, init=False)
    """Whether the present connection was of use: then the next one is not put off."""
    work: Bell = field(factory=Bell, init=False)
    """Rings when there may be something to send."""
    sync: Bell = field(factory=Bell, init=False)
    """Rings when there may be something to subscribe to, or the catching up may be over."""
    marking: Bell = field(factory=Bell, init=False)
    space: Bell = field(factory=Bell, init=False)
    """Rings when the ledger has room, and when the chat is connected or over."""
    saving: Bell = field(factory=Bell, init=False)

    def offer(self, event: events.Event) -> None:
        """Hand the app an event that it may miss."""
        if self.syncs:
            self.inbox.offer(event)

    def restore(self, saved: Saved) -> None:
        """Go on from what a store kept."""
        self.user, self.follower.epoch = saved.user, saved.epoch
        for cursor in saved.cursors:
            self.follower.restore(cursor)
            self.inbox.consumed[cursor.room] = cursor
        for command in saved.unsent:
            self.ledger.add(command, awaited=False, kept=True)
        for room, seq in saved.hidden:
            self.hidden.add(room, seq)

    def state(self) -> Saved:
        """Return what a store is to keep."""
        return Saved(
            user=self.user,
            epoch=self.follower.epoch,
            cursors=tuple(self.inbox.consumed.values()),
            unsent=self.unsettled(),
            hidden=self.hidden.known(),
        )

    def tell(self, told: list[Told]) -> None:
        """Hand events to the app, and learn from them on the way."""
        for each in told:
            if isinstance(each.event, events.Entry):
                self._learn(each.event)
            elif isinstance(each.event, events.Reset):
                self.hidden.forget(each.event.room)
            if isinstance(each.event, events.Reset | events.Gap) and each.event.room == self.room:
                self._look_again(anew=isinstance(each.event, events.Reset))
            self.inbox.put(self._shown(each))

    def _look_again(self, *, anew: bool) -> None:
        """The self room is told anew, or not whole: it may not tell of some rooms, nor of some blocks."""
        self.found_rooms = False
        self.blocks.doubt(anew=anew)
        self.sync.ring()

    def _shown(self, told: Told) -> Told:
        """Put `Hidden` in the place of an entry that the user does not want to see: what cannot come is named."""
        entry = told.event
        if isinstance(entry, events.Entry) and (self.hidden.hides(entry) or self.blocks.hides(entry)):
            return Told(events.Hidden(entry.room, entry.seq), told.cursor)
        return told

    def _learn(self, entry: events.Entry) -> None:
        self.directory.learn_entry(entry)
        if entry.room == self.room:
            self.hidden.learn(entry)
            self.blocks.learn(entry)
        if entry.kind == EntryKind.ROOM and entry.room == self.room and self.follows_all:
            room = entry.facts.get("room")
            if type(room) is bytes and entry.facts.get("state") in _PRESENT:
                self.follow(room)

    def follow(self, room: RoomId) -> None:
        self.follower.follow(room)
        self.sync.ring()

    def mark(self, room: RoomId, seq: int) -> None:
        """Note that the user has read so far; the server is told within a second, and again after a reconnect."""
        if seq > self.marks.get(room, 0):
            self.learn_read(room, seq, told=not self.private)
            self.unmarked[room] = None
            self.marking.ring()

    def learn_read(self, room: RoomId, seq: int, *, told: bool = False) -> None:
        """Take a mark of the user's, which the server knows. `told`: others may know of it, by this chat."""
        self.marks[room] = max(seq, self.marks.get(room, 0))
        if told:
            self.told[room] = max(seq, self.told.get(room, 0))

    @property
    def unsaid(self) -> bool:
        """Whether the server is to be told of marks or drafts."""
        return bool(self.unmarked or self.drafts.waiting)

    def learn_receipts(self, receipts: messages.Receipts) -> None:
        """Take what the user has read on another device."""
        if self.user in receipts.read:
            self.learn_read(receipts.room, receipts.read[self.user])

    def learn_summary(self, summary: messages.RoomSummary) -> None:
        """Take what a page of the user's rooms says of one."""
        self.directory.learn(summary)
        self.learn_read(summary.room, summary.read)

    def info(self, room: RoomId) -> RoomInfo:
        """Return what is known of a room, and of how the user keeps it."""
        info = self.directory.get(room)
        marked = info.unread_at is not None and self.marks.get(room, 0) <= info.unread_at
        return evolve(info, marked_unread=marked)

    def learn_mark(self, sync: messages.RoomSync) -> None:
        """Compare with what the server has stored: marks that it lost are told again."""
        for seq in sync.hidden:
            self.hidden.add(sync.room, seq)
        mark = self.marks.get(sync.room, 0)
        if sync.read < mark:
            self.unmarked[sync.room] = None
            self.marking.ring()
        elif sync.read > mark:
            self.marks[sync.room] = sync.read

    def answered(self, request: int, reply: messages.Reply, now: float) -> None:
        """Take the reply to a command of the app."""
        sending = self.ledger.answered(request, reply, now)
        self.work.ring()
        self.space.ring()
        if sending is None:
            return
        if isinstance(reply, messages.Refused) and reply.verdict == Verdict.RESYNC:
            self.follower.shed(getattr(sending.command, "room", b""))
            self.sync.ring()
        if isinstance(reply, messages.Committed) or not self.syncs:
            self.made_progress = True
        posted = isinstance(sending.command, messages.Post) and self.syncs
        if posted and isinstance(reply, messages.Committed) and not (reply.held or self.follower.watches(reply.room)):
            self.mark(reply.room, reply.seq)
        if sending.kept:
            self._tell_settled(sending)

    def _tell_settled(self, sending: Sending) -> None:
        outcome = sending.error or sending.reply
        if isinstance(outcome, messages.Committed | Refused) and isinstance(sending.command, messages.KeyedCommand):
            self.inbox.put(Told(events.Settled(sending.command, outcome)))

    def unsettled(self) -> tuple[messages.KeyedCommand, ...]:
        """Return the keyed commands that have had no answer, in order: what the store keeps."""
        keyed = [cast("messages.KeyedCommand", sending.command) for sending in self.ledger.keyed]
        return (*self._left_over, *keyed)

    def finish(self, error: Ended) -> None:
        """The chat is over: everything that waits is told why. Only the first end counts."""
        if self.ended is None:
            self.ended = error
            self._left_over = self.unsettled()
        self.ledger.end(error)
        self.inbox.bell.ring()
        self.space.ring()
