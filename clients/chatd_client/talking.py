"""What a user says, does to what was said, and reads of it: a method for each command."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, evolve, field, frozen

from chatd import messages
from chatd.checked import Quote
from chatd.codes import RefusalCode
from chatd.limits import CONTENT_BYTES_MAX
from chatd.messages import Committed, HistoryPage, MessageState, ReactionsPage, Unfit, VersionsPage
from chatd.model import EntryKind, RoomId, UserId
from chatd.wire import content, quoting
from chatd.wire.bodies import Typed
from chatd_client import events
from chatd_client.asking import Asking
from chatd_client.cursor import entry_hash
from chatd_client.errors import ChainBroken
from chatd_client.ledger import Sending

Body = str | bytes | Typed
"""A text, a body such as `Media` or `Poll`, or the exact bytes of a content."""


@frozen(kw_only=True)
class Message:
    """What became of a post by the time of a page."""

    seq: int
    edits: int
    edit: events.Entry | None
    """The newest edit. None where there is none, or where it was too large for the page: `versions` has it."""
    deleted: bool
    reactions: dict[str, int]
    """How many users gave each emoji, the first given first."""
    first: dict[str, tuple[UserId, ...]]
    """Some of those who gave it, the first first: at most three."""
    votes: tuple[int, ...] = ()
    """Of a poll, how many chose each option."""
    voters: int = 0
    closed: bool = False
    """By hand: of a poll that closes at a time, the body says when."""


@frozen(kw_only=True)
class Page:
    """A piece of a room's history, whose hash chain has been verified."""

    room: RoomId
    entries: tuple[events.Entry, ...]
    """Ascending, without holes but for those in `hidden`."""
    floor: int
    """The first seq this user may ever see."""
    head: int
    """The last one, now."""
    more_before: bool
    more_after: bool
    messages: dict[int, Message] = field(factory=dict[int, Message])
    """By seq, what became of those entries to which anything was done."""
    hidden: tuple[int, ...] = ()
    """The seqs of those that the user has hidden or whose sender they have blocked, which `entries` leaves out."""


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
        entries=tuple(events.entry(message, user) for message in reply.entries if message.seq not in reply.hidden),
        floor=reply.floor,
        head=reply.head,
        more_before=reply.more_before,
        more_after=reply.more_after,
        messages={state.seq: _message(state, user) for state in reply.messages if state.seq not in reply.hidden},
        hidden=reply.hidden,
    )


def without(page: Page, seqs: Sequence[int]) -> Page:
    """Return `page` with the entries at `seqs` hidden."""
    if not seqs:
        return page
    return evolve(
        page,
        entries=tuple(entry for entry in page.entries if entry.seq not in seqs),
        messages={seq: message for seq, message in page.messages.items() if seq not in seqs},
        hidden=tuple(sorted([*page.hidden, *seqs])),
    )


def _message(state: MessageState, user: UserId) -> Message:
    return Message(
        seq=state.seq,
        edits=state.edits,
        edit=events.entry(state.edit, user) if state.edit else None,
        deleted=state.deleted,
        reactions=state.reactions,
        first={emoji: tuple(names.split(" ")) for emoji, names in state.first.items()},
        votes=state.votes,
        voters=state.voters,
        closed=state.closed,
    )


