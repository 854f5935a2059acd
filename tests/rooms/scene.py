"""A stage for the rooms alone: the real router and registry over the memory store, without tasks, time or chance.

`ask` loads what `needs` names, and nothing else, and decides; `commit` does what journal and fanout would do, at the
moment a test chooses. Between the two a command is in flight.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from attrs import Factory, define, evolve, field

from chatd import facts
from chatd.chain import group_id, self_id
from chatd.limits import DEFAULTS, Limits
from chatd.messages import Command, KeyedCommand
from chatd.model import (
    PRESENT,
    EntryKind,
    Item,
    Membership,
    MemberState,
    NewEntry,
    Role,
    RoomId,
    RoomKind,
    RoomRecord,
    SeqOf,
    UserId,
    UserRecord,
)
from chatd.rooms.audience import Subscriber
from chatd.rooms.effects import Actor, Commit, Effect, First, InFlight, Loaded, Needs, Reply
from chatd.rooms.judge import Judge
from chatd.rooms.policy import DefaultPolicy, Policy, TokenBucket
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.rooms.router import Router
from chatd.storage import queries as q
from chatd.storage.base import Outcome, Stored
from chatd.storage.memory import MemoryStore
from chatd.storage.personal import CountRooms
from chatd.wire import codec
from tests.rooms.pieces import (
    a_registry,
    beside,
    bring_message,
    bring_view,
    finished,
    first_entry,
    first_of,
    key,
    own_reply,
    prepared,
    repeated,
    reports_for,
)

EPOCH = b"the first epoch."
NOW = 1_800_000_000_000
KEYED = get_args(KeyedCommand)

Standing = tuple[MemberState, Role]

MEMBER = (MemberState.MEMBER, Role.MEMBER)
MODERATOR = (MemberState.MEMBER, Role.MODERATOR)
ADMIN = (MemberState.MEMBER, Role.ADMIN)
OWNER = (MemberState.MEMBER, Role.OWNER)
INVITED = (MemberState.INVITED, Role.MEMBER)
LEFT = (MemberState.LEFT, Role.MEMBER)


@define(eq=False)
class Scene:
    policy: Policy = Factory(DefaultPolicy)
    limits: Limits = DEFAULTS
    names_make_users: bool = False
    registry: Registry = Factory(a_registry)
    store: MemoryStore = field(factory=lambda: MemoryStore(EPOCH))
    forgetful: bool = False
    """Whether memory is emptied of all that is idle before every command."""
    omniscient: bool = False
    """Whether all that the store holds is brought to memory before every command."""
    now: int = NOW
    loaded: Loaded = Factory(Loaded)
    """What the last command was given beside the registry."""
    waiting: list[InFlight] = Factory(list)
    said: dict[tuple[int, int], Any] = Factory(dict)
    """Every reply, by session and request."""
    _keys: int = 0
    _salts: int = 0
    _requests: int = 0
    router: Router = field(init=False)

    def __attrs_post_init__(self) -> None:
        judge = Judge(
            registry=self.registry,
            policy=self.policy,
            limits=self.limits,
            names_make_users=self.names_make_users,
            salts=self._salt,
        )
        self.router = Router(registry=self.registry, judge=judge, limits=self.limits)

    # -- who and where ---------------------------------------------------------------------------------------------

    def key(self) -> bytes:
        """Return a key that was never given before."""
        self._keys += 1
        return key(self._keys)

    def _salt(self) -> bytes:
        self._salts += 1
        return key(self._salts)

    def know(self, *users: UserId) -> None:
        """Make users exist."""
        self.put(*(UserRecord(user=user, created=NOW) for user in users))

    def enter(self, user: UserId, device: str = "phone", *, burst: int = 1_000_000) -> Actor:
        """Open a session of a user, who exists from then on."""
        self.know(user)
        session = len(self.registry.audience.sessions) + 1
        bucket = TokenBucket(1000, burst, burst, self.now)
        self.registry.audience.open(Subscriber(session, user, device, self_id(user), bucket))
        return Actor(session, user)

    def put(self, *records: Any) -> None:
        """Put records on disk, behind everybody's back."""
        finished(self.store.append([Item(records=records)]))
        self.registry.g = self.store.g

    def group(
        self, people: Mapping[UserId, Standing], *, kind: RoomKind = RoomKind.GROUP, title: str = "tea"
    ) -> RoomId:
        """Put a room on disk with these people in it."""
        room = group_id("nobody", self.key())
        self.know(*people)
        here = [role for state, role in people.values() if state in PRESENT]
        record = RoomRecord(room=room, kind=kind, title=title, members=len(here), owners=here.count(Role.OWNER))
        changes = [facts.Change(user, *standing) for user, standing in people.items()]
        first = NewEntry(
            room=room,
            kind=EntryKind.CREATE,
            sender="nobody",
            key=self.key(),
            time=NOW,
            salt=bytes(16),
            body=facts.created(kind, title, changes),
        )
        members = [_standing(room, change) for change in changes]
        finished(self.store.append([Item(entries=(first,), records=(record, *members))]))
        self.registry.g = self.store.g
        return room

    # -- the road --------------------------------------------------------------------------------------------------

    def ask(self, actor: Actor, command: Command, *, digest: bytes | None = None) -> Any:
        """Load and decide a command. Return the reply, or None while it waits for what is in flight."""
        effects = self.effects(actor, command, digest)
        for effect in effects:
            if isinstance(effect, Commit):
                self.waiting.append(effect.flight)
            elif isinstance(effect, Reply):
                self._say(effect.session, effect.request, effect.message)
        return self.said.get((actor.session, self._requests))

    def effects(self, actor: Actor, command: Command, digest: bytes | None = None) -> list[Effect]:
        """Load and decide a command, and carry nothing out."""
        if self.forgetful:
            for room in [room for room in self.registry.rooms.values() if room.idle]:
                self.registry.forget(room)
        self.loaded = prepared(self.registry, self.load, actor, command)
        if self.omniscient:
            self._learn_all(actor)
        self._requests += 1
        if digest is None:
            digest = codec.digest(command) if isinstance(command, KEYED) else b""
        return self.router.handle(actor, self._requests, command, digest, self.loaded, self.now)

    def load(self, actor: Actor, needed: Needs) -> Loaded:
        """Bring into memory what `needed` names and return the rest, all as of the last commit."""
        for room, user in needed.settled:
            there = self.registry.rooms.get(room)
            if there is not None and not there.is_settled(user):
                self.commit()
        for room in needed.rooms:
            self.bring_room(actor, room)
        for room, user in needed.members:
            self.bring_member(room, user)
        bring_message(self.registry, self.read, needed)
        first = first_of(self.registry, self.read, needed)
        taken = next((row for key in needed.derived if (row := self.read(q.GetKey(*key)))), None)
        if first is None and taken is not None:
            first = evolve(taken, command_hash=None)
        entry: Any = self.read(first_entry(needed.created)) if needed.created else None
        users = {user: found for user in needed.users if (found := self.read(q.GetUser(user)))}
        return Loaded(
            derived=needed.derived,
            first=First(first.room, first.seq, first.time, first.salt, first.command_hash) if first else None,
            rooms_of=self.rooms_of(users),
            users=users,
            created=entry.entries[0].time if entry and entry.entries else None,
            token=self.read(q.FindToken(needed.token)) if needed.token else None,
            **beside(self.registry, self.read, actor, needed),
            **reports_for(self.read, actor, needed),
        )

    def _learn_all(self, actor: Actor) -> None:
        for room in self.store._tables.rooms:
            self.bring_room(actor, room)
        for room, user in self.store._tables.memberships:
            self.bring_member(room, user)
        users = self.store._tables.users
        self.loaded = evolve(self.loaded, rooms_of=self.rooms_of(users), users=users)

    def rooms_of(self, users: Mapping[UserId, UserRecord]) -> dict[UserId, int]:
        """Return in how many rooms each of `users` is, without those who are closed."""
        return {name: self.read(CountRooms(user=name)) for name, each in users.items() if each.closed is None}

    def read(self, query: q.Query) -> Any:
        return finished(self.store.read([query])).values[0]

    def bring_room(self, actor: Actor, room: RoomId) -> Room | None:
        if room == self_id(actor.user):
            return self.registry.install_self(actor.user, self.read(q.GetHead(room)))
        state = self.read(q.GetRoom(room))
        if state and room not in self.registry.rooms:
            self.registry.install_room(state.record, state.head)
        return self.registry.rooms.get(room)

    def bring_member(self, room: RoomId, user: UserId) -> None:
        bring_view(self.registry, self.read(q.GetMembership(room, user)))

    def commit(self) -> None:
        """Store all that waits, apply it, and say what rests on it."""
        batch, self.waiting = self.waiting, []
        appended = finished(self.store.append([flight.item for flight in batch]))
        for flight, outcome in zip(batch, appended.outcomes, strict=True):
            self._apply(flight, outcome)
        self.registry.g = appended.g

    def _apply(self, flight: InFlight, outcome: Outcome) -> None:
        if isinstance(outcome, Stored):
            for entry in outcome.entries:
                self.registry.apply_entry(entry, codec.encode_entry)
            for record in outcome.records:
                self.registry.apply_record(record)
        self.registry.settle(flight)
        self._say(flight.session, flight.request, own_reply(outcome, flight))
        for rider in flight.riders:
            self._say(rider.session, rider.request, rider.message or repeated(own_reply(outcome, flight)))

    def _say(self, session: int, request: int, message: Any) -> None:
        if (session, request) in self.said:
            raise RuntimeError("a request has one final reply")
        self.said[session, request] = message

    def do(self, actor: Actor, command: Command, *, digest: bytes | None = None) -> Any:
        """Ask, commit, and return the reply."""
        self.ask(actor, command, digest=digest)
        request = self._requests
        if (actor.session, request) not in self.said:
            self.commit()
        return self.said[actor.session, request]

    # -- what is so ------------------------------------------------------------------------------------------------

    def members(self, room: RoomId) -> dict[UserId, Membership]:
        """Return everybody who ever had a standing in a room, as the store has it."""
        found = self.store._tables.memberships
        return {user: member for (where, user), member in found.items() if where == room}

    def standing(self, room: RoomId, user: UserId) -> Standing | None:
        member = self.members(room).get(user)
        return (member.state, member.role) if member else None

    def record(self, room: RoomId) -> RoomRecord:
        return self.store._tables.rooms[room]

    def log(self, room: RoomId) -> list[Any]:
        """Return the entries of a room."""
        return [entry for (where, _), entry in self.store._tables.entries.items() if where == room]


def _standing(room: RoomId, change: facts.Change) -> Membership:
    never = change.state not in (*PRESENT, MemberState.LEFT, MemberState.BANNED)
    until = None if change.state in PRESENT else 0 if never else SeqOf(0)
    floor = 1 if never else SeqOf(0)
    return Membership(room=room, user=change.user, state=change.state, role=change.role, floor=floor, until=until)
