"""What the store is put through: commands of users, decided by the real router, and what a daemon does beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from random import Random

from attrs import define, evolve, field, frozen

from chatd.messages import (
    AddMember,
    Block,
    Command,
    CreateGroup,
    Delete,
    Edit,
    Hide,
    IssueToken,
    Join,
    Leave,
    MarkRead,
    OpenDirect,
    Pin,
    Post,
    React,
    RemoveMember,
    Report,
    RevokeToken,
    SetConversation,
    SetDraft,
    SetPresence,
    SetProfile,
    SetRole,
    SetTitle,
)
from chatd.model import PRESENT, EntryKind, Item, Role, RoomId, Shown
from chatd.rooms.effects import Actor, InFlight
from chatd.storage.base import Appended
from chatd.storage.memory import MemoryStore
from chatd.wire import content
from tests.powercut.operating import OPERATING, operated
from tests.powercut.polling import POLLING, polled
from tests.powercut.ruling import RULING, ruled
from tests.powercut.streams import LIMITS, stream
from tests.rooms.pieces import finished
from tests.rooms.scene import EPOCH, Scene

USERS = ("ana", "bo", "cy")
STRANGERS = ("dee", "eli")
BIG_BYTES = 12_000
HANDLES = ("modern", "modem", "", None)
MARKS_MAX = 20

KINDS = (
    *("post", "post", "post", "post", "big", "again", "conflict", "read", "read", "group", "direct"),
    *("add", "add", "add", "remove", "remove", "join", "leave", "title", "role", "token", "revoke"),
    *("hide", "keep", "draft", "profile", "show", "show", "report", "report", "block", "relation", "attributes"),
    *("resolve", "resolve", "restrict", "settings", "filter", "spam", "spam", "review", "review"),
    *("link", "link", "ban"),
    *("again", "again", "edit", "edit", "edit", "delete", "react", "react", "pin", "pin"),
    *("poll", "poll", "vote", "vote", "vote", "vote", "close", "edit", "restrict", "restrict"),
)
"""What users and operators do, each as often as it stands here."""
PERSONAL = ("hide", "keep", "draft", "show", "report", "block", "profile")
SAYING = ("edit", "delete", "react", "pin")
"""What is done to posts."""

Batch = tuple[Item, ...]


class Do(StrEnum):
    """What a daemon does with its store beside appending to it."""

    CHECKPOINT = "checkpoint"
    REOPEN = "reopen"
    RESTART = "restart"
    """The daemon ends and starts again."""
    KILL = "kill"
    """The process ends in the middle of nothing, and another one finds its files as they are."""
    HOLD = "hold"
    RELEASE = "release"


Step = Batch | Do


@frozen
class Workload:
    steps: Sequence[Step] = field(repr=False)

    @property
    def batches(self) -> list[Batch]:
        return [step for step in self.steps if not isinstance(step, Do)]


@define(eq=False)
class _Tape(MemoryStore):
    """Keeps every batch beside what came of it."""

    batches: list[Batch] = field(factory=list[Batch])

    async def append(self, batch: Sequence[Item]) -> Appended:
        self.batches.append(tuple(batch))
        return await super().append(batch)


@define(eq=False)
class _Maker:
    random: Random
    tape: _Tape = field(factory=lambda: _Tape(EPOCH))
    actors: list[Actor] = field(factory=list[Actor])
    rooms: list[RoomId] = field(factory=list[RoomId])
    posts: list[tuple[Actor, Post]] = field(factory=list[tuple[Actor, Post]])
    tokens: list[bytes] = field(factory=list[bytes])
    deck: list[str] = field(factory=list[str])
    marked: int = 0
    scene: Scene = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.scene = Scene(store=self.tape, limits=LIMITS)

    def begin(self) -> None:
        self.scene.know(*USERS, *STRANGERS)
        self.actors = [self.scene.enter(user) for user in USERS]
        command = CreateGroup(key=self.scene.key(), title="tea", members=USERS[1:])
        self.rooms.append(self.scene.do(self.actors[0], command).room)
        for actor, kind in ((0, "filter"), (1, "spam"), (0, "review")):
            self.scene.do(self.actors[actor], self._ruled(kind, self.rooms[0], USERS[1]))

    def batch(self) -> None:
        """Let some commands be decided, then commit them together with the read marks of the moment."""
        for _ in range(self.random.choice((1, 2, 3, 5, 9))):
            self._ask()
        marks = self.scene.registry.marks.take(MARKS_MAX)
        if marks:
            self.marked += 1
            self.scene.waiting.append(InFlight(item=Item(records=marks), session=-1, request=self.marked))
        if self.scene.waiting:
            self.scene.commit()
        self.rooms += [room for room in self.tape._tables.rooms if room not in self.rooms]

    def _ask(self) -> None:
        kind = self._kind()
        actor = self.random.choice(self.actors)
        if kind in ("again", "conflict") and self.posts:
            actor, post = self.random.choice(self.posts)  # as if for the first time: the store finds the key, or that
            self.scene.ask(actor, post if kind == "again" else evolve(post, content=content.text("another")))
        elif kind in ("token", "revoke"):
            self._token(issue=kind == "token" or not self.tokens)
        elif kind in OPERATING:
            key, reports = self.scene.key(), [*self.tape._tables.reports]
            if command := operated(kind, key, reports, (USERS, STRANGERS), self.random):
                self.scene.ask(Actor(0, "", operator=True), command)
        else:
            self._command(actor, kind)

    def _kind(self) -> str:
        """Return what is done next: dealt from a deck, so that nothing is left out for long."""
        if not self.deck:
            self.deck = self.random.sample(KINDS, len(KINDS))
        return self.deck.pop()

    def _token(self, *, issue: bool) -> None:
        operator = Actor(0, "", operator=True)
        if issue:
            user = self.random.choice((*USERS, *STRANGERS, f"user{len(self.tokens) + 1}"))
            self.tokens.append(self.random.randbytes(32))
            self.scene.ask(operator, IssueToken(user=user, hash=self.tokens[-1], ttl_s=self.random.choice((None, 9))))
        else:
            self.scene.ask(operator, RevokeToken(token=self.random.choice(self.tokens)[:8].hex()))

    def _command(self, actor: Actor, kind: str) -> None:
        room, other = self._room(actor), self.random.choice((*USERS, *STRANGERS))
        if kind in PERSONAL:
            command = self._personal(kind, room, other)
        elif kind in SAYING:
            command = self._said(kind, room)
        elif kind in POLLING:
            command = polled(kind, self.tape._tables.polls, room, self.scene.key(), self.random)
        else:
            command = self._ruled(kind, room, other) if kind in RULING else self._made(kind, room, other)
        if isinstance(command, Post):
            self.posts.append((actor, command))
        self.scene.ask(actor, command)

    def _room(self, actor: Actor) -> RoomId:
        """Return a room that the actor reads, or now and then any: then the command is refused."""
        members = self.tape._tables.memberships
        here = [each.room for each in members.values() if each.user == actor.user and each.state in PRESENT]
        return self.random.choice(here if here and self.random.random() < 9 / 10 else self.rooms)

    def _made(self, kind: str, room: RoomId, other: str) -> Command:
        key = self.scene.key()
        match kind:
            case "read":
                return MarkRead(room=room, seq=self.random.randint(1, 1 + self.tape._tables.head(room).seq))
            case "group":
                return CreateGroup(key=key, title=f"room {len(self.rooms)}", members=(other,))
            case "direct":
                return OpenDirect(key=key, user=other)
            case "add":
                return AddMember(room=room, key=key, users=(other,))
            case "remove":
                return RemoveMember(room=room, key=key, user=other)
            case "join":
                return Join(room=room, key=key)
            case "leave":
                return Leave(room=room, key=key)
            case "title":
                return SetTitle(room=room, key=key, title=f"title {self.random.random()}")
            case "role":
                return SetRole(room=room, key=key, user=other, role=self.random.choice((Role.ADMIN, Role.MEMBER)))
            case _:
                size = BIG_BYTES if kind == "big" else self.random.randint(1, 300)
                return Post(room=room, key=key, content=content.text(self.random.randbytes(size // 2).hex() or "x"))

    def _personal(self, kind: str, room: RoomId, other: str) -> Command:
        key = self.scene.key()
        match kind:
            case "block":
                return Block(key=key, user=other, on=self.random.random() < 3 / 4)
            case "profile":
                return SetProfile(key=key, name=str(self.random.randint(0, 9)), handle=self.random.choice(HANDLES))
            case "report":
                return Report(key=key, room=room, seq=self.random.choice((None, 2, 3)), reason="spam")
            case "hide":
                return Hide(room=room, key=key, seq=self.random.randint(1, 1 + self.tape._tables.head(room).seq))
            case "show":
                return SetPresence(key=key, shown=self.random.choice(list(Shown)))
            case "keep":
                return SetConversation(room=room, key=key, archived=self.random.random() < 1 / 2, unread=True)
            case _:
                return SetDraft(room=room, key=key, content=self.random.randbytes(self.random.randint(0, 300)))

    def _said(self, kind: str, room: RoomId) -> Command:
        key, posts = self.scene.key(), [each.seq for each in self.scene.log(room) if each.kind is EntryKind.POST]
        seq = self.random.choice(posts or [1])
        match kind:
            case "edit":
                return Edit(room=room, key=key, seq=seq, content=content.text(self.random.randbytes(9).hex()))
            case "delete":
                return Delete(room=room, key=key, seq=seq)
            case "react":
                on = self.random.random() < 2 / 3
                return React(room=room, key=key, seq=seq, emoji=self.random.choice("+-"), on=on)
            case _:
                return Pin(room=room, key=key, seq=seq)

    def _ruled(self, kind: str, room: RoomId, other: str) -> Command:
        key, later = self.scene.key(), self.scene.now + self.random.randint(1, 9)
        return ruled(kind, self.tape._tables.held, room, key, other, later, self.random)


def workload(seed: int, *, batches: int = 40) -> Workload:
    """Return the workload of `seed`: some `batches` of commands, and between them each thing of `Do` at least once."""
    random = Random(f"workload {seed}")
    maker = _Maker(random)
    maker.begin()
    first = len(maker.tape.batches)
    for _ in range(batches):
        maker.batch()
    stream(maker.scene, maker.actors[0])
    steps: list[Step] = list(maker.tape.batches)
    for do in (Do.KILL, Do.RESTART, Do.REOPEN, Do.CHECKPOINT, Do.CHECKPOINT):
        steps.insert(random.randint(first, len(steps)), do)
    _hold(steps, random)
    return Workload(steps)


def _hold(steps: list[Step], random: Random) -> None:
    quiet = [at for at in range(1, len(steps) - 1) if not {*steps[at : at + 2]} & {*Do}]
    start = random.choice(quiet)
    steps.insert(start + 2, Do.RELEASE)
    steps.insert(start, Do.HOLD)


def counts(work: Workload) -> Counter[str]:
    found, store = Counter(step.value for step in work.steps if isinstance(step, Do)), MemoryStore(EPOCH)
    for batch in work.batches:
        found["batches"] += 1
        for item, outcome in zip(batch, finished(store.append(batch)).outcomes, strict=True):
            found[f"items {type(outcome).__name__.lower()}"] += 1
            found.update(f"{entry.kind.value} entries" for entry in item.entries)
            found.update(type(record).__name__ for record in item.records)
    return found
