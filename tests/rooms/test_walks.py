"""Random histories of a few users in a few rooms, with commits at any moment, held against the invariants.

Each history is played by two: one whose memory knows everything, and one that forgets all it may before each command
and loads only what `needs` names. They must agree in every reply and every entry.
"""

from __future__ import annotations

from typing import Any

from attrs import define, evolve, frozen
from hypothesis import given, settings, strategies as st

from chatd.chain import direct_id, invite_hash
from chatd.limits import DEFAULTS
from chatd.messages import (
    AddMember,
    Ban,
    Committed,
    CreateGroup,
    CreateInvite,
    Join,
    JoinByInvite,
    KeyedCommand,
    Leave,
    MarkRead,
    OpenDirect,
    Post,
    Refused,
    RemoveMember,
    RequestJoin,
    Restrict,
    SetRole,
    SetSettings,
    SetTitle,
    Unban,
)
from chatd.model import PRESENT, Answer, MemberState, Role, RoomId, RoomKind
from chatd.rights import JoinBy, Permission
from chatd.rooms.effects import Actor
from chatd.rooms.needs import room_of
from chatd.rooms.policy import DefaultPolicy
from tests.rooms.bounds import assert_bounded
from tests.rooms.pieces import key, text
from tests.rooms.scene import INVITED, MEMBER, OWNER, Scene

PEOPLE = ("ana", "bo", "cy", "di")
NAMES = (*PEOPLE, "ghost")
SMALL = evolve(DEFAULTS, group_members_max=3, rooms_per_user_max=4, join_requests_max=1)
CODE = bytes(16)
steady = settings(max_examples=120, deadline=None, derandomize=True, database=None)


@frozen
class Step:
    kind: str
    actor: int
    other: str
    room: int
    word: str
    role: Role
    key: int
    commit: bool


steps = st.builds(
    Step,
    kind=st.sampled_from(
        [
            *("post", "post", "open", "create", "add", "remove", "join", "leave", "leave", "title", "role", "role"),
            *("mark", "restrict", "ban", "unban", "settings", "link", "follow", "ask"),
        ]
    ),
    actor=st.integers(0, len(PEOPLE) - 1),
    other=st.sampled_from(NAMES),
    room=st.integers(0, 3),
    word=st.sampled_from(["one", "two"]),
    role=st.sampled_from(Role),
    key=st.integers(1000, 1060),
    commit=st.booleans(),
)
histories = st.lists(steps, max_size=40)


@define(eq=False)
class Play:
    """A history on one stage."""

    scene: Scene
    rooms: list[RoomId]
    actors: list[Actor]
    asked: dict[tuple[int, int], tuple[Actor, KeyedCommand]]

    def command(self, step: Step) -> KeyedCommand | MarkRead:
        room, name, other = self.rooms[step.room % len(self.rooms)], key(step.key), step.other
        match step.kind:
            case "post":
                return Post(room=room, key=name, content=text(step.word), retry=step.word == "two")
            case "open":
                return OpenDirect(key=name, user=other)
            case "create":
                return CreateGroup(key=name, title=step.word, members=(other, "bo"))
            case "add":
                return AddMember(room=room, key=name, users=(other, "cy"))
            case "remove":
                return RemoveMember(room=room, key=name, user=other)
            case "join":
                return Join(room=room, key=name)
            case "leave":
                return Leave(room=room, key=name)
            case "role":
                return SetRole(room=room, key=name, user=other, role=step.role)
            case "mark":
                return MarkRead(room=room, seq=step.key % 5)
            case _:
                return self.ruling(step, room, name)

    def ruling(self, step: Step, room: RoomId, name: bytes) -> KeyedCommand:
        """Return a command about rights; what has an end has it soon."""
        other, one, soon = step.other, step.word == "one", self.scene.now + 25
        match step.kind:
            case "restrict":
                deny = (Permission.POST, Permission.INVITE) if one else ()
                return Restrict(room=room, key=name, user=other, deny=deny, until=soon)
            case "ban":
                return Ban(room=room, key=name, user=other, until=soon if one else None)
            case "title":
                return SetTitle(room=room, key=name, title=step.word)
            case "unban":
                return Unban(room=room, key=name, user=other)
            case "settings":
                join_by = JoinBy.REQUEST if one else JoinBy.INVITATION
                given = (Permission.POST, Permission.INVITE)
                return SetSettings(room=room, key=name, defaults=given, slow_mode_s=step.key % 2, join_by=join_by)
            case "link":
                return CreateInvite(room=room, key=name, hash=invite_hash(room, CODE), uses=1 + step.key % 2)
            case "follow":
                return JoinByInvite(room=room, key=name, code=CODE)
            case _:
                return RequestJoin(room=room, key=name)

    def take(self, step: Step) -> None:
        scene, actor, command = self.scene, self.actors[step.actor], self.command(step)
        waiting = len(scene.waiting)
        scene.now += 7
        scene.ask(actor, command)
        if not isinstance(command, MarkRead):
            self.asked[actor.session, scene._requests] = (actor, command)
            if len(scene.waiting) > waiting > 0:
                assert_bounded(command, scene.waiting[-1].item)
        if step.commit:
            self.commit()

    def commit(self) -> None:
        self.scene.commit()
        found = [room for room, record in self.scene.store._tables.rooms.items() if record.kind is not RoomKind.SELF]
        self.rooms = list(dict.fromkeys([*self.rooms, *found]))
        for room in found:
            assert_owned(self.scene, room)
        assert_idle(self.scene)


