"""One method for each command: the arguments in, the typed reply out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from attrs import define, frozen

from chatd import messages
from chatd.limits import CONTENT_BYTES_MAX
from chatd.messages import Command, Committed, Done, HistoryPage, KeyedCommand, MembersPage, RoomsPage
from chatd.model import Key, Role, RoomId, UserId
from chatd.wire import content
from chatd_client import events
from chatd_client.cursor import entry_hash
from chatd_client.desk import Desk
from chatd_client.directory import RoomInfo
from chatd_client.errors import ChainBroken, ProtocolViolation
from chatd_client.ledger import Sending

ReplyT = TypeVar("ReplyT")


@frozen(kw_only=True)
class Page:
    """A piece of a room's history, whose hash chain has been verified."""

    room: RoomId
    entries: tuple[events.Entry, ...]
    """Ascending, without holes."""
    floor: int
    """The first seq this user may ever see."""
    head: int
    """The last one, now."""
    more_before: bool
    more_after: bool


def page_of(reply: HistoryPage, user: UserId) -> Page:
    """Return the page in `reply`. Raises ChainBroken where its entries do not continue one another."""
    before = reply.hash or b""
    for place, message in enumerate(reply.entries):
        following = entry_hash(before, message) if message.seq == reply.entries[0].seq + place else None
        if following is None:
            raise ChainBroken(reply.room, message.seq, "a page of history is broken")
        before = following
    return Page(
        room=reply.room,
        entries=tuple(events.entry(message, user) for message in reply.entries),
        floor=reply.floor,
        head=reply.head,
        more_before=reply.more_before,
        more_after=reply.more_after,
    )


