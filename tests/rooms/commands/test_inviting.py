"""Links into a group: who makes them, whom they let in, and how they end."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import evolve

from chatd.chain import invite_hash, self_id
from chatd.limits import DEFAULTS
from chatd.messages import (
    AddMember,
    Ban,
    CreateInvite,
    JoinByInvite,
    Leave,
    RevokeInvite,
    SetSettings,
)
from chatd.model import EntryKind, MemberState, Role, RoomId
from chatd.rights import Invite, Permission
from chatd.rooms.effects import Actor
from chatd.rooms.refusals import BAD_INVITE
from tests.rooms.pieces import code
from tests.rooms.scene import ADMIN, INVITED, LEFT, MEMBER, MODERATOR, NOW, OWNER, Scene

CODE, OTHER = b"c" * 16, b"o" * 16
BANNED = (MemberState.BANNED, Role.MEMBER)
REQUESTED = (MemberState.REQUESTED, Role.MEMBER)


def link(scene: Scene, actor: Actor, room: RoomId, code_: bytes = CODE, **bounds: Any) -> Any:
    """Let `actor` make a link of `code_` into `room`; return the reply."""
    return scene.do(actor, CreateInvite(room=room, key=scene.key(), hash=invite_hash(room, code_), **bounds))


def follow(scene: Scene, actor: Actor, room: RoomId, code_: bytes = CODE) -> Any:
    return scene.do(actor, JoinByInvite(room=room, key=scene.key(), code=code_))


def facts(scene: Scene, room: RoomId) -> Any:
    return msgpack.unpackb(scene.log(room)[-1].body)


# Links.


def test_whoever_has_the_code_comes_in() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER})
    link(scene, ana, room)
    reply = follow(scene, bo, room)
    member = scene.members(room)["bo"]
    assert (member.state, member.role, member.floor, member.until) == (*MEMBER, reply.seq, None)
    assert scene.record(room).members == 2
    assert facts(scene, room) == {"changes": [["bo", "member", "member"]]}
    assert facts(scene, self_id("bo"))["state"] == "member"


def test_a_link_is_an_entry_that_tells_its_hash_and_its_bounds() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    link(scene, ana, room, uses=3, ttl_s=60)
    assert scene.log(room)[-1].kind is EntryKind.INVITE
    hashed = invite_hash(room, CODE)
    assert facts(scene, room) == {"hash": hashed, "revoked": False, "uses": 3, "expires": NOW + 60_000}
    assert scene.record(room).invites == (Invite(hash=hashed, creator="ana", expires=NOW + 60_000, uses=3),)
    link(scene, ana, room, OTHER)
    assert facts(scene, room) == {"hash": invite_hash(room, OTHER), "revoked": False}


def test_a_link_lets_in_as_many_as_it_says_and_each_use_is_counted_with_the_join() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    link(scene, ana, room, uses=2)
    replies = [code(follow(scene, scene.enter(user), room)) for user in ("bo", "cy", "di")]
    assert replies == ["ok", "ok", "bad_invite"]
    assert scene.record(room).invites == ()


def test_uses_in_flight_count() -> None:
    """The refusal of the last goes out with the join that took its place, or fails with it."""
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    bo, cy = scene.enter("bo"), scene.enter("cy")
    link(scene, ana, room, uses=1)
    scene.ask(bo, JoinByInvite(room=room, key=scene.key(), code=CODE))
    assert scene.ask(cy, JoinByInvite(room=room, key=scene.key(), code=CODE)) is None
    request = scene._requests
    scene.commit()
    assert code(scene.said[cy.session, request]) == "bad_invite"
    assert scene.record(room).members == 2


def test_a_code_that_the_room_does_not_know_is_refused_at_once_whatever_is_in_flight() -> None:
    """Invariant A4: to wait for others' changes would tell a stranger that the room exists."""
    scene = Scene()
    ana, cy, room = scene.enter("ana"), scene.enter("cy"), scene.group({"ana": OWNER, "bo": LEFT})
    scene.ask(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert code(scene.ask(cy, JoinByInvite(room=room, key=scene.key(), code=OTHER))) == "bad_invite"


@pytest.mark.parametrize("age_s", [59, 60])
def test_a_link_expires_at_its_time_and_not_before(age_s: int) -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER})
    link(scene, ana, room, ttl_s=60)
    scene.now += age_s * 1000
    assert code(follow(scene, bo, room)) == ("ok" if age_s < 60 else "bad_invite")


def test_what_lets_nobody_in_is_refused_in_the_same_words_whatever_the_reason() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    expired, revoked, used, deserted = (scene.group({"ana": OWNER}) for _ in range(4))
    link(scene, ana, expired, ttl_s=1)
    link(scene, ana, revoked)
    scene.do(ana, RevokeInvite(room=revoked, key=scene.key(), hash=invite_hash(revoked, CODE)))
    link(scene, ana, used, uses=1)
    follow(scene, scene.enter("cy"), used)
    link(scene, ana, deserted)
    scene.do(ana, Leave(room=deserted, key=scene.key()))
    scene.now += 1000
    rooms = [expired, revoked, used, deserted, self_id("ana"), b"never was there."]
    told = [follow(scene, bo, room) for room in rooms]
    assert [(each.code, each.text) for each in told] == [(BAD_INVITE.code, BAD_INVITE.text)] * len(rooms)