def play(history: list[Step], policy: DefaultPolicy, **stage: Any) -> Play:
    scene = Scene(limits=SMALL, policy=policy, **stage)
    room = scene.group({"ana": OWNER, "bo": MEMBER, "cy": INVITED})
    played = Play(scene, [room], [scene.enter(user) for user in PEOPLE], {})
    for step in history:
        played.take(step)
    played.commit()
    return played


def assert_owned(scene: Scene, room: RoomId) -> None:
    """Invariant A5: a group with anybody in it has an owner, and the record counts right and keeps its limit."""
    here = [member for member in scene.members(room).values() if member.state in PRESENT]
    record = scene.record(room)
    owners = sum(member.role is Role.OWNER for member in here)
    assert (record.members, record.owners) == (len(here), owners)
    assert owners >= 1 or not here or record.kind is RoomKind.DIRECT
    assert len(here) <= SMALL.group_members_max
    assert record.requests == sum(member.state is MemberState.REQUESTED for member in scene.members(room).values())


def assert_idle(scene: Scene) -> None:
    """With everything committed nothing is in flight, and memory says what the store says."""
    assert scene.registry.in_flight == {}
    tables = scene.store._tables
    for room in scene.registry.rooms.values():
        assert room.idle
        assert room._pending == {}
        assert room.head == tables.head(room.id)
        assert room.record is None or room.record.kind is RoomKind.SELF or room.record == tables.rooms[room.id]
        stored = {user: tables.memberships.get((room.id, user)) for user in room.slots}
        assert stored == {user: slot.membership for user, slot in room.slots.items()} or _is_self(room.record)


def _is_self(record: Any) -> bool:
    return record is not None and record.kind is RoomKind.SELF


def replies_by_key(played: Play) -> dict[tuple[RoomId, str, bytes], list[Any]]:
    found: dict[tuple[RoomId, str, bytes], list[Any]] = {}
    for where, (actor, command) in played.asked.items():
        name = (room_of(actor, command), actor.user, command.key)
        found.setdefault(name, []).append(played.scene.said[where])
    return found


@steady
@given(histories, st.sampled_from(Answer))
def test_memory_that_forgets_and_memory_that_knows_all_decide_alike(history: list[Step], on_added: Answer) -> None:
    policy = DefaultPolicy(on_added)
    one, other = play(history, policy, forgetful=True), play(history, policy, omniscient=True)
    assert one.scene.said == other.scene.said
    assert one.scene.store._tables.entries == other.scene.store._tables.entries
    assert one.scene.store._tables.memberships == other.scene.store._tables.memberships


@steady
@given(histories)
def test_every_command_has_one_reply_and_every_ack_names_its_entry(history: list[Step]) -> None:
    """Invariants D3, E1, E2: one key, one place; what was only ever refused is not there."""
    played = play(history, DefaultPolicy(Answer.INVITED))
    entries = played.scene.store._tables.entries
    stored = [(entry.room, entry.sender, entry.key) for entry in entries.values()]
    assert len(stored) == len(set(stored))
    for name, replies in replies_by_key(played).items():
        acks = [reply for reply in replies if isinstance(reply, Committed)]
        places = {(ack.room, ack.seq, ack.time) for ack in acks}
        assert all((entries[room, seq].room, entries[room, seq].time) == (room, time) for room, seq, time in places)
        if not acks:
            assert all(isinstance(reply, Refused) for reply in replies)
            assert name not in stored
        elif name in stored:
            assert len(places) == 1
            assert sum(not ack.duplicate for ack in acks) == 1


@steady
@given(histories)
def test_nobody_is_shown_what_their_membership_does_not_cover(history: list[Step]) -> None:
    """Invariants A1 and A3: who posts is there at that seq, and nobody's range reaches beyond the head."""
    played = play(history, DefaultPolicy())
    for (room, _), member in played.scene.store._tables.memberships.items():
        head = played.scene.store._tables.head(room).seq
        assert isinstance(member.floor, int)
        assert member.floor <= head
        assert member.until is None or (isinstance(member.until, int) and member.until <= head)
        assert (member.until is None) == (member.state in PRESENT)
        assert member.state is not MemberState.LEFT or member.role is Role.MEMBER


@steady
@given(histories)
def test_a_direct_room_has_two_members_and_one_first_entry(history: list[Step]) -> None:
    played = play(history, DefaultPolicy())
    for room, record in played.scene.store._tables.rooms.items():
        if record.kind is RoomKind.DIRECT:
            assert record.pair is not None
            assert room == direct_id(*record.pair)
            assert played.scene.members(room).keys() == dict.fromkeys(record.pair).keys()
            assert [entry.kind.value for entry in played.scene.log(room)].count("create") == 1
