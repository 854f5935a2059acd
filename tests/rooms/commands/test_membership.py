"""Joining, leaving, adding and removing: each rule, and the answer for each user."""

from __future__ import annotations

import msgpack
import pytest

from chatd.chain import self_id, self_key
from chatd.messages import AddMember, Join, KeyedCommand, Leave, RemoveMember, SetRole
from chatd.model import Answer, EntryKind, MemberState, Role, RoomKind
from chatd.rooms.policy import DefaultPolicy
from tests.rooms.pieces import code
from tests.rooms.scene import ADMIN, INVITED, LEFT, MEMBER, OWNER, Scene

INVITING = DefaultPolicy(Answer.INVITED)
REQUESTED = (MemberState.REQUESTED, Role.MEMBER)
BANNED = (MemberState.BANNED, Role.MEMBER)
RESTRICTED = (MemberState.RESTRICTED, Role.MEMBER)


def test_who_is_added_is_a_member_from_the_entry_that_says_so() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo")
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    member = scene.members(room)["bo"]
    assert reply.answers == {"bo": Answer.ADDED}
    assert (member.state, member.role, member.floor, member.until) == (*MEMBER, reply.seq, None)
    assert scene.record(room).members == 2


def test_adding_is_told_in_the_self_room_of_who_is_added_under_a_derived_key() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo")
    key = scene.key()
    scene.do(ana, AddMember(room=room, key=key, users=("bo",)))
    [told] = scene.log(self_id("bo"))
    assert (told.kind, told.sender, told.key) == (EntryKind.ROOM, "ana", self_key(room, key, "bo"))
    facts = {"room": room, "kind": "group", "title": "tea", "state": "member", "role": "member"}
    assert msgpack.unpackb(told.body) == facts


def test_each_user_gets_an_answer() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": ADMIN})
    scene.know("cy")
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo", "cy", "nobody", "ana")))
    answers = {"bo": Answer.ADDED, "cy": Answer.ADDED, "nobody": Answer.REFUSED, "ana": Answer.ADDED}
    assert reply.answers == answers
    assert list(reply.answers) == list(answers)


def test_adding_a_member_again_never_lowers_their_role() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": ADMIN})
    scene.know("cy")
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo", "cy")))
    assert scene.standing(room, "bo") == ADMIN


def test_a_user_named_twice_is_added_once() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo")
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo", "bo")))
    assert scene.record(room).members == 2
    assert len(scene.log(self_id("bo"))) == 1


def test_adding_only_unknown_users_is_refused_and_names_them() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("x", "y", "ana")))
    assert (reply.code, reply.text) == ("unknown_user", "cannot be added: x, y")


def test_adding_nobody_is_unchanged() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert code(scene.do(ana, AddMember(room=room, key=scene.key(), users=()))) == "unchanged"


def test_an_invited_user_is_told_sees_nothing_and_does_not_count() -> None:
    scene = Scene(policy=INVITING)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo")
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    member = scene.members(room)["bo"]
    assert reply.answers == {"bo": Answer.INVITED}
    assert (member.state, member.floor, member.until) == (MemberState.INVITED, 1, 0)
    assert scene.record(room).members == 1
    assert len(scene.log(self_id("bo"))) == 1


def test_nobody_is_invited_twice() -> None:
    scene = Scene(policy=INVITING)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": INVITED})
    assert code(scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))) == "unchanged"


def test_an_invitation_becomes_a_membership_where_the_policy_adds() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": INVITED})
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert scene.standing(room, "bo") == MEMBER


def test_an_invited_user_accepts_with_join() -> None:
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": INVITED}), scene.enter("bo")
    reply = scene.do(bo, Join(room=room, key=scene.key()))
    member = scene.members(room)["bo"]
    assert (member.state, member.floor, member.until) == (MemberState.MEMBER, reply.seq, None)
    assert scene.record(room).members == 2


def test_an_invited_user_declines_with_leave() -> None:
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": INVITED}), scene.enter("bo")
    scene.do(bo, Leave(room=room, key=scene.key()))
    assert (scene.standing(room, "bo"), scene.record(room).members) == (LEFT, 1)


def test_who_declined_sees_nothing() -> None:
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": INVITED}), scene.enter("bo")
    scene.do(bo, Leave(room=room, key=scene.key()))
    member = scene.members(room)["bo"]
    assert (member.floor, member.until) == (1, 0)


@pytest.mark.parametrize("standing", [LEFT, REQUESTED, BANNED])
def test_nobody_joins_without_an_invitation(standing: tuple[MemberState, Role]) -> None:
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": standing}), scene.enter("bo")
    assert code(scene.do(bo, Join(room=room, key=scene.key()))) == "forbidden"


def test_a_member_who_joins_changes_nothing() -> None:
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": MEMBER}), scene.enter("bo")
    assert code(scene.do(bo, Join(room=room, key=scene.key()))) == "unchanged"


def test_a_stranger_cannot_join_or_leave_what_they_cannot_see() -> None:
    scene = Scene()
    room, cy = scene.group({"ana": OWNER}), scene.enter("cy")
    assert code(scene.do(cy, Join(room=room, key=scene.key()))) == "unknown_room"
    assert code(scene.do(cy, Leave(room=room, key=scene.key()))) == "unknown_room"


