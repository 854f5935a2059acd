"""How rooms come to be: direct rooms and groups, once for all."""

from __future__ import annotations

import msgpack
import pytest
from attrs import evolve

from chatd.chain import direct_id, group_id, self_id
from chatd.limits import DEFAULTS
from chatd.messages import AddMember, CreateGroup, OpenDirect, Permissions
from chatd.model import LED, Answer, EntryKind, MemberState, Relation, RelationKind, Role, RoomKind
from chatd.rooms.commands import creating
from chatd.rooms.commands.draft import Unchanged
from chatd.rooms.policy import Circle, DefaultPolicy
from tests.rooms.pieces import code
from tests.rooms.scene import INVITED, MEMBER, OWNER, Scene

ONE_ROOM = evolve(DEFAULTS, rooms_per_user_max=1)


def test_a_server_may_allow_fewer_users_a_call() -> None:
    scene = Scene(limits=evolve(DEFAULTS, users_per_call_max=1))
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo", "cy")
    assert code(scene.do(ana, CreateGroup(key=scene.key(), title="many", members=("bo", "cy")))) == "too_large"
    assert code(scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo", "cy")))) == "too_large"
    assert scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",))).answers == {"bo": Answer.ADDED}


def test_a_direct_room_has_the_two_and_no_owner() -> None:
    scene = Scene()
    bo = scene.enter("bo")
    scene.know("ana")
    reply = scene.do(bo, OpenDirect(key=scene.key(), user="ana"))
    record = scene.record(direct_id("ana", "bo"))
    assert (reply.room, reply.seq, reply.duplicate) == (record.room, 1, False)
    assert (record.kind, record.pair, record.members, record.owners) == (RoomKind.DIRECT, ("ana", "bo"), 2, 0)
    assert [scene.standing(record.room, user) for user in ("ana", "bo")] == [MEMBER, MEMBER]


def test_each_of_the_two_is_told_who_the_other_is() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    scene.do(ana, OpenDirect(key=scene.key(), user="bo"))
    peers = [msgpack.unpackb(scene.log(self_id(user))[0].body)["peer"] for user in ("ana", "bo")]
    assert peers == ["bo", "ana"]


def follow(scene: Scene, user: str, other: str, since: int = 1) -> None:
    scene.put(Relation(user=user, kind=RelationKind.FOLLOW, other=other, since=since))


@pytest.mark.parametrize(("circle", "needs_both"), [(Circle.FOLLOWED, False), (Circle.MUTUAL, True)])
def test_a_stranger_opens_no_direct_room_where_the_server_keeps_them_out(circle: Circle, needs_both: bool) -> None:
    scene = Scene(policy=DefaultPolicy(direct_by=circle))
    ana, bo = scene.enter("ana"), scene.enter("bo")
    asked = OpenDirect(key=scene.key(), user="bo")
    refused = scene.do(ana, asked)
    assert scene.do(ana, OpenDirect(key=scene.key(), user="nobody")) == refused
    follow(scene, "ana", "bo")
    assert scene.do(ana, asked) == refused
    follow(scene, "bo", "ana")
    follow(scene, "ana", "bo", since=int(needs_both))
    opened = scene.do(ana, asked)
    assert (code(refused), code(opened)) == ("forbidden", "ok")
    follow(scene, "bo", "ana", since=0)
    follow(scene, "ana", "bo", since=0)
    again = scene.do(bo, OpenDirect(key=scene.key(), user="ana"))
    assert (again.room, again.seq, again.duplicate) == (opened.room, 1, True)


def test_whom_a_stranger_adds_is_invited_where_the_server_says_so() -> None:
    scene = Scene(policy=DefaultPolicy(added_by=Circle.FOLLOWED))
    ana = scene.enter("ana")
    scene.know("bo", "cy")
    follow(scene, "bo", "ana")
    made = scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo", "cy")))
    assert made.answers == {"bo": Answer.ADDED, "cy": Answer.INVITED}
    room = scene.group({"ana": OWNER})
    added = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo", "cy")))
    assert added.answers == {"bo": Answer.ADDED, "cy": Answer.INVITED}


def test_a_direct_room_that_exists_answers_with_its_first_entry() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    first = scene.do(ana, OpenDirect(key=scene.key(), user="bo"))
    scene.now += 5000
    again = scene.do(bo, OpenDirect(key=scene.key(), user="ana"))
    assert (again.room, again.seq, again.time, again.duplicate) == (first.room, 1, first.time, True)
    assert len(scene.log(first.room)) == 1


def test_a_direct_room_in_flight_answers_with_that_item() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    assert scene.ask(ana, OpenDirect(key=scene.key(), user="bo")) is None
    again = scene.do(bo, OpenDirect(key=scene.key(), user="ana"))
    assert (again.seq, again.time, again.duplicate) == (1, scene.now, True)
    assert len(scene.waiting) == 0
    assert len(scene.log(again.room)) == 1


def test_nobody_opens_a_direct_room_with_themself() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    assert code(scene.do(ana, OpenDirect(key=scene.key(), user="ana"))) == "forbidden"


def test_a_direct_room_needs_a_user_who_exists() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    assert code(scene.do(ana, OpenDirect(key=scene.key(), user="bo"))) == "unknown_user"


def test_in_a_development_server_naming_somebody_makes_them() -> None:
    scene = Scene(names_make_users=True)
    ana = scene.enter("ana")
    assert code(scene.do(ana, OpenDirect(key=scene.key(), user="bo"))) == "ok"
    assert "bo" in scene.store._tables.users


def test_neither_of_the_two_may_be_in_too_many_rooms() -> None:
    scene = Scene(limits=ONE_ROOM)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.group({"bo": OWNER})
    replies = [
        scene.do(ana, OpenDirect(key=scene.key(), user="bo")),
        scene.do(bo, OpenDirect(key=scene.key(), user="ana")),
    ]
    assert [reply.code for reply in replies] == ["too_many_rooms"] * 2
    assert replies[0].text != replies[1].text


def test_a_group_belongs_to_who_creates_it() -> None:
    scene = Scene()
    ana, key = scene.enter("ana"), scene.key()
    scene.know("bo")
    reply = scene.do(ana, CreateGroup(key=key, title="tea", members=("bo",)))
    record = scene.record(group_id("ana", key))
    assert (reply.room, reply.seq, reply.answers) == (record.room, 1, {"bo": Answer.ADDED})
    assert (record.kind, record.title, record.members, record.owners) == (RoomKind.GROUP, "tea", 2, 1)
    assert [scene.standing(record.room, user) for user in ("ana", "bo")] == [OWNER, MEMBER]


@pytest.mark.parametrize("kind", LED)
def test_a_room_of_any_kind_that_is_led_belongs_to_who_creates_it(kind: RoomKind) -> None:
    scene = Scene()
    ana = scene.enter("ana")
    reply = scene.do(ana, CreateGroup(key=scene.key(), title="tea", kind=kind))
    assert (scene.record(reply.room).kind, scene.standing(reply.room, "ana")) == (kind, OWNER)
    told = [msgpack.unpackb(scene.log(room)[0].body)["kind"] for room in (reply.room, self_id("ana"))]
    assert told == [kind.value, kind.value]


@pytest.mark.parametrize(
    ("kind", "given"), [("group", ["post", "media", "react"]), ("broadcast", ["react"]), ("live", ["post", "react"])]
)
def test_what_members_may_in_a_new_room_goes_by_its_kind(kind: str, given: list[str]) -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo",), kind=RoomKind(kind))).room
    assert scene.do(bo, Permissions(room=room)).permissions == tuple(given)


def test_the_first_entry_of_a_group_says_who_is_in_it() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    reply = scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo",)))
    [entry] = scene.log(reply.room)
    members = [["ana", "member", "owner"], ["bo", "member", "member"]]
    assert entry.kind is EntryKind.CREATE
    assert msgpack.unpackb(entry.body) == {"kind": "group", "title": "tea", "members": members}


def test_everybody_in_a_new_group_is_told_in_their_self_room() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo",)))
    roles = [msgpack.unpackb(scene.log(self_id(user))[0].body)["role"] for user in ("ana", "bo")]
    assert roles == ["owner", "member"]


def test_the_entries_of_an_item_have_salts_of_their_own() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    reply = scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo",)))
    entries = [*scene.log(reply.room), *scene.log(self_id("ana")), *scene.log(self_id("bo"))]
    assert len({entry.salt for entry in entries}) == 3


def test_who_cannot_be_added_is_answered_and_left_out() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    reply = scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo", "ghost")))
    assert reply.answers == {"bo": Answer.ADDED, "ghost": Answer.REFUSED}
    assert list(scene.members(reply.room)) == ["ana", "bo"]


def test_who_creates_a_group_needs_no_answer_and_stays_its_owner() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    reply = scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("ana", "ana")))
    assert reply.answers == {}
    assert (scene.standing(reply.room, "ana"), scene.record(reply.room).members) == (OWNER, 1)


