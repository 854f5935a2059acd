"""Searches: what a user may see of what is found.

The index says where words are; it decides nothing about who may see them. What it found is finished in one synchronous
step, against the memberships as they stand then, and shown as the store has it: nothing is found that `History` would
not show (invariants A1, A2), nor anything erased, whatever the index holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio
from attrs import define, evolve

from chatd import words
from chatd.chain import ROOM_BYTES
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import SEQ_MAX
from chatd.messages import Refused, Search, SearchPage
from chatd.model import Entry, EntryKind, Membership, RoomId
from chatd.rooms import reading
from chatd.rooms.effects import Actor, Refusal, refused
from chatd.rooms.refusals import UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.server.config import Config
from chatd.server.erasures import is_taken
from chatd.server.feeding import Feeding
from chatd.server.history import ENTRY_BYTES, PAGE_BYTES_MAX, place_of
from chatd.server.loader import Loader, expect, expect_all
from chatd.server.metrics import Metrics
from chatd.storage.following import GetRanges
from chatd.storage.index import Erased, Find, Found, Hit, IndexFailed, IndexSlow, Scope
from chatd.storage.personal import GetHidden
from chatd.storage.queries import GetEntries, Page, Query
from chatd.wire import codec

SEARCHES_MAX = 64
"""Under way at a time, of all sessions. A session waits for its own."""
CURRENT_S_MAX = 0.25
"""How long a search waits for the index to catch up with what had been committed when it came."""
ROOMS_MAX = 1_024
"""So many rooms are looked through where none is named, some tenths of a millisecond each."""
QUERIES_A_HIT = 4
HITS_A_READ = 16
"""Half a MiB of bodies at most."""
ATTEMPTS_MAX = 4
"""So often a search begins again because it was overtaken by a removal or an erasure."""
AFTER_MS = 1_000

OFF = Refusal(RefusalCode.FORBIDDEN, "this server does not search")
BUSY = Refusal(RefusalCode.BUSY, "too many searches", AFTER_MS)
SLOW = Refusal(RefusalCode.BUSY, "the search took too long: name a room, or a longer word", AFTER_MS)
FAILED = Refusal(RefusalCode.INTERNAL, "the index did not answer", AFTER_MS)
BAD_NEXT = Refusal(RefusalCode.BAD_REQUEST, "next: not of this search")


@frozen
class Shown:
    """What came of a hit."""

    hit: Hit
    entry: Entry | None
    """The entry whose text was found; None where the user is not to see it."""
    gone: bool
    """The post is erased."""

    @property
    def bytes(self) -> int:
        return ENTRY_BYTES + len(self.entry.body or b"") if self.entry else 0


@define(eq=False, kw_only=True)
class Searches:
    registry: Registry
    loader: Loader
    feeding: Feeding | None
    """None where searching is off."""
    config: Config
    metrics: Metrics
    _under_way: int = 0

    async def page(self, actor: Actor, command: Search) -> SearchPage | Refused:
        """Answer a search. There is no await between the last look at the memberships and the return.

        Raises StoreError when the store does not answer.
        """
        if self.feeding is None:
            return refused(OFF)
        if self._under_way >= SEARCHES_MAX:
            return refused(BUSY)
        self._under_way += 1
        self.metrics.searches += 1
        try:
            return await self._page(actor, command, self.feeding)
        except IndexSlow:
            return refused(SLOW)
        except IndexFailed as error:
            self.feeding.fail(error)
            return refused(FAILED)
        finally:
            self._under_way -= 1

    async def _page(self, actor: Actor, command: Search, feeding: Feeding) -> SearchPage | Refused:
        g = self.registry.g
        with trio.move_on_after(CURRENT_S_MAX):
            await feeding.indexed.reached(g)
        if not feeding.ready:
            return refused(FAILED)
        current = feeding.indexed.g >= g
        for _ in range(ATTEMPTS_MAX):
            answer = await self._attempt(actor, command, feeding, current)
            if answer is not None:
                return answer
        return refused(BUSY)

    async def _attempt(
        self, actor: Actor, command: Search, feeding: Feeding, current: bool
    ) -> SearchPage | Refused | None:
        """Return the answer; None where what was read has become too old to be shown while it was on its way."""
        scopes = await self._scopes(actor, command.room)
        if scopes is None:
            return refused(UNKNOWN_ROOM)
        below = _position(command.next)
        if below is not None and not any(_holds(scope, *below) for scope in scopes):
            return refused(BAD_NEXT)
        found = await feeding.index.find(
            self._find(command, scopes, below), deadline_s=self.config.search_ms_max / 1000
        )
        rooms = list(dict.fromkeys(hit.room for hit in found.hits))
        with self.loader.held(rooms):
            await self.loader.bring(actor, rooms, [(room, actor.user) for room in rooms])
            g = self.registry.g
            shown = await self._read(actor, found.hits)
            if gone := [Erased(room=each.hit.room, seq=each.hit.seq) for each in shown if each.gone]:
                await feeding.index.put(gone, None)
            # One synchronous step from here on: what the user may see now is what is shown.
            shown = [self._as_erased(each, g) for each in shown]
            if not all(each.entry is None or self._may_see(actor, each.hit) for each in shown):
                return None
            return _answer(found, shown, current)

    def _find(self, command: Search, scopes: tuple[Scope, ...], below: tuple[RoomId, int] | None) -> Find:
        return Find(
            terms=words.terms(command.query),
            scopes=scopes,
            sender=command.sender,
            before=command.before,
            after=command.after,
            below=below,
            limit=min(command.limit, self.config.limits.page_entries_max),
        )

    async def _scopes(self, actor: Actor, room: RoomId | None) -> tuple[Scope, ...] | None:
        """Return what the user may see of the room, or of all rooms; None of an unknown room (invariant A4)."""
        if room is None:
            [found] = await self.loader.read([GetRanges(user=actor.user, limit=ROOMS_MAX)])
            return tuple([_scope(member) for member in expect_all(found, Membership)])
        with self.loader.held([room]):
            await self.loader.bring(actor, [room], [(room, actor.user)])
            place = place_of(self.registry, actor, room)
        if place is None:
            return None
        seen = reading.visible(*place)
        return (Scope(room, seen.first, seen.last),) if seen else ()

    def _as_erased(self, shown: Shown, g: int) -> Shown:
        """Return what comes of a hit that was read as of the commit `g` or later: nothing where its body, or its post,
        may have been erased since."""
        erasures = self.registry.erased.after(shown.hit.room, g)
        gone = erasures is None or is_taken(shown.hit.seq, erasures)
        return evolve(shown, entry=None) if gone else shown

    def _may_see(self, actor: Actor, hit: Hit) -> bool:
        place = place_of(self.registry, actor, hit.room)
        return place is not None and _covers(reading.visible(*place), hit)

    async def _read(self, actor: Actor, hits: Sequence[Hit]) -> list[Shown]:
        """Return what the store has of the first hits, as many as fit one frame: at least one, where there is any."""
        shown: list[Shown] = []
        left = PAGE_BYTES_MAX
        for start in range(0, len(hits), HITS_A_READ):
            part = hits[start : start + HITS_A_READ]
            values = await self.loader.read([query for hit in part for query in _queries(actor, hit)])
            for place, hit in enumerate(part):
                post, said, *hidden = values[QUERIES_A_HIT * place : QUERIES_A_HIT * (place + 1)]
                each = _shown(hit, expect(post, Page), expect(said, Page), hidden=any(hidden))
                left -= each.bytes
                if left < 0 and shown:
                    return shown
                shown.append(each)
        return shown


def _position(token: bytes | None) -> tuple[RoomId, int] | None:
    """Return the post below which a page begins. It is one that the user was shown, so it tells them nothing."""
    return None if token is None else (token[:ROOM_BYTES], int.from_bytes(token[ROOM_BYTES:], "big"))


def _token(hit: Hit) -> bytes:
    return hit.room + hit.seq.to_bytes(8, "big")


def _holds(scope: Scope, room: RoomId, seq: int) -> bool:
    return scope.room == room and scope.first <= seq <= scope.last


def _covers(seen: reading.Range, hit: Hit) -> bool:
    return seen.first <= hit.seq and hit.version <= seen.last


def _scope(member: Membership) -> Scope:
    last = SEQ_MAX if member.until is None else expect(member.until, int)
    return Scope(member.room, expect(member.floor, int), last)


def _queries(actor: Actor, hit: Hit) -> list[Query]:
    """Return what tells how a hit is shown: the post, the entry whose text was found, and whether one is hidden."""
    seqs = (hit.seq, hit.version)
    return [
        *[GetEntries(room=hit.room, first=seq, last=seq, entries_max=1, bytes_max=1) for seq in seqs],
        *[GetHidden(room=hit.room, user=actor.user, first=seq, last=seq) for seq in seqs],
    ]


def _shown(hit: Hit, post: Page, said: Page, *, hidden: bool) -> Shown:
    there = [entry for entry in post.entries if entry.kind is EntryKind.POST and entry.body is not None]
    edits = [entry for entry in said.entries if entry.kind is EntryKind.EDIT and entry.body is not None]
    entry = next(iter(there if hit.version == hit.seq else edits), None)
    return Shown(hit, None if hidden or not there else entry, gone=not there)


def _answer(found: Found, shown: Sequence[Shown], current: bool) -> SearchPage:
    more = found.more or len(shown) < len(found.hits)
    return SearchPage(
        hits=tuple([codec.entered(each.entry) for each in shown if each.entry]),
        more=more,
        current=current,
        next=_token(shown[-1].hit) if more else None,
    )
