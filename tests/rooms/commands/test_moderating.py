"""Restrictions, bans and settings: each rule, and what stands in the room afterwards (invariant A5)."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.messages import AddMember, Ban, Join, Leave, Post, RemoveMember, Restrict, SetRole, SetSettings, Unban
from chatd.model import Answer, EntryKind, MemberState, Role, RoomId, RoomKind
from chatd.rights import USUAL, Denial, JoinBy, Permission
from chatd.rooms.policy import DefaultPolicy
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, INVITED, LEFT, MEMBER, MODERATOR, NOW, OWNER, Scene

BANNED = (MemberState.BANNED, Role.MEMBER)
MUTE = (Permission.POST,)


def facts(scene: Scene, room: RoomId) -> Any:
    """Return what the last entry of a room says."""
    return msgpack.unpackb(scene.log(room)[-1].body)


# Restrict.


def test_what_is_taken_from_a_member_is_an_entry_and_holds_from_then_on() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": MODERATOR, "bo": MEMBER})
    command = Restrict(room=room, key=scene.key(), user="bo", deny=MUTE, until=NOW + 60_000, reason="spam")
    assert code(scene.do(ana, command)) == "ok"
    assert scene.log(room)[-1].kind is EntryKind.RESTRICT
    assert facts(scene, room) == {"user": "bo", "denied": {"post": NOW + 60_000}, "reason": "spam"}
    assert scene.members(room)["bo"].denied == (Denial(Permission.POST, NOW + 60_000),)
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "forbidden"


def test_a_restriction_is_over_at_its_time_without_anybody_doing_anything() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": MODERATOR, "bo": MEMBER})
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=MUTE, until=NOW + 10))
    scene.now += 9
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "forbidden"
    scene.now += 1
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "ok"


def test_a_restriction_takes_the_place_of_the_one_before() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": MODERATOR, "bo": MEMBER})
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=MUTE))
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=(Permission.REACT, Permission.MEDIA)))
    assert scene.members(room)["bo"].denied == (Denial(Permission.MEDIA), Denial(Permission.REACT))


def test_taking_nothing_gives_everything_back() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": MODERATOR, "bo": MEMBER})
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=MUTE))
    assert code(scene.do(ana, Restrict(room=room, key=scene.key(), user="bo"))) == "ok"
    assert facts(scene, room) == {"user": "bo", "denied": {}}
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "ok"


def test_the_same_restriction_is_unchanged_and_one_that_is_over_is_none() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": MODERATOR, "bo": MEMBER})
    until = NOW + 10
    assert code(scene.do(ana, Restrict(room=room, key=scene.key(), user="bo"))) == "unchanged"
    assert code(scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=MUTE, until=until))) == "ok"
    assert code(scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=MUTE, until=until))) == "unchanged"
    scene.now = until
    assert code(scene.do(ana, Restrict(room=room, key=scene.key(), user="bo"))) == "unchanged"


@pytest.mark.parametrize("until", [0, NOW - 1, NOW])
def test_what_would_be_over_already_is_refused(until: int) -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    for command in (
        Restrict(room=room, key=scene.key(), user="bo", deny=MUTE, until=until),
        Ban(room=room, key=scene.key(), user="bo", until=until),
    ):
        assert code(scene.do(ana, command)) == "bad_request"


def test_nobody_gets_back_what_was_taken_by_leaving_and_returning() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=MUTE))
    scene.do(bo, Leave(room=room, key=scene.key()))
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert code(scene.do(bo, Post(room=room, key=scene.key(), content=text()))) == "forbidden"


def test_a_moderator_of_whom_the_power_was_taken_is_a_member_like_others() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"ana": ADMIN, "bo": MODERATOR, "cy": MEMBER})
    scene.do(ana, Restrict(room=room, key=scene.key(), user="bo", deny=(Permission.BAN,)))
    assert code(scene.do(bo, Ban(room=room, key=scene.key(), user="cy"))) == "forbidden"
    assert code(scene.do(bo, Restrict(room=room, key=scene.key(), user="cy", deny=MUTE))) == "ok"


def test_restricting_is_for_who_is_there() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": LEFT, "cy": INVITED})
    for user in ("bo", "cy", "nobody"):
        command = Restrict(room=room, key=scene.key(), user=user, deny=MUTE)
        assert code(scene.do(ana, command)) == "unknown_user"


# Ban and unban.


def test_who_is_banned_is_gone_told_so_and_sees_up_to_it() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": MODERATOR, "bo": MEMBER, "cy": OWNER})
    reply = scene.do(ana, Ban(room=room, key=scene.key(), user="bo", until=NOW + 10, reason="spam"))
    member = scene.members(room)["bo"]
    assert (member.state, member.role, member.until, member.banned_until) == (*BANNED, reply.seq, NOW + 10)
    assert facts(scene, room) == {"changes": [["bo", "banned", "member"]], "reason": "spam", "until": NOW + 10}
    assert scene.record(room).members == 2
    assert facts(scene, self_id("bo"))["state"] == "banned"


def test_a_banned_user_neither_joins_nor_is_added_but_by_who_may_ban() -> None:
    scene = Scene()
    people = {"ana": MODERATOR, "bo": MEMBER, "cy": BANNED, "di": OWNER}
    ana, bo, cy, room = scene.enter("ana"), scene.enter("bo"), scene.enter("cy"), scene.group(people)
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, defaults=(Permission.INVITE,))))
    assert code(scene.do(cy, Join(room=room, key=scene.key()))) == "forbidden"
    add = AddMember(room=room, key=scene.key(), users=("cy",))
    assert code(scene.do(bo, add)) == "unknown_user"
    assert scene.do(ana, evolve(add, key=scene.key())).answers == {"cy": Answer.ADDED}
    assert scene.members(room)["cy"].banned_until is None


def test_a_ban_that_is_over_keeps_nobody_out() -> None:
    scene = Scene()
    bo, room = scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER, "cy": BANNED})
    settings = evolve(USUAL, defaults=(Permission.INVITE,))
    scene.put(evolve(scene.record(room), settings=settings), evolve(scene.members(room)["cy"], banned_until=NOW + 1))
    assert code(scene.do(bo, AddMember(room=room, key=scene.key(), users=("cy",)))) == "unknown_user"
    scene.now += 1
    assert code(scene.do(bo, AddMember(room=room, key=scene.key(), users=("cy",)))) == "ok"


def test_who_left_or_is_invited_can_be_banned_and_who_never_was_there_cannot() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": LEFT, "cy": INVITED})
    scene.know("di")
    bans = [Ban(room=room, key=scene.key(), user=user) for user in ("bo", "cy", "di", "nobody")]
    assert [code(scene.do(ana, each)) for each in bans] == ["ok", "ok", "unknown_user", "unknown_user"]
    assert scene.record(room).members == 1
    assert (scene.members(room)["cy"].floor, scene.members(room)["cy"].until) == (1, 0)


def test_another_end_changes_a_ban_and_the_same_end_does_not() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    ends = [NOW + 5, NOW + 5, NOW + 9, None, None]
    replies = [code(scene.do(ana, Ban(room=room, key=scene.key(), user="bo", until=end))) for end in ends]
    assert replies == ["ok", "unchanged", "ok", "ok", "unchanged"]
    assert scene.members(room)["bo"].until == 2


def test_who_is_unbanned_has_left() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": BANNED})
    scene.put(evolve(scene.members(room)["bo"], banned_until=NOW + 5))
    assert code(scene.do(ana, Unban(room=room, key=scene.key(), user="bo"))) == "ok"
    assert (scene.standing(room, "bo"), scene.members(room)["bo"].banned_until) == (LEFT, None)
    for user in ("bo", "ana", "nobody"):
        assert code(scene.do(ana, Unban(room=room, key=scene.key(), user=user))) == "unchanged"


def test_removing_does_not_lift_a_ban() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": BANNED})
    assert code(scene.do(ana, RemoveMember(room=room, key=scene.key(), user="bo"))) == "unchanged"
    assert scene.standing(room, "bo") == BANNED


def test_the_last_owner_cannot_be_banned_or_restricted() -> None:
    """Invariant A5: nobody's rank is above theirs, so an owner always exists."""
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": ADMIN, "bo": OWNER})
    bo = scene.enter("bo")
    for actor in (ana, bo):
        assert code(scene.do(actor, Ban(room=room, key=scene.key(), user="bo"))) == "forbidden"
        assert code(scene.do(actor, Restrict(room=room, key=scene.key(), user="bo", deny=MUTE))) == "forbidden"
    assert scene.record(room).owners == 1


