"""Brings what a decision needs into memory: many look-ups in one call to the store, equal ones asked once.

An answer is as of a commit `g`; it is handed out when that commit has been applied, so nothing read is ever ahead
of what was delivered. What commits after `g` reaches a room under load through the registry.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TypeVar, cast

import trio
from attrs import Factory, define, evolve

from chatd.chain import self_id
from chatd.limits import Limits
from chatd.model import Head, Proof, RoomId, UserId
from chatd.rooms.effects import NOTHING, NOTHING_LOADED, Actor, Loaded, Needs
from chatd.rooms.erased import takes
from chatd.rooms.gates import asks_more
from chatd.rooms.registry import Registry
from chatd.server import posts
from chatd.server.lookups import (
    edit_of,
    evidence_query,
    loaded_of,
    proofs_of,
    queries_of,
    rests_on_own,
    with_derived,
    with_landed,
)
from chatd.server.watermark import Watermark
from chatd.storage import queries as ask
from chatd.storage.base import Answers, Store, StoreError

QUERIES_A_READ = 512

T = TypeVar("T")


@define(eq=False)
class _Waiter:
    queries: Sequence[ask.Query]
    done: trio.Event = Factory(trio.Event)
    values: list[object] = Factory(list[object])
    g: int = 0


@define(eq=False, kw_only=True)
class Loader:
    store: Store
    registry: Registry
    applied: Watermark
    limits: Limits
    reads: int = 0
    """How many calls to the store were made."""
    _waiting: list[_Waiter] = Factory(list[_Waiter])
    _wake: trio.Event = Factory(trio.Event)

    # -- grouped reads ---------------------------------------------------------------------------------------------

    async def read(self, queries: Sequence[ask.Query]) -> list[object]:
        """Return the answer to each query, in order, all as of one applied commit. Raises StoreError."""
        return (await self.read_as_of(queries))[1]

    async def read_as_of(self, queries: Sequence[ask.Query]) -> tuple[int, list[object]]:
        """Return the commit that the answers see, which has been applied, and what `read` returns."""
        waiter = _Waiter(queries)
        self._waiting.append(waiter)
        self._wake.set()
        await waiter.done.wait()
        for value in waiter.values:
            if isinstance(value, StoreError):
                raise value
        return waiter.g, waiter.values

    async def run(self) -> None:
        """Answer reads, as many in one call as wait."""
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            while self._waiting:
                await self._read_group(self._take())

    def _take(self) -> list[_Waiter]:
        group: list[_Waiter] = []
        count = 0
        while self._waiting and (not group or count + len(self._waiting[0].queries) <= QUERIES_A_READ):
            count += len(self._waiting[0].queries)
            group.append(self._waiting.pop(0))
        return group

    async def _read_group(self, group: list[_Waiter]) -> None:
        asked = list(dict.fromkeys(query for waiter in group for query in waiter.queries))
        self.reads += 1
        try:
            answers = await self.store.read(asked)
        except StoreError as error:
            answers = Answers(self.registry.g, (error,) * len(asked))
        await self.applied.reached(answers.g)
        found = dict(zip(asked, answers.values, strict=True))
        for waiter in group:
            waiter.values.extend(found[query] for query in waiter.queries)
            waiter.g = answers.g
            waiter.done.set()

    # -- rooms and memberships -------------------------------------------------------------------------------------

    @contextmanager
    def held(self, rooms: Sequence[RoomId]) -> Generator[None, None, None]:
        """Keep `rooms` from being evicted, and what commits in them from being missed, until the block ends."""
        self.registry.begin_load(rooms)
        try:
            yield
        finally:
            self.registry.end_load(rooms)

    async def bring(self, actor: Actor, rooms: Sequence[RoomId], members: Sequence[tuple[RoomId, UserId]]) -> None:
        """Bring rooms and memberships into memory, those that exist. The caller holds the rooms. Raises StoreError."""
        own_self = self_id(actor.user)
        queries: list[ask.Query] = [
            ask.GetHead(room) if room == own_self else ask.GetRoom(room)
            for room in rooms
            if room not in self.registry.rooms
        ]
        queries.extend(ask.GetMembership(*pair) for pair in members if pair[0] != own_self and not self._has(*pair))
        if not queries:
            return
        for query, value in zip(queries, await self.read(queries), strict=True):
            match query:
                case ask.GetHead():
                    self.registry.install_self(actor.user, expect(value, Head))
                case ask.GetRoom() if isinstance(value, ask.RoomState):
                    self.registry.install_room(value.record, value.head)
                case ask.GetMembership() if isinstance(value, ask.MemberView):
                    self.registry.install_member(
                        value.membership,
                        value.read,
                        value.posted,
                        told=value.told,
                        kept=value.conversation,
                        blocks=value.blocks,
                    )
                case _:
                    pass

    def _has(self, room: RoomId, user: UserId) -> bool:
        there = self.registry.rooms.get(room)
        return there is not None and there.knows(user)

    async def bring_message(self, actor: Actor, needs: Needs, place: tuple[RoomId, int]) -> None:
        """Bring the post at `place` into memory, if there is one, and what else of it counts. Raises StoreError."""
        messages = self.registry.messages
        with messages.loading(place):
            queries = posts.missing(messages, needs, place)
            for query, value in zip(queries, await self.read(queries) if queries else (), strict=True):
                posts.install(messages, query, value)
        said = messages.get(*place)
        if said and needs.author:
            await self.bring(actor, (), [(place[0], said.sender)])

    # -- what a decision needs -------------------------------------------------------------------------------------

    def ready(self, actor: Actor, needs: Needs) -> Loaded | None:
        """Return what `load` would, if everything is in memory already; else None. The common case of a post."""
        if needs is NOTHING:
            return NOTHING_LOADED
        if needs.key or needs.users or needs.token or needs.report:
            return None
        for room, user in needs.members:
            if not self._has(room, user):
                return None
        return None if self._is_gated(actor, needs) else NOTHING_LOADED

    def _is_gated(self, actor: Actor, needs: Needs) -> bool:
        """Return whether it counts what the app says of the actor beyond what their token says."""
        return needs.speaks and asks_more(self.registry.rooms.get(needs.rooms[0]), actor)

    async def load(self, actor: Actor, needs: Needs) -> Loaded:
        """Bring into memory what `needs` names and return the rest. Raises StoreError.

        There is no await between the last look at the registry and the return, so the caller may decide at once.
        """
        keys = (needs.key, needs.own_key, *needs.derived)
        watches = [(key, self.registry.keys.watch(key)) for key in keys if key]
        try:
            with self.held(needs.rooms):
                while (loaded := await self._attempt(actor, needs)) is None:
                    pass
                for key, watch in watches:
                    if watch.first and (key != needs.own_key or self._may_be_aside(needs)):
                        loaded = with_landed(loaded, watch.first)
                return loaded
        finally:
            for key, watch in watches:
                self.registry.keys.unwatch(key, watch)

    async def _attempt(self, actor: Actor, needs: Needs) -> Loaded | None:
        """Load once; return None where what was brought first is out of date by the time that all is there."""
        await self.bring(actor, needs.rooms, needs.members)
        for room, user in self._to_settle(actor, needs):
            await self._settled(room, user)
        before, gated = self._own_seq(actor), self._is_gated(actor, needs)
        looks = self.registry.looks
        with looks.at_user(actor.user) as look, looks.at_handle(needs.skeleton or "") as taking:
            loaded = await self._look_up(actor, needs, gated=gated)
            if (needs.ties and look.overtaken) or (needs.skeleton and taking.overtaken):
                return None
        if needs.evidence and self._sees(actor, needs.evidence[0]):
            proofs = await self._evidence(*needs.evidence)
            if proofs is None:
                return None
            loaded = evolve(loaded, evidence=proofs)
        if needs.message and self._sees(actor, needs.message[0]):
            # Last, so that nothing that others bring can push it out of memory again.
            await self.bring_message(actor, needs, needs.message)
        quoted = await posts.quote(self, actor, needs.quoted) if needs.quoted else None
        if rests_on_own(needs) and self._own_seq(actor) != before:
            return None
        settled = all(self._is_settled(*pair) for pair in self._to_settle(actor, needs))
        if not settled or self._is_overtaken(actor, needs, loaded) or (not gated and self._is_gated(actor, needs)):
            return None
        return evolve(loaded, quoted=quoted) if quoted else loaded

    def _to_settle(self, actor: Actor, needs: Needs) -> list[tuple[RoomId, UserId]]:
        """A stranger does not wait for others' changes: it would tell them that the room exists (invariant A4)."""
        return [pair for pair in needs.settled if self._knows(pair[0], actor)]

    def _is_overtaken(self, actor: Actor, needs: Needs, loaded: Loaded) -> bool:
        """Return whether what was read has become too old to decide on while it was on its way."""
        if needs.created and loaded.created is None:
            there = self.registry.rooms.get(needs.created)
            return there is not None and there.record is not None
        return needs.message is not None and self._has_left(actor, needs, needs.message)

    def _has_left(self, actor: Actor, needs: Needs, place: tuple[RoomId, int]) -> bool:
        """Return whether a post that was brought, or what counts of it, has made room for others meanwhile."""
        room = self.registry.rooms.get(place[0])
        if room is None or place[1] > room.head.seq or not self._sees(actor, place[0]):
            return False
        return bool(posts.missing(self.registry.messages, needs, place))

    def _sees(self, actor: Actor, room: RoomId) -> bool:
        return self._has(room, actor.user) or (actor.operator and room in self.registry.rooms)

    def _knows(self, room: RoomId, actor: Actor) -> bool:
        """Return whether `actor` has a part in `room`, or is about to: who comes by a link may leave at once."""
        there = self.registry.rooms.get(room)
        return there is not None and (actor.operator or there.judged_member(actor.user) is not None)

    def _is_settled(self, room: RoomId, user: UserId) -> bool:
        there = self.registry.rooms.get(room)
        return there is None or there.is_settled(user)

    async def _settled(self, room: RoomId, user: UserId) -> None:
        while not self._is_settled(room, user):
            await self.applied.moved()

    def _may_be_aside(self, needs: Needs) -> bool:
        """Return whether the command may have been carried out without an entry of its room."""
        there = self.registry.rooms.get(needs.key[0]) if needs.key else None
        return there is not None and (there.keeps_keys_aside if needs.vote is None else there.keeps_votes_aside)

    def _own_seq(self, actor: Actor) -> int:
        """Return where the actor's self room ends: what is read of their own facts is as old as that."""
        there = self.registry.rooms.get(self_id(actor.user))
        return there.head.seq if there else 0

    async def _evidence(self, room: RoomId, seq: int) -> tuple[Proof, ...] | None:
        """Return what shows a post as it is; None where something was erased while it was being read."""
        g, [value] = await self.read_as_of([evidence_query(room, seq)])
        page = expect(value, ask.Page)
        edit = edit_of(page, seq)
        [before] = await self.read([ask.GetHash(room=room, seq=edit.seq - 1)]) if edit else [b""]
        erasures = self.registry.erased.after(room, g)
        if erasures is None or any(takes(each, entry) for each in erasures for entry in page.entries):
            return None
        return proofs_of(page, edit, expect(before, bytes))

    async def _look_up(self, actor: Actor, needs: Needs, *, gated: bool) -> Loaded:
        queries = queries_of(actor, needs, aside=self._may_be_aside(needs), gated=gated)
        derived = [ask.GetKey(*key) for key in needs.derived]
        values = await self.read([*queries, *derived]) if queries or derived else []
        loaded = loaded_of(queries, values[: len(queries)])
        return with_derived(loaded, needs, values[len(queries) :]) if derived else loaded


def expect(value: object, kind: type[T]) -> T:
    """Return `value`, which the store's contract says is a `kind`. Raises StoreError when it is not."""
    if not isinstance(value, kind):
        raise StoreError(f"{kind.__name__} expected of the store, {type(value).__name__} given")
    return value


def expect_all(value: object, kind: type[T]) -> list[T]:
    """Return the rows of `value`, which the store's contract says is a tuple of `kind`. Raises StoreError."""
    return [expect(row, kind) for row in cast("tuple[object, ...]", expect(value, tuple))]