def test_who_is_only_invited_to_a_new_group_does_not_count() -> None:
    scene = Scene(policy=DefaultPolicy(Answer.INVITED))
    ana = scene.enter("ana")
    scene.know("bo")
    reply = scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo",)))
    assert (reply.answers, scene.standing(reply.room, "bo")) == ({"bo": Answer.INVITED}, INVITED)
    assert (scene.record(reply.room).members, scene.record(reply.room).owners) == (1, 1)


def test_a_group_cannot_be_born_over_its_limit() -> None:
    scene = Scene(limits=evolve(DEFAULTS, group_members_max=2))
    ana = scene.enter("ana")
    scene.know("bo", "cy")
    assert code(scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo", "cy")))) == "room_full"
    assert code(scene.do(ana, CreateGroup(key=scene.key(), title="tea", members=("bo",)))) == "ok"


def test_who_is_in_too_many_rooms_creates_none() -> None:
    scene = Scene(limits=ONE_ROOM)
    ana = scene.enter("ana")
    scene.group({"ana": OWNER})
    assert code(scene.do(ana, CreateGroup(key=scene.key(), title="tea"))) == "too_many_rooms"


def test_an_invitation_counts_as_a_room() -> None:
    scene = Scene(limits=ONE_ROOM)
    ana = scene.enter("ana")
    scene.group({"bo": OWNER, "ana": INVITED})
    assert code(scene.do(ana, CreateGroup(key=scene.key(), title="tea"))) == "too_many_rooms"


def test_a_room_that_was_left_does_not_count() -> None:
    scene = Scene(limits=ONE_ROOM)
    ana = scene.enter("ana")
    scene.group({"bo": OWNER, "ana": (MemberState.LEFT, Role.MEMBER)})
    assert code(scene.do(ana, CreateGroup(key=scene.key(), title="tea"))) == "ok"


def test_the_same_key_makes_the_same_group_and_another_user_another() -> None:
    scene = Scene()
    ana, bo, key = scene.enter("ana"), scene.enter("bo"), scene.key()
    command = CreateGroup(key=key, title="tea")
    first, again, other = scene.do(ana, command), scene.do(ana, command), scene.do(bo, command)
    assert (again.room, again.seq, again.time, again.duplicate) == (first.room, 1, first.time, True)
    assert (other.room == first.room, other.duplicate) == (False, False)


def test_the_same_key_with_another_title_is_a_conflict() -> None:
    scene = Scene()
    ana, key = scene.enter("ana"), scene.key()
    room = scene.do(ana, CreateGroup(key=key, title="tea")).room
    assert code(scene.do(ana, CreateGroup(key=key, title="coffee"))) == "conflict"
    assert scene.record(room).title == "tea"


def test_a_group_whose_room_exists_is_never_created_anew() -> None:
    scene = Scene()
    ana, key = scene.enter("ana"), scene.key()
    command = CreateGroup(key=key, title="tea")
    room = scene.do(ana, command).room
    proposal = scene.router.judge.propose(ana, None, command, scene.loaded, scene.now)
    assert creating.create_group(scene.registry.rooms[room], command, proposal) == Unchanged(room, 1)