def test_a_ban_in_flight_keeps_its_user_from_being_added() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER, "cy": LEFT})
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, defaults=(Permission.INVITE,))))
    scene.ask(ana, Ban(room=room, key=scene.key(), user="cy"))
    assert code(scene.do(bo, AddMember(room=room, key=scene.key(), users=("cy",)))) == "unknown_user"


def test_an_admin_who_is_being_demoted_has_no_power_any_more() -> None:
    """Judging counts what is in flight; the refusal goes out with it, or fails with it."""
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"ana": OWNER, "bo": ADMIN, "cy": MEMBER})
    scene.ask(ana, SetRole(room=room, key=scene.key(), user="bo", role=Role.MEMBER))
    assert scene.ask(bo, Ban(room=room, key=scene.key(), user="cy")) is None
    request = scene._requests
    scene.commit()
    assert code(scene.said[bo.session, request]) == "forbidden"
    assert scene.standing(room, "cy") == MEMBER


# Settings.


def test_settings_are_an_entry_that_tells_all_of_them() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": ADMIN, "bo": OWNER})
    given = (Permission.INVITE, Permission.POST, Permission.INVITE)
    assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), defaults=given))) == "ok"
    assert scene.log(room)[-1].kind is EntryKind.SETTINGS
    told = facts(scene, room)
    assert told.pop("defaults") == ["post", "invite"]
    gates = {"member_s": 0, "account_s": 0, "level": 0}
    assert told == {"slow_mode_s": 0, "join_by": "invitation", "history": "joined"} | gates
    assert scene.record(room).settings == evolve(USUAL, defaults=(Permission.POST, Permission.INVITE))


