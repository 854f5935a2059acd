"""Pages of what was said in a room: its entries, the versions of a post, who reacted to it.

What a read brings is finished in one synchronous step: clipped to the applied head and to the membership as they
stand then, and read again where a body has been erased meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from attrs import define, evolve

from chatd.codes import RefusalCode
from chatd.limits import FRAME_BYTES_MAX, Limits
from chatd.messages import (
    History,
    HistoryPage,
    MessageState,
    Reactions,
    ReactionsPage,
    Reactor,
    Refused,
    Versions,
    VersionsPage,
    Voter,
    Votes,
    VotesPage,
)
from chatd.model import Entry, Membership, ReactionRecord, RoomId, VoteRecord
from chatd.rooms import operators, reading
from chatd.rooms.effects import Actor, Refusal, refused
from chatd.rooms.permissions import knows_members
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.rooms.watching import slot_of
from chatd.server.erasures import Erasures, is_taken, page_now
from chatd.server.loader import Loader, expect, expect_all
from chatd.storage import queries as ask
from chatd.storage.personal import GetHidden
from chatd.storage.polls import GetVotes
from chatd.wire import codec

PAGE_BYTES_MAX = FRAME_BYTES_MAX - 2048
"""Of entries in one page, so that what surrounds them fits the frame."""
ENTRY_BYTES = 256
"""What surrounds the body of one."""
STATE_BYTES = 64
"""What surrounds what became of one."""
VOTES_BYTES = 160
"""What the votes in a poll take: of 12 options, a million each."""
READS_MAX = 5
READ_AFTER_MS = 100
AboutPosts = History | Versions | Reactions | Votes
"""What one page answers."""
Page = HistoryPage | VersionsPage | ReactionsPage | VotesPage
NO_ENTRY = Refusal(RefusalCode.BAD_SEQ, "no such entry")
STAFF_ONLY = Refusal(RefusalCode.FORBIDDEN, "for the room's staff")


@define(eq=False, kw_only=True)
class Histories:
    registry: Registry
    loader: Loader
    limits: Limits

    async def page(self, actor: Actor, command: AboutPosts) -> Page | Refused:
        """Answer a command that reads what was said. The caller holds the room. Raises StoreError.

        `busy` where the membership changed, or all that was to be shown expired, during each of `READS_MAX` reads.
        """
        for _ in range(READS_MAX):
            if (answer := await self._attempt(actor, command)) is not None:
                return answer
        return refused(Refusal(RefusalCode.BUSY, "much is being erased here", READ_AFTER_MS))

    async def _attempt(self, actor: Actor, command: AboutPosts) -> Page | Refused | None:
        """Read once; return None where what came may not be shown any more."""
        await self.loader.bring(actor, [command.room], [(command.room, actor.user)])
        place = place_of(self.registry, actor, command.room)
        if place is None:
            return refused(UNKNOWN_ROOM)
        if isinstance(command, Reactions | Votes) and (refusal := _may_not_ask(*place)):
            return refused(refusal)
        seen = _seen(place, command)
        if not isinstance(command, History) and not seen.first <= command.seq <= seen.last:
            return refused(NO_ENTRY)
        queries = self._queries(command, seen)
        g, values = await self.loader.read_as_of([*queries, *_hidden_queries(place, queries)])
        erasures = self.registry.erased.after(command.room, g)
        if place_of(self.registry, actor, command.room) != place or erasures is None:
            return None
        seen = _seen(place, command)
        if isinstance(command, History):
            pages = [page_now(expect(value, ask.Page), erasures, seen.first) for value in values[: len(queries)]]
            if queries and seen and not any(page.entries for page in pages):
                return None
            hidden = [seq for value in values[len(queries) :] for seq in expect_all(value, int)]
            return _history_page(place, command, pages, hidden)
        if not seen.first <= command.seq <= seen.last:
            return refused(NO_ENTRY)
        return self._about_page(command, values[0], erasures)

    def _about_page(self, command: Versions | Reactions | Votes, value: object, erasures: Erasures) -> Page:
        match command:
            case Versions():
                return self._versions_page(command, page_now(expect(value, ask.Page), erasures, 1))
            case Reactions():
                there = () if is_taken(command.seq, erasures) else expect_all(value, ReactionRecord)
                return self._reactions_page(command, there)
            case Votes():
                voted = () if is_taken(command.seq, erasures) else expect_all(value, VoteRecord)
                return self._votes_page(command, voted)
        assert_never(command)

    def _queries(self, command: AboutPosts, seen: reading.Range) -> list[ask.Query]:
        match command:
            case History():
                return self._history_queries(command, seen)
            case Versions():
                return [
                    ask.GetEdits(
                        room=command.room,
                        seq=command.seq,
                        after=max(command.after, seen.first - 1),
                        last=seen.last,
                        entries_max=min(command.limit, self.limits.page_entries_max) + 1,
                        bytes_max=PAGE_BYTES_MAX,
                    )
                ]
            case Reactions():
                after = (command.emoji or "", command.user or "")
                limit = min(command.limit, self.limits.page_reactions_max) + 1
                return [ask.GetReactions(room=command.room, seq=command.seq, after=after, limit=limit)]
            case Votes():
                limit = min(command.limit, self.limits.page_reactions_max) + 1
                return [GetVotes(room=command.room, seq=command.seq, after=command.after or "", limit=limit)]
        assert_never(command)

    def _history_queries(self, command: History, seen: reading.Range) -> list[ask.Query]:
        limit = min(command.limit, self.limits.page_entries_max)
        window = reading.window(command, seen, limit)
        parts = [part for part in (window.before, window.after) if part]
        return [
            ask.GetEntries(
                room=command.room,
                first=part.first,
                last=part.last,
                entries_max=limit,
                bytes_max=PAGE_BYTES_MAX // len(parts),
                newest=part is window.before,
                changes=True,
            )
            for part in parts
        ]

    def _versions_page(self, command: Versions, page: ask.Page) -> VersionsPage:
        limit = min(command.limit, self.limits.page_entries_max)
        fitting = _fitting(page.entries[:limit], {})
        return VersionsPage(
            room=command.room,
            seq=command.seq,
            edits=tuple([codec.entered(entry) for entry in fitting]),
            more=len(page.entries) > len(fitting),
        )

    def _reactions_page(self, command: Reactions, found: Sequence[ReactionRecord]) -> ReactionsPage:
        limit = min(command.limit, self.limits.page_reactions_max)
        reactions = tuple([Reactor(emoji=each.emoji, user=each.user) for each in found[:limit]])
        return ReactionsPage(room=command.room, seq=command.seq, reactions=reactions, more=len(found) > limit)

    def _votes_page(self, command: Votes, found: Sequence[VoteRecord]) -> VotesPage:
        limit = min(command.limit, self.limits.page_reactions_max)
        votes = tuple([Voter(user=each.user, options=each.options) for each in found[:limit]])
        return VotesPage(room=command.room, seq=command.seq, votes=votes, more=len(found) > limit)


def place_of(registry: Registry, actor: Actor, room_id: RoomId) -> tuple[Room, Membership] | None:
    """Return a committed room and the actor's membership in it, where there are both; of a watcher the passing one, and
    of an operator the seat."""
    room = registry.rooms.get(room_id)
    if room is None or room.record is None:
        return None
    slot = slot_of(room, actor.user)
    member = slot.membership if slot else operators.seat(room) if actor.operator else None
    return (room, member) if member else None


def _seen(place: tuple[Room, Membership], command: AboutPosts) -> reading.Range:
    """Return what the command may show: of a live room also a post that is pinned, alone, when others have expired."""
    if isinstance(command, History) and command.limit == 1 and reading.spares(*place, command.around):
        return reading.Range(command.around or 0, command.around or 0)
    return reading.visible(*place)


def _may_not_ask(room: Room, member: Membership) -> Refusal | None:
    """Return why a user is not told who reacts; None where they are."""
    if not is_present(member):
        return NOT_MEMBER
    return None if room.record and knows_members(room.record, member) else STAFF_ONLY


def _hidden_queries(place: tuple[Room, Membership], queries: list[ask.Query]) -> list[ask.Query]:
    """Return what must be asked of the entries that a page holds and the user has hidden; mostly that is nothing."""
    room, member = place
    slot = room.slots.get(member.user)
    kept = slot.conversation if slot else None
    parts = [query for query in queries if isinstance(query, ask.GetEntries)]
    if kept is None or not kept.hidden:
        return []
    return [GetHidden(room=room.id, user=member.user, first=part.first, last=part.last) for part in parts]


def _history_page(
    place: tuple[Room, Membership], command: History, pages: list[ask.Page], hidden: list[int]
) -> HistoryPage:
    """Who is not present any more is not told what became of posts: it may have become of them since (A1)."""
    seen = _seen(place, command)
    changes = [change for page in pages for change in page.changes] if is_present(place[1]) else []
    entries = [entry for page in pages for entry in page.entries if seen.first <= entry.seq <= seen.last]
    states = {change.record.seq: _state(change) for change in changes}
    found = _fitting(entries, states)
    return HistoryPage(
        room=command.room,
        entries=tuple([codec.entered(entry) for entry in found]),
        hash=next((page.before for page in pages if page.entries), None) if found else None,
        floor=seen.first,
        head=max(seen.last, 0),
        more_before=found[0].seq > seen.first if found else command.after is not None and bool(seen),
        more_after=found[-1].seq < seen.last if found else command.before is not None and bool(seen),
        messages=tuple([_cut(entry, states[entry.seq]) for entry in found if entry.seq in states]),
        hidden=tuple([entry.seq for entry in found if entry.seq in hidden]),
    )


def _state(change: ask.Change) -> MessageState:
    record, edit, poll = change.record, change.edit, change.poll
    return MessageState(
        seq=record.seq,
        edits=record.edits,
        edited=edit.seq if edit else None,
        edit=codec.entered(edit) if edit and not record.deleted else None,
        deleted=record.deleted,
        reactions={tally.emoji: tally.count for tally in record.reactions},
        first={tally.emoji: " ".join(tally.first) for tally in record.reactions if tally.first},
        votes=poll.counts if poll else (),
        voters=poll.voters if poll else 0,
        closed=poll.closed if poll else False,
    )


def _fitting(entries: list[Entry] | tuple[Entry, ...], states: dict[int, MessageState]) -> list[Entry]:
    """Return those of the first entries that fit one frame, with what became of them: at least one."""
    left = PAGE_BYTES_MAX
    fitting: list[Entry] = []
    for entry in entries:
        left -= _bytes(entry.body) + (_state_bytes(states[entry.seq]) if entry.seq in states else 0)
        if left < 0 and fitting:
            break
        fitting.append(entry)
    return fitting


def _cut(entry: Entry, state: MessageState) -> MessageState:
    """Leave an edit out which does not fit beside its post: of two large ones even that is too much."""
    too_much = _bytes(entry.body) + _state_bytes(state) > PAGE_BYTES_MAX
    return evolve(state, edit=None) if too_much else state


def _bytes(body: bytes | None) -> int:
    return ENTRY_BYTES + len(body or b"")


def _state_bytes(state: MessageState) -> int:
    reactions = sum(2 * len(emoji.encode()) + 16 for emoji in state.reactions)
    names = sum(len(first.encode()) for first in state.first.values())
    votes = VOTES_BYTES if state.votes else 0
    return STATE_BYTES + reactions + names + votes + (_bytes(state.edit.body) if state.edit else 0)
