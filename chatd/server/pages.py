"""Pages and lists: what a session may see of a room's past, of its members, and of the user's conversations.

What a read brings is finished in one synchronous step: clipped to the applied head and to the membership as they
stand then.
"""

from __future__ import annotations

from typing import assert_never

from attrs import define, evolve

from chatd.chain import self_id
from chatd.codes import RefusalCode
from chatd.limits import FRAME_BYTES_MAX, Limits
from chatd.messages import (
    Entered,
    History,
    HistoryPage,
    HoldStore,
    ListTokens,
    Member,
    Members,
    MembersPage,
    Refused,
    ReleaseStore,
    Reply,
    Rooms,
    RoomsPage,
    RoomSummary,
    Subscribe,
    Token,
    TokensPage,
)
from chatd.model import Entry, Membership, RoomId, TokenRecord
from chatd.rooms import reading
from chatd.rooms.commands.draft import peer
from chatd.rooms.commands.tokens import public_id
from chatd.rooms.effects import Actor, Read, Refusal, refused
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.server.catchup import Catchup
from chatd.server.holds import Holds
from chatd.server.loader import Loader, expect, expect_all
from chatd.server.outbox import Outbox
from chatd.storage import queries as ask
from chatd.wire import codec

PAGE_BYTES_MAX = FRAME_BYTES_MAX - 2048
"""Of entries in one page, so that what surrounds them fits the frame."""
ENTRY_BYTES = 256
"""What surrounds the body of one."""