@define(eq=False)
class Handling(Asking):
    """What whoever has a say in a room does with what was said there: users in theirs, operators in any."""

    async def delete(self, room: RoomId, seq: int) -> Committed:
        """Delete a post for everybody: one's own, or, with the right to, that of somebody of lower rank."""
        return await self._commit(messages.Delete(room=room, key=self._key(), seq=seq))

    async def pin(self, room: RoomId, seq: int, *, on: bool = True) -> Committed:
        """Pin a post to its room, or take it off."""
        return await self._commit(messages.Pin(room=room, key=self._key(), seq=seq, on=on))

    async def forward(self, room: RoomId, source: RoomId, seq: int, *, text: str = "") -> Committed:
        """Hand a post of another room on, as it reads now, with a text of one's own beside it.

        Who reads it learns who wrote it and when, not where. Raises Unfit (a ValueError) where there is no such post to
        see, and where it is too large to be quoted.
        """
        said = quoting.forward(await self._quote(source, seq), text)
        origin = messages.Origin(room=source, seq=seq)
        return await self._commit(messages.Post(room=room, key=self._key(), content=said, origin=origin))

    async def _quote(self, source: RoomId, seq: int) -> Quote:
        page = await self.history(source, around=seq, limit=1)
        post = next((each for each in page.entries if each.seq == seq and each.kind == EntryKind.POST), None)
        newest = await self._newest(page, seq)
        said = newest.body if newest else post.body if post else None
        if post is None or said is None:
            raise Unfit(RefusalCode.BAD_ORIGIN, f"seq {seq}: no such post to forward")
        return quoting.quote_of(said, post.sender, post.time)

    async def _newest(self, page: Page, seq: int) -> events.Entry | None:
        """Return the newest edit of a post, also where it was too large for the page."""
        became, after, more = page.messages.get(seq), 0, True
        if became is None or not became.edits or became.deleted:
            return None
        newest = became.edit
        while newest is None and more:
            edits, more = await self.versions(page.room, seq, after=after)
            after = edits[-1].seq if edits else after
            newest = edits[-1] if edits and not more else None
        return newest

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
        page = page_of(await self._ask(ask, HistoryPage), self._desk.user)
        return without(page, [entry.seq for entry in page.entries if self._desk.blocks.hides(entry)])

    async def versions(
        self, room: RoomId, seq: int, *, after: int = 0, limit: int = 50
    ) -> tuple[tuple[events.Entry, ...], bool]:
        """Return the edits of a post, oldest first, from behind the seq `after`, and whether there are more."""
        page = await self._ask(messages.Versions(room=room, seq=seq, after=after, limit=limit), VersionsPage)
        return tuple(events.entry(edit, self._desk.user) for edit in page.edits), page.more

    async def reactions(
        self, room: RoomId, seq: int, *, after: tuple[str, UserId] | None = None, limit: int = 100
    ) -> ReactionsPage:
        """Return a page of who reacted to a post with what, from behind the (emoji, user) `after`."""
        emoji, user = after or (None, None)
        ask = messages.Reactions(room=room, seq=seq, emoji=emoji, user=user, limit=limit)
        return await self._ask(ask, ReactionsPage)


@define(eq=False)
class Talking(Handling):
    """The part of a chat about what is said."""

    def post_nowait(self, room: RoomId, body: Body, *, reply: int | None = None, ttl_s: int | None = None) -> Sending:
        """Give a post without waiting: its order is the order of these calls. Await `acked()` of what is returned.

        `reply` is the seq of an entry of the room that it answers; after `ttl_s` seconds the server deletes it, or
        sooner where the room says so. Raises Backlog, Ended, or Unfit (a ValueError) for what no server takes.
        """
        said = _content(body)
        return self._give(messages.Post(room=room, key=self._key(), content=said, reply=reply, ttl_s=ttl_s))

    async def post(self, room: RoomId, body: Body, *, reply: int | None = None, ttl_s: int | None = None) -> Committed:
        """Post, as an answer to the entry at `reply` where that is given, and mark the room as read up to it.

        After `ttl_s` seconds the server deletes it, or sooner where the room says so.
        """
        said = _content(body)
        return await self._commit(messages.Post(room=room, key=self._key(), content=said, reply=reply, ttl_s=ttl_s))

    async def edit(self, room: RoomId, seq: int, body: Body) -> Committed:
        """Put a new body in the place of one's own post. What stood there stays among its `versions`."""
        return await self._commit(messages.Edit(room=room, key=self._key(), seq=seq, content=_content(body)))

    async def react(self, room: RoomId, seq: int, emoji: str, *, on: bool = True) -> Committed:
        """React to a post with an emoji, or take that back."""
        return await self._commit(messages.React(room=room, key=self._key(), seq=seq, emoji=emoji, on=on))


def _content(body: Body) -> bytes:
    if isinstance(body, str):
        return content.text(body)
    if isinstance(body, bytes):
        content.check(body, CONTENT_BYTES_MAX)
        return body
    return content.of(body)
