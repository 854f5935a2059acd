"""How many may be in a group, and who comes to be by being named."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.limits import DEFAULTS
from chatd.messages import (
    AddMember,
    CreateGroup,
    Join,
    Leave,
    OpenDirect,
    RemoveMember,
    RequestJoin,
    SetSettings,
    TransferOwnership,
)
from chatd.model import Answer, MemberState, Role, Ties, UserId
from chatd.rights import JoinBy
from chatd.rooms.effects import Actor
from chatd.rooms.policy import Circle, DefaultPolicy
from tests.rooms.pieces import code
from tests.rooms.scene import MEMBER, OWNER, Scene

INVITING = DefaultPolicy(Answer.INVITED)
REQUESTED = (MemberState.REQUESTED, Role.MEMBER)
BANNED = (MemberState.BANNED, Role.MEMBER)
RESTRICTED = (MemberState.RESTRICTED, Role.MEMBER)


SMALL = evolve(DEFAULTS, group_members_max=2)


def test_a_full_group_takes_nobody_more() -> None:
    scene = Scene(limits=SMALL)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.know("cy")
    assert code(scene.do(ana, AddMember(room=room, key=scene.key(), users=("cy",)))) == "room_full"


def test_who_is_in_flight_takes_a_place() -> None:
    scene = Scene(limits=SMALL)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo", "cy")
    scene.ask(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert code(scene.do(ana, AddMember(room=room, key=scene.key(), users=("cy",)))) == "room_full"
    assert scene.record(room).members == 2


def test_who_is_in_already_is_answered_so_where_others_are_invited() -> None:
    scene = Scene(policy=INVITING)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.know("cy")
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo", "cy")))
    assert reply.answers == {"bo": Answer.ADDED, "cy": Answer.INVITED}


class Choosy(DefaultPolicy):
    """Ana may add Bo; whoever else is wanted by whomever is invited."""

    def on_add(self, actor: UserId, user: UserId, ties: Ties) -> Answer:
        return Answer.ADDED if (actor, user) == ("ana", "bo") else Answer.INVITED


def test_a_policy_is_asked_who_wants_whom() -> None:
    scene = Scene(policy=Choosy())
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo", "cy")
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo", "cy")))
    assert reply.answers == {"bo": Answer.ADDED, "cy": Answer.INVITED}


def test_an_invitation_takes_no_place_until_it_is_accepted() -> None:
    scene = Scene(limits=SMALL, policy=INVITING)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    cy = scene.enter("cy")
    assert code(scene.do(ana, AddMember(room=room, key=scene.key(), users=("cy",)))) == "ok"
    assert code(scene.do(cy, Join(room=room, key=scene.key()))) == "room_full"


def test_a_group_over_its_limit_may_still_shrink() -> None:
    scene = Scene(limits=SMALL)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER, "cy": MEMBER, "di": MEMBER})
    assert code(scene.do(ana, RemoveMember(room=room, key=scene.key(), user="bo"))) == "ok"


def test_a_user_in_too_many_rooms_is_refused_as_an_unknown_one_is() -> None:
    scene = Scene(limits=evolve(DEFAULTS, rooms_per_user_max=1))
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.group({"bo": OWNER})
    full = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    unknown = scene.do(ana, AddMember(room=room, key=scene.key(), users=("cy",)))
    assert (full.code, full.verdict) == (unknown.code, unknown.verdict)


@pytest.mark.parametrize("policy", [DefaultPolicy(), INVITING, DefaultPolicy(added_by=Circle.MUTUAL)])
def test_nobody_fills_the_rooms_of_another_by_making_groups_and_leaving_them(policy: DefaultPolicy) -> None:
    """Neither by adding nor by inviting, whether the rooms are handed over or left behind (5.1.1)."""
    scene = Scene(limits=evolve(DEFAULTS, rooms_per_user_max=20), policy=policy)
    eve, bo = scene.enter("eve"), scene.enter("bo")
    answers: list[Answer] = []
    for _ in range(25):
        made = scene.do(eve, CreateGroup(key=scene.key(), title="trap", members=("bo",)))
        answers.append(made.answers["bo"])
        scene.do(eve, TransferOwnership(room=made.room, key=scene.key(), user="bo"))
        assert code(scene.do(eve, Leave(room=made.room, key=scene.key()))) == "ok"
    taken = answers.index(Answer.REFUSED)
    assert (taken, {*answers[taken:]}) == (18, {Answer.REFUSED})
    own = [code(scene.do(bo, CreateGroup(key=scene.key(), title="mine"))) for _ in range(3)]
    assert own == ["ok", "ok", "too_many_rooms"]


def test_a_user_whose_rooms_others_fill_is_opened_no_direct_room_and_asks_to_be_let_in() -> None:
    scene = Scene(limits=evolve(DEFAULTS, rooms_per_user_max=10))
    ana, bo = scene.enter("ana"), scene.enter("bo")
    for _ in range(9):
        scene.group({"eve": OWNER, "bo": MEMBER})
    room = scene.group({"ana": OWNER})
    scene.do(ana, SetSettings(room=room, key=scene.key(), join_by=JoinBy.REQUEST))
    assert code(scene.do(ana, OpenDirect(key=scene.key(), user="bo"))) == "too_many_rooms"
    assert code(scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))) == "unknown_user"
    assert code(scene.do(bo, RequestJoin(room=room, key=scene.key()))) == "ok"
    added = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert added.answers == {"bo": Answer.ADDED}


def test_operators_bring_a_user_into_as_many_rooms_as_there_may_be() -> None:
    scene = Scene(limits=evolve(DEFAULTS, rooms_per_user_max=10))
    scene.know("bo")
    for _ in range(9):
        scene.group({"eve": OWNER, "bo": MEMBER})
    room = scene.group({"ana": OWNER})
    operator = Actor(99, "", operator=True, credential="shop")
    added = scene.do(operator, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert added.answers == {"bo": Answer.ADDED}


def test_naming_a_user_makes_them_in_a_development_server() -> None:
    scene = Scene(names_make_users=True)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("new",)))
    assert scene.store._tables.users["new"].created == scene.now


def test_a_user_who_exists_keeps_the_time_they_were_made_at() -> None:
    scene = Scene(names_make_users=True)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo")
    before = scene.store._tables.users["bo"]
    scene.now += 1000
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert scene.store._tables.users["bo"] is before