@define(eq=False, kw_only=True)
class Pages:
    registry: Registry
    loader: Loader
    catchup: Catchup
    holds: Holds
    limits: Limits

    async def answer(self, actor: Actor, outbox: Outbox, read: Read) -> None:
        """Send the one final reply of a command that reads, and the entries that follow a subscribe.

        Raises StoreError when the store does not answer.
        """
        command = read.command
        if isinstance(command, Subscribe):
            await self.catchup.subscribe(actor, outbox, read.request, command)
            return
        outbox.push(codec.encode(await self._page(actor, command), read.request))

    async def _page(
        self, actor: Actor, command: History | Members | Rooms | ListTokens | HoldStore | ReleaseStore
    ) -> Reply:
        match command:
            case History():
                with self.loader.held([command.room]):
                    return await self._history(actor, command)
            case Members():
                with self.loader.held([command.room]):
                    return await self._members(actor, command)
            case Rooms():
                return await self._rooms(actor, command)
            case ListTokens():
                return await self._tokens(command)
            case HoldStore():
                return await self.holds.hold(actor.session)
            case ReleaseStore():
                return self.holds.release(actor.session)
        assert_never(command)

    def _place(self, actor: Actor, room_id: RoomId) -> tuple[Room, Membership] | None:
        room = self.registry.rooms.get(room_id)
        member = room.member(actor.user) if room and room.record else None
        return (room, member) if room and member else None

    # -- history ---------------------------------------------------------------------------------------------------

    async def _history(self, actor: Actor, command: History) -> HistoryPage | Refused:
        await self.loader.bring(actor, [command.room], [(command.room, actor.user)])
        place = self._place(actor, command.room)
        if place is None:
            return refused(UNKNOWN_ROOM)
        limit = min(command.limit, self.limits.page_entries_max)
        window = reading.window(command, reading.visible(*place), limit)
        parts = [part for part in (window.before, window.after) if part]
        queries = [
            ask.GetEntries(
                room=command.room,
                first=part.first,
                last=part.last,
                entries_max=limit,
                bytes_max=PAGE_BYTES_MAX // len(parts),
                newest=part is window.before,
            )
            for part in parts
        ]
        pages = [expect(value, ask.Page) for value in await self.loader.read(queries)] if queries else []
        if self._place(actor, command.room) != place:
            return await self._history(actor, command)  # the membership changed while this was read
        return self._history_page(place, command, pages)

    def _history_page(self, place: tuple[Room, Membership], command: History, pages: list[ask.Page]) -> HistoryPage:
        seen = reading.visible(*place)
        found = _fitting_entries(
            [entry for page in pages for entry in page.entries if seen.first <= entry.seq <= seen.last]
        )
        return HistoryPage(
            room=command.room,
            entries=tuple(codec.entered(entry) for entry in found),
            hash=next((page.before for page in pages if page.entries), None) if found else None,
            floor=seen.first,
            head=max(seen.last, 0),
            more_before=found[0].seq > seen.first if found else command.after is not None and bool(seen),
            more_after=found[-1].seq < seen.last if found else command.before is not None and bool(seen),
        )

    # -- members ---------------------------------------------------------------------------------------------------

    async def _members(self, actor: Actor, command: Members) -> MembersPage | Refused:
        await self.loader.bring(actor, [command.room], [(command.room, actor.user)])
        limit = min(command.limit, self.limits.page_members_max)
        query = ask.GetMembers(room=command.room, after=command.after or "", limit=limit + 1)
        [found] = await self.loader.read([query])
        place = self._place(actor, command.room)
        if place is None:
            return refused(UNKNOWN_ROOM)
        if not is_present(place[1]):
            return refused(NOT_MEMBER)
        rows = expect_all(found, Membership)
        if command.room == self_id(actor.user):
            rows = [place[1]] if (command.after or "").encode() < actor.user.encode() else []
        members = tuple(Member(user=row.user, state=row.state, role=row.role) for row in rows[:limit])
        return MembersPage(room=command.room, members=members, more=len(rows) > limit)

    # -- conversations ---------------------------------------------------------------------------------------------

    async def _rooms(self, actor: Actor, command: Rooms) -> RoomsPage:
        before = _position(command.next)
        limit = min(command.limit, self.limits.page_rooms_max)
        [found] = await self.loader.read([ask.GetRooms(user=actor.user, before=before, limit=limit + 1)])
        rows = expect_all(found, ask.RoomRow)
        summaries = [_summary(row, actor) for row in rows[:limit]]
        summaries = await self._with_newer_marks(actor, rows, summaries)
        fitting = _fitting(summaries)
        more = len(rows) > fitting
        next_page = _token(rows[fitting - 1]) if more else None
        return RoomsPage(rooms=tuple(summaries[:fitting]), more=more, next=next_page)

    async def _with_newer_marks(
        self, actor: Actor, rows: list[ask.RoomRow], summaries: list[RoomSummary]
    ) -> list[RoomSummary]:
        """Count unread by the read marks in memory, which the store may not have yet."""
        marks = self.registry.marks.newest(actor.user)
        stale = {row.record.room: row for row in rows if marks.get(row.record.room, 0) > row.read}
        if not stale:
            return summaries
        asked = [ask.GetPosts(room=room, seq=marks[room]) for room in stale]
        posts = dict(zip(stale, await self.loader.read(asked), strict=True))
        return [_reread(each, stale, marks, posts) for each in summaries]

    # -- tokens ----------------------------------------------------------------------------------------------------

    async def _tokens(self, command: ListTokens) -> TokensPage | Refused:
        try:
            after = bytes.fromhex(command.after or "")
        except ValueError:
            return refused(Refusal(RefusalCode.BAD_REQUEST, "after: a token's id expected"))
        # Past every hash that begins with the id, because the id is a prefix of the one already listed.
        beyond = after + b"\xff" * 24 if after else b""
        [found] = await self.loader.read([ask.GetTokens(after=beyond, limit=command.limit + 1)])
        rows = expect_all(found, TokenRecord)
        tokens = tuple(
            Token(
                token=public_id(row.hash),
                user=row.user,
                created=row.created,
                expires=row.expires,
                revoked=row.revoked,
            )
            for row in rows[: command.limit]
        )
        return TokensPage(tokens=tokens, more=len(rows) > command.limit)


def _position(token: bytes | None) -> tuple[int, RoomId] | None:
    """Return where a page of conversations starts: after a time, 8 bytes, and a room."""
    return None if token is None else (int.from_bytes(token[:8], "big", signed=True), token[8:])


def _token(row: ask.RoomRow) -> bytes:
    return row.head.time.to_bytes(8, "big", signed=True) + row.record.room


def _summary(row: ask.RoomRow, actor: Actor) -> RoomSummary:
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
        last=codec.entered(row.last) if row.last else None,
    )


def _reread(
    summary: RoomSummary, stale: dict[RoomId, ask.RoomRow], marks: dict[RoomId, int], posts: dict[RoomId, object]
) -> RoomSummary:
    row = stale.get(summary.room)
    if row is None:
        return summary
    unread = row.head.posts - expect(posts[summary.room], int)
    return evolve(summary, read=marks[summary.room], unread=max(0, min(summary.unread, unread)))


def _fitting_entries(entries: list[Entry]) -> list[Entry]:
    """Return those of the first entries that fit one frame. Of two pages each may be one large entry, and too much."""
    left = PAGE_BYTES_MAX
    for count, entry in enumerate(entries):
        left -= ENTRY_BYTES + len(entry.body or b"")
        if left < 0 and count:
            return entries[:count]
    return entries


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
