"""Pages and lists: what a session may see of a room's past, of its members, and of the user's conversations.

What a read brings is finished in one synchronous step: clipped to the applied head and to the membership as they
stand then.
"""

from __future__ import annotations

from typing import assert_never

import structlog
from attrs import define, evolve

from chatd import features
from chatd.chain import self_id
from chatd.limits import Limits
from chatd.messages import (
    AskAttributes,
    Contacts,
    Entered,
    Evidence,
    Follow,
    HeldPosts,
    History,
    HoldStore,
    ListLetters,
    ListTokens,
    ListUsers,
    ListWebhooks,
    Member,
    Members,
    MembersPage,
    OperatorAsk,
    Presences,
    Profiles,
    Reactions,
    Refused,
    ReleaseStore,
    Reply,
    Reports,
    Rooms,
    RoomsPage,
    RoomSummary,
    Search,
    Subscribe,
    Versions,
    Votes,
    Watch,
    WatchPresence,
    WhoRead,
)
from chatd.model import APART, Conversation, Membership, RoomId
from chatd.rooms.commands.draft import peer
from chatd.rooms.commands.personal import is_unread
from chatd.rooms.effects import Actor, Read, refused
from chatd.rooms.permissions import knows_members
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.server.accounts import attributes_of, tokens_page, users_page
from chatd.server.catchup import Catchup
from chatd.server.erasures import summary_now
from chatd.server.history import PAGE_BYTES_MAX, AboutPosts, Histories, place_of
from chatd.server.holds import Holds
from chatd.server.hooks.relays import Relays
from chatd.server.loader import Loader, expect, expect_all
from chatd.server.outbox import Outbox
from chatd.server.people import people_page
from chatd.server.presence import Presence
from chatd.server.readers import who_read
from chatd.server.reports import ReportDesk
from chatd.server.reviewing import Reviews
from chatd.server.searching import Searches
from chatd.server.streaming import Streams
from chatd.storage import queries as ask
from chatd.storage.personal import CountMentions, GetRooms, RoomRow
from chatd.wire import codec

Asked = (
    (AboutPosts | WhoRead | WatchPresence | Members | Rooms | Search)
    | (Contacts | Profiles | Reports | Evidence | HeldPosts)
    | OperatorAsk
)
"""What one page answers."""

log = structlog.stdlib.get_logger()

READ_AGAIN_MAX = 3
"""So often a list of rooms is read again because too much was erased meanwhile to know what; then it comes without the
last entries of its rooms."""