def test_nobody_joins_a_group_that_everybody_has_left() -> None:
    """Invariant A5: else it would have a member and no owner."""
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"ana": OWNER, "bo": INVITED})
    scene.do(ana, Leave(room=room, key=scene.key()))
    reply = scene.do(bo, Join(room=room, key=scene.key()))
    assert (reply.code, reply.text) == ("forbidden", "everybody has left")


def test_who_leaves_sees_up_to_their_leaving() -> None:
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": MEMBER}), scene.enter("bo")
    reply = scene.do(bo, Leave(room=room, key=scene.key()))
    member = scene.members(room)["bo"]
    assert (member.state, member.floor, member.until) == (MemberState.LEFT, 1, reply.seq)
    assert scene.record(room).members == 1


@pytest.mark.parametrize("standing", [LEFT, BANNED])
def test_who_is_gone_cannot_leave(standing: tuple[MemberState, Role]) -> None:
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": standing}), scene.enter("bo")
    assert code(scene.do(bo, Leave(room=room, key=scene.key()))) == "unchanged"


@pytest.mark.parametrize("standing", [REQUESTED, RESTRICTED])
def test_who_waits_or_is_restricted_may_leave(standing: tuple[MemberState, Role]) -> None:
    scene = Scene()
    room, bo = scene.group({"ana": OWNER, "bo": standing}), scene.enter("bo")
    scene.do(bo, Leave(room=room, key=scene.key()))
    assert scene.standing(room, "bo") == LEFT


def test_the_last_owner_stays_while_others_are_there() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": ADMIN})
    assert code(scene.do(ana, Leave(room=room, key=scene.key()))) == "last_owner"


def test_the_last_owner_leaves_when_another_is_made() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(ana, SetRole(room=room, key=scene.key(), user="bo", role=Role.OWNER))
    assert code(scene.do(ana, Leave(room=room, key=scene.key()))) == "ok"
    assert (scene.record(room).owners, scene.standing(room, "bo")) == (1, OWNER)


def test_the_last_person_may_leave() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.do(ana, Leave(room=room, key=scene.key()))
    assert (scene.record(room).members, scene.record(room).owners) == (0, 0)


def test_the_last_owner_does_not_lower_themself() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": ADMIN})
    command = SetRole(room=room, key=scene.key(), user="ana", role=Role.ADMIN)
    assert code(scene.do(ana, command)) == "last_owner"


def test_two_owners_who_leave_at_once_do_not_both_go() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"ana": OWNER, "bo": OWNER, "cy": MEMBER})
    scene.ask(ana, Leave(room=room, key=scene.key()))
    assert code(scene.do(bo, Leave(room=room, key=scene.key()))) == "last_owner"
    assert scene.record(room).owners == 1


def test_who_is_removed_sees_up_to_their_removal() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    reply = scene.do(ana, RemoveMember(room=room, key=scene.key(), user="bo"))
    member = scene.members(room)["bo"]
    assert (member.state, member.until) == (MemberState.LEFT, reply.seq)
    assert len(scene.log(self_id("bo"))) == 1


def test_an_invitation_is_withdrawn_by_removing() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": INVITED})
    scene.do(ana, RemoveMember(room=room, key=scene.key(), user="bo"))
    assert (scene.standing(room, "bo"), scene.record(room).members) == (LEFT, 1)


def test_who_returns_sees_from_the_return_on_and_holds_no_old_rank() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": ADMIN})
    scene.do(ana, RemoveMember(room=room, key=scene.key(), user="bo"))
    reply = scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    member = scene.members(room)["bo"]
    assert (member.role, member.floor, member.until) == (Role.MEMBER, reply.seq, None)


def test_an_invitation_to_return_leaves_what_could_be_seen_before() -> None:
    scene = Scene(policy=INVITING)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    removed = scene.do(ana, RemoveMember(room=room, key=scene.key(), user="bo"))
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    member = scene.members(room)["bo"]
    assert (member.state, member.floor, member.until) == (MemberState.INVITED, 1, removed.seq)


def test_a_change_of_role_leaves_what_can_be_seen() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(ana, SetRole(room=room, key=scene.key(), user="bo", role=Role.ADMIN))
    member = scene.members(room)["bo"]
    assert (member.role, member.floor, member.until) == (Role.ADMIN, 1, None)


@pytest.mark.parametrize("kind", [RoomKind.DIRECT, RoomKind.SELF])
def test_only_groups_have_comings_goings_and_roles(kind: RoomKind) -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER}, kind=kind)
    commands: list[KeyedCommand] = [
        AddMember(room=room, key=scene.key(), users=("cy",)),
        RemoveMember(room=room, key=scene.key(), user="bo"),
        SetRole(room=room, key=scene.key(), user="bo", role=Role.ADMIN),
        Leave(room=room, key=scene.key()),
    ]
    assert [code(scene.do(ana, command)) for command in commands] == ["wrong_kind"] * 4