@define(eq=False)
class Commands:
    """The half of a chat that asks. Every method may raise Refused and Ended, and waits as long as it takes.

    A keyed command is sent again after every reconnect, with its key, until the server has answered it. Cancelled
    before the first send, a command is withdrawn; later it goes its way, and whether it was carried out is unknown.
    """

    _desk: Desk
    _has_store: bool

    def post_nowait(self, room: RoomId, body: str | bytes) -> Sending:
        """Give a post without waiting: its order is the order of these calls. Await `acked()` of what is returned.

        `body` is a text, or the exact bytes of a content. Raises Backlog, Ended, or Unfit (a ValueError) for what
        no server takes.
        """
        return self._give(messages.Post(room=room, key=self._key(), content=_content(body)))

    async def post(self, room: RoomId, body: str | bytes) -> Committed:
        """Post a text, or the exact bytes of a content, and mark the room as read up to it."""
        return await self._commit(messages.Post(room=room, key=self._key(), content=_content(body)))

    async def open_direct(self, user: UserId) -> Committed:
        """Open the direct room with `user`, or return the one that there is. Its id is the reply's `room`."""
        return await self._commit(messages.OpenDirect(key=self._key(), user=user))

    async def create_group(self, title: str, members: Sequence[UserId] = ()) -> Committed:
        """Make a group; the reply's `answers` tell for each user whether they were added, invited or refused."""
        return await self._commit(messages.CreateGroup(key=self._key(), title=title, members=tuple(members)))

    async def add_member(self, room: RoomId, *users: UserId) -> Committed:
        """Add up to 100 users; the reply's `answers` tell what was done for each."""
        return await self._commit(messages.AddMember(room=room, key=self._key(), users=users))

    async def remove_member(self, room: RoomId, user: UserId) -> Committed:
        return await self._commit(messages.RemoveMember(room=room, key=self._key(), user=user))

    async def join(self, room: RoomId) -> Committed:
        """Join, or accept an invitation."""
        return await self._commit(messages.Join(room=room, key=self._key()))

    async def leave(self, room: RoomId) -> Committed:
        """Leave, or decline an invitation."""
        return await self._commit(messages.Leave(room=room, key=self._key()))

    async def set_title(self, room: RoomId, title: str) -> Committed:
        return await self._commit(messages.SetTitle(room=room, key=self._key(), title=title))

    async def set_role(self, room: RoomId, user: UserId, role: Role) -> Committed:
        return await self._commit(messages.SetRole(room=room, key=self._key(), user=user, role=role))

    async def history(
        self,
        room: RoomId,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int = 50,
    ) -> Page:
        """Return entries before, after or around a seq, or the newest. Raises ChainBroken, too."""
        ask = messages.History(room=room, before=before, after=after, around=around, limit=limit)
        return page_of(await self._ask(ask, HistoryPage), self._desk.user)

    async def members(self, room: RoomId, *, after: UserId | None = None, limit: int = 100) -> MembersPage:
        """Return a page of a room's members, from the one behind `after`."""
        return await self._ask(messages.Members(room=room, after=after, limit=limit), MembersPage)

    async def rooms(self, *, following: bytes | None = None, limit: int = 50) -> RoomsPage:
        """Return a page of this user's rooms, newest entry first; `following` is the `next` of the page before."""
        page = await self._ask(messages.Rooms(next=following, limit=limit), RoomsPage)
        for summary in page.rooms:
            self._desk.directory.learn(summary)
        return page

    async def mark_read(self, room: RoomId, seq: int) -> None:
        """Say that the user has read up to `seq`. A greater mark stays; one that the server lost is told again."""
        await self._ask(messages.MarkRead(room=room, seq=seq), Done)
        self._desk.marks[room] = max(seq, self._desk.marks.get(room, 0))

    async def typing(self, room: RoomId) -> None:
        """Say that the user is writing. A passing signal: while there is no connection it is dropped."""
        if self._desk.online:
            await self._ask(messages.Typing(room=room), Done)

    def follow(self, room: RoomId) -> None:
        """Tell the entries of `room` too, from the first that was not told yet. Never blocks."""
        self._check_open()
        self._desk.follow(room)

    def unfollow(self, room: RoomId) -> None:
        """Tell the entries of `room` no more, and forget how far they were told. Never blocks."""
        self._check_open()
        self._desk.follower.unfollow(room)

    def room(self, room: RoomId) -> RoomInfo:
        """Return what is known of a room without asking: kind, title, and the peer of a direct one."""
        return self._desk.directory.get(room)

    def _key(self) -> Key:
        return self._desk.sources.key()

    def _check_open(self) -> None:
        if self._desk.ended is not None:
            raise self._desk.ended

    def _give(self, command: Command) -> Sending:
        self._check_open()
        keyed = isinstance(command, KeyedCommand)
        sending = self._desk.ledger.add(command, ready=not (keyed and self._has_store))
        if not sending.ready:
            self._desk.unready.append(sending)
            self._desk.saving.ring()
        self._wake()
        return sending

    def _wake(self) -> None:
        """The writer has something to send; a reader that waits for the app must read on for the reply."""
        self._desk.work.ring()
        if self._desk.inbox.full:
            self._desk.inbox.bell.ring()

    async def _settled(self, command: Command) -> messages.Reply:
        while self._desk.ledger.full and self._desk.ended is None:
            await self._desk.space.wait()
        sending = self._give(command)
        try:
            return await sending.finished()
        finally:
            self._desk.ledger.abandon(sending)

    async def _commit(self, command: KeyedCommand) -> Committed:
        return _expect(await self._settled(command), Committed)

    async def _ask(self, command: Command, reply: type[ReplyT]) -> ReplyT:
        return _expect(await self._settled(command), reply)


def _content(body: str | bytes) -> bytes:
    if isinstance(body, str):
        return content.text(body)
    content.check(body, CONTENT_BYTES_MAX)
    return body


def _expect(reply: object, expected: type[ReplyT]) -> ReplyT:
    if not isinstance(reply, expected):
        raise ProtocolViolation(f"{expected.__name__} expected, and {type(reply).__name__} came")
    return reply