def test_what_a_command_leaves_out_stays_as_it_is() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.do(ana, SetSettings(room=room, key=scene.key(), slow_mode_s=30))
    scene.do(ana, SetSettings(room=room, key=scene.key(), join_by=JoinBy.REQUEST))
    scene.do(ana, SetSettings(room=room, key=scene.key(), defaults=()))
    settings = scene.record(room).settings
    assert (settings.defaults, settings.slow_mode_s, settings.join_by) == ((), 30, JoinBy.REQUEST)


def test_settings_that_are_so_already_are_unchanged() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    for command in (
        SetSettings(room=room, key=scene.key()),
        SetSettings(room=room, key=scene.key(), defaults=USUAL.defaults[::-1], slow_mode_s=0),
        SetSettings(room=room, key=scene.key(), join_by=JoinBy.INVITATION),
    ):
        assert code(scene.do(ana, command)) == "unchanged"


def test_members_who_may_not_post_read() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": MODERATOR, "bo": MEMBER, "cy": OWNER})
    cy = scene.enter("cy")
    scene.do(cy, SetSettings(room=room, key=scene.key(), defaults=(Permission.REACT,)))
    posts = [code(scene.do(each, Post(room=room, key=scene.key(), content=text()))) for each in (ana, bo, cy)]
    assert posts == ["ok", "forbidden", "ok"]


# Who may, and where.


@pytest.mark.parametrize("kind", [RoomKind.DIRECT, RoomKind.SELF])
def test_only_groups_know_rights(kind: RoomKind) -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER}, kind=kind)
    for command in (
        Restrict(room=room, key=scene.key(), user="bo", deny=MUTE),
        Ban(room=room, key=scene.key(), user="bo"),
        Unban(room=room, key=scene.key(), user="bo"),
        SetSettings(room=room, key=scene.key(), slow_mode_s=5),
    ):
        assert code(scene.do(ana, command)) == "wrong_kind"


def test_an_invited_user_who_asked_is_let_in_where_others_are_invited() -> None:
    scene = Scene(policy=DefaultPolicy(Answer.INVITED))
    room = scene.group({"ana": OWNER, "bo": (MemberState.REQUESTED, Role.MEMBER), "cy": LEFT})
    scene.put(evolve(scene.record(room), requests=1))
    reply = scene.do(scene.enter("ana"), AddMember(room=room, key=scene.key(), users=("bo", "cy")))
    assert reply.answers == {"bo": Answer.ADDED, "cy": Answer.INVITED}
    assert scene.record(room).requests == 0