def test_a_code_is_of_one_room() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    one, other = scene.group({"ana": OWNER}), scene.group({"ana": OWNER})
    link(scene, ana, one)
    assert code(follow(scene, bo, other)) == "bad_invite"


@pytest.mark.parametrize(
    ("standing", "answer"), [(LEFT, "ok"), (INVITED, "ok"), (REQUESTED, "ok"), (MEMBER, "unchanged")]
)
def test_a_link_serves_who_had_a_part_in_the_room(standing: tuple[MemberState, Role], answer: str) -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": standing})
    scene.put(evolve(scene.record(room), requests=int(standing is REQUESTED)))
    link(scene, ana, room, uses=1)
    assert code(follow(scene, bo, room)) == answer
    assert len(scene.record(room).invites) == (answer == "unchanged")
    assert scene.record(room).requests == 0


def test_a_link_lets_nobody_in_who_is_banned() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    link(scene, ana, room)
    scene.do(ana, Ban(room=room, key=scene.key(), user="bo", until=NOW + 5))
    assert code(follow(scene, bo, room)) == "forbidden"
    scene.now += 5
    assert code(follow(scene, bo, room)) == "ok"


def test_a_link_makes_no_group_larger_and_no_user_busier_than_allowed() -> None:
    scene = Scene(limits=evolve(DEFAULTS, group_members_max=2, rooms_per_user_max=1))
    ana, bo, cy = scene.enter("ana"), scene.enter("bo"), scene.enter("cy")
    room = scene.group({"ana": OWNER})
    scene.group({"bo": OWNER})
    link(scene, ana, room)
    assert code(follow(scene, bo, room)) == "too_many_rooms"
    assert code(follow(scene, cy, room)) == "ok"
    assert code(follow(scene, scene.enter("di"), room)) == "room_full"


def test_a_stranger_who_comes_by_a_link_may_leave_right_behind_it() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER})
    link(scene, ana, room)
    scene.ask(bo, JoinByInvite(room=room, key=scene.key(), code=CODE))
    scene.do(bo, Leave(room=room, key=scene.key()))
    member = scene.members(room)["bo"]
    assert (member.state, member.floor, member.until) == (MemberState.LEFT, 3, 4)


def test_a_room_has_so_many_links_and_expired_ones_make_room() -> None:
    scene = Scene(limits=evolve(DEFAULTS, invites_max=2))
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    replies = [code(link(scene, ana, room, bytes([number]) * 16, ttl_s=number + 1)) for number in range(3)]
    assert replies == ["ok", "ok", "limit_reached"]
    scene.now += 1000
    assert code(link(scene, ana, room, bytes([3]) * 16)) == "ok"
    assert [each.hash for each in scene.record(room).invites] == [
        invite_hash(room, bytes([number]) * 16) for number in (1, 3)
    ]


def test_the_same_link_is_unchanged_and_made_anew_once_it_has_expired() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert [code(link(scene, ana, room, ttl_s=1)) for _ in range(2)] == ["ok", "unchanged"]
    scene.now += 1000
    assert code(link(scene, ana, room)) == "ok"
    assert len(scene.record(room).invites) == 1


def test_a_link_is_revoked_by_who_made_it_or_by_who_may_set_settings() -> None:
    scene = Scene()
    people = {"ana": MODERATOR, "bo": MODERATOR, "cy": ADMIN, "di": OWNER}
    room = scene.group(people)
    ana, bo, cy = (scene.enter(user) for user in ("ana", "bo", "cy"))
    link(scene, ana, room)
    link(scene, ana, room, OTHER)
    first, second = (RevokeInvite(room=room, key=scene.key(), hash=invite_hash(room, each)) for each in (CODE, OTHER))
    assert code(scene.do(bo, first)) == "forbidden"
    assert code(scene.do(ana, first)) == "ok"
    assert facts(scene, room) == {"hash": first.hash, "revoked": True}
    assert code(scene.do(cy, second)) == "ok"
    assert code(scene.do(cy, evolve(second, key=scene.key()))) == "unchanged"


def test_a_link_is_made_by_who_may_invite() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    assert code(link(scene, bo, room)) == "forbidden"
    scene.do(ana, SetSettings(room=room, key=scene.key(), defaults=(Permission.INVITE,)))
    assert code(link(scene, bo, room)) == "ok"


def test_a_development_server_makes_who_comes_by_a_link() -> None:
    scene = Scene(names_make_users=True)
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    link(scene, ana, room)
    assert code(follow(scene, Actor(ana.session, "new"), room)) == "ok"
    assert scene.store._tables.users["new"].created == scene.now