@define(eq=False, kw_only=True)
class Pages:
    registry: Registry
    loader: Loader
    catchup: Catchup
    histories: Histories
    searches: Searches
    streams: Streams
    holds: Holds
    relays: Relays
    presence: Presence
    reports: ReportDesk
    reviews: Reviews
    limits: Limits

    async def answer(self, actor: Actor, outbox: Outbox, read: Read) -> None:
        """Send the one final reply of a command that reads, and the entries that follow a subscribe.

        Raises StoreError when the store does not answer.
        """
        command = read.command
        if isinstance(command, Watch):
            cursor = (command.room, command.seq, command.h8)
            command = Subscribe(epoch=command.epoch, rooms=cursor, latest=command.latest)
        if isinstance(command, Subscribe):
            await self.catchup.subscribe(actor, outbox, read.request, command)
            return
        outbox.push(codec.encode(await self._page(actor, command), read.request))

    async def _page(self, actor: Actor, command: Asked) -> Reply:
        if actor.operator and isinstance(
            command, History | Versions | Reactions | Members | Reports | Evidence | HeldPosts
        ):
            asked, room = type(command).__name__, (command.room or b"").hex()
            log.info("operator reads", by=actor.credential, asked=asked, room=room)
        match command:
            case History() | Versions() | Reactions() | Votes():
                with self.loader.held([command.room]):
                    return await self.histories.page(actor, command)
            case Members():
                with self.loader.held([command.room]):
                    return await self._members(actor, command)
            case WhoRead():
                with self.loader.held([command.room]):
                    return await who_read(self.registry, self.loader, actor, command, self.limits)
            case WatchPresence():
                return await self._watch(actor, command)
            case Rooms():
                return await self._rooms(actor, command)
            case HeldPosts():
                with self.loader.held([command.room]):
                    return await self.reviews.page(actor, command)
            case Search():
                return await self.searches.page(actor, command)
            case Contacts() | Profiles():
                return await people_page(self.loader, actor, command, self.limits.page_members_max)
            case Reports() | Evidence():
                return await self.reports.page(actor, command)
            case _:
                return await self._operated(actor, command)

    async def _operated(self, actor: Actor, command: OperatorAsk) -> Reply:
        match command:
            case ListTokens():
                return await tokens_page(self.loader, command)
            case ListUsers():
                return await users_page(self.loader, command)
            case AskAttributes():
                return await attributes_of(self.loader, command)
            case Follow():
                return await self.streams.page(command)
            case HoldStore():
                return await self.holds.hold(actor.session)
            case ReleaseStore():
                return self.holds.release(actor.session)
            case ListWebhooks() | ListLetters():
                return await self.relays.answer(command)
        assert_never(command)

    async def _watch(self, actor: Actor, command: WatchPresence) -> Presences | Refused:
        subscriber = self.registry.audience.sessions.get(actor.session)
        signals = subscriber is not None and subscriber.told_presence
        with self.loader.held([command.room] if command.room else []):
            return await self.presence.watch(actor, command, signals=signals)

    # -- members ---------------------------------------------------------------------------------------------------

    async def _members(self, actor: Actor, command: Members) -> MembersPage | Refused:
        await self.loader.bring(actor, [command.room], [(command.room, actor.user)])
        limit = min(command.limit, self.limits.page_members_max)
        query = ask.GetMembers(room=command.room, after=command.after or "", limit=limit + 1)
        there = self.registry.rooms.get(command.room)
        apart = there is not None and there.record is not None and there.record.kind in APART
        found = await self.loader.read([query, evolve(query, staff=True)] if apart else [query])
        place = place_of(self.registry, actor, command.room)
        if place is None:
            return refused(UNKNOWN_ROOM)
        room, own = place
        if not is_present(own):
            return refused(NOT_MEMBER)
        # By the role as it is now, when all is read: it may have been given or taken meanwhile.
        shows_all = room.record is not None and knows_members(room.record, own)
        rows = expect_all(found[0] if shows_all else found[-1], Membership)
        if command.room == self_id(actor.user):
            rows = [own] if (command.after or "").encode() < actor.user.encode() else []
        members = tuple(Member(user=row.user, state=row.state, role=row.role) for row in rows[:limit])
        return MembersPage(room=command.room, members=members, more=len(rows) > limit)

    # -- conversations ---------------------------------------------------------------------------------------------

    async def _rooms(self, actor: Actor, command: Rooms, again: int = READ_AGAIN_MAX) -> RoomsPage:
        before = _position(command.next)
        limit = min(command.limit, self.limits.page_rooms_max)
        g, [found] = await self.loader.read_as_of([GetRooms(user=actor.user, before=before, limit=limit + 1)])
        rows = expect_all(found, RoomRow)
        summaries = [_summary(row, actor, self.limits) for row in rows[:limit]]
        summaries = await self._with_newer_marks(actor, rows, summaries)
        erased = {row.record.room: self.registry.erased.after(row.record.room, g) for row in rows}
        if again and None in erased.values():
            return await self._rooms(actor, command, again - 1)
        lasts = {row.record.room: row.last for row in rows}
        summaries = [summary_now(each, lasts[each.room], erased[each.room]) for each in summaries]
        fitting = _fitting(summaries)
        more = len(rows) > fitting
        next_page = _token(rows[fitting - 1]) if more else None
        return RoomsPage(rooms=tuple(summaries[:fitting]), more=more, next=next_page)

    async def _with_newer_marks(
        self, actor: Actor, rows: list[RoomRow], summaries: list[RoomSummary]
    ) -> list[RoomSummary]:
        """Count unread by the read marks in memory, which the store may not have yet."""
        marks = {room: mark.seq for room, mark in self.registry.marks.newest(actor.user).items()}
        stale = {row.record.room: row for row in rows if marks.get(row.record.room, 0) > row.read}
        if not stale:
            return summaries
        asked: list[ask.Query] = [ask.GetUnread(room=room, seq=marks[room]) for room in stale]
        asked += [CountMentions(room=room, user=actor.user, seq=marks[room]) for room in stale]
        counted = await self.loader.read(asked)
        unread = dict(zip(stale, zip(counted[: len(stale)], counted[len(stale) :], strict=True), strict=True))
        return [_reread(each, stale.get(each.room), marks, unread) for each in summaries]


def _position(token: bytes | None) -> tuple[int, RoomId] | None:
    """Return where a page of conversations starts: after a time, 8 bytes, and a room."""
    return None if token is None else (int.from_bytes(token[:8], "big", signed=True), token[8:])


def _token(row: RoomRow) -> bytes:
    return row.head.time.to_bytes(8, "big", signed=True) + row.record.room


def _summary(row: RoomRow, actor: Actor, limits: Limits) -> RoomSummary:
    kept = row.conversation or Conversation(room=row.record.room, user=actor.user)
    return RoomSummary(
        room=row.record.room,
        kind=row.record.kind,
        title=row.record.title,
        peer=peer(row.record, actor.user),
        state=row.membership.state,
        role=row.membership.role,
        members=row.record.members,
        head=row.head.seq if row.last else 0,
        read=row.read,
        unread=row.unread,
        mentions=row.mentions,
        last=codec.entered(row.last) if row.last and not row.last_hidden else None,
        muted_until=kept.muted_until,
        archived=kept.archived,
        pinned=kept.pinned,
        marked_unread=is_unread(kept, row.read),
        draft=kept.draft if isinstance(kept.draft, int) else 0,
        off=features.words(features.off(row.record, limits)),
    )


def _reread(
    summary: RoomSummary, row: RoomRow | None, marks: dict[RoomId, int], counted: dict[RoomId, tuple[object, object]]
) -> RoomSummary:
    """Return a summary by a newer read mark. What was posted after the list was read is not in its counts."""
    if row is None:
        return summary
    read, (unread, mentions) = marks[summary.room], counted[summary.room]
    return evolve(
        summary,
        read=read,
        unread=max(0, min(summary.unread, expect(unread, int))),
        mentions=min(summary.mentions, expect(mentions, int)),
        marked_unread=is_unread(row.conversation, read),
    )


def _fitting(summaries: list[RoomSummary]) -> int:
    """Return how many of the summaries fit one frame: at least one, because an entry does."""
    left = PAGE_BYTES_MAX
    for count, summary in enumerate(summaries):
        left -= 512 + len(summary.title.encode()) + _body_bytes(summary.last)
        if left < 0 and count:
            return count
    return len(summaries)


def _body_bytes(entry: Entered | None) -> int:
    return 0 if entry is None or entry.body is None else len(entry.body)
