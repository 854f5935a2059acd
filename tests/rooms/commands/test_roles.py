"""The whole matrix of who may do what to whom: every actor, every target, every command (invariants A3, A5)."""

from __future__ import annotations

from itertools import product

import pytest

from chatd.messages import AddMember, Command, Join, Leave, Post, RemoveMember, SetRole, SetTitle
from chatd.model import PRESENT, MemberState, Role, RoomId
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, INVITED, LEFT, MEMBER, MODERATOR, OWNER, Scene, Standing

STANDINGS: dict[str, Standing | None] = {
    "stranger": None,
    "invited": INVITED,
    "requested": (MemberState.REQUESTED, Role.MEMBER),
    "left": LEFT,
    "banned": (MemberState.BANNED, Role.MEMBER),
    "restricted": (MemberState.RESTRICTED, Role.MEMBER),
    "member": MEMBER,
    "moderator": MODERATOR,
    "admin": ADMIN,
    "owner": OWNER,
}
GRANTS = {f"to {role.value}": role for role in (Role.MEMBER, Role.MODERATOR, Role.ADMIN, Role.OWNER)}
HERE = ("restricted", "member", "moderator", "admin", "owner")
MANAGERS = ("moderator", "admin", "owner")
RULERS = ("admin", "owner")
RANKS = {"restricted": 0, "member": 0, "moderator": 1, "admin": 2, "owner": 3}
GONE = ("stranger", "left", "banned")

PAIRS = list(product(STANDINGS, STANDINGS))


def outsider(actor: str) -> str | None:
    """What every command of somebody who is not there comes to."""
    if actor == "stranger":
        return "unknown_room"
    return None if actor in HERE else "not_member"


def expected_add(actor: str, target: str) -> str:
    if actor not in MANAGERS:
        return outsider(actor) or "forbidden"
    return "unchanged" if target in HERE else "ok"


def expected_remove(actor: str, target: str) -> str:
    if actor not in MANAGERS:
        return outsider(actor) or "forbidden"
    if target in GONE:
        return "unchanged"
    return "ok" if RANKS[actor] > RANKS.get(target, 0) else "forbidden"


def expected_grant(actor: str, target: str, role: Role) -> str:
    granted = list(GRANTS.values()).index(role)
    if refused := outsider(actor):
        return refused
    if actor not in RULERS:
        return "forbidden"
    if target not in HERE:
        return "unknown_user"
    if RANKS[target] == granted:
        return "unchanged"
    return "ok" if RANKS[actor] > RANKS[target] and RANKS[actor] >= granted else "forbidden"


def stage(actor: str, target: str) -> tuple[Scene, RoomId]:
    """A group with somebody in either part, and a founder who makes sure of an owner."""
    scene = Scene()
    people = {"founder": OWNER, "bystander": MEMBER}
    for user, part in (("actor", actor), ("target", target)):
        standing = STANDINGS[part]
        if standing:
            people[user] = standing
    scene.know("target")
    return scene, scene.group(people)


def assert_sound(scene: Scene, room: RoomId) -> None:
    """An owner exists, and the counts of the record are those of the memberships."""
    here = [member for member in scene.members(room).values() if member.state in PRESENT]
    record = scene.record(room)
    assert record.members == len(here)
    assert record.owners == sum(member.role is Role.OWNER for member in here) >= 1


def judge(actor: str, target: str, command: Command, expected: str, scene: Scene, room: RoomId) -> None:
    before, log = scene.members(room), scene.log(room)
    reply = code(scene.do(scene.enter("actor"), command))
    assert reply == expected, f"{actor} on {target}: {reply}, {expected} expected"
    if expected != "ok":
        assert (scene.members(room), scene.log(room)) == (before, log)
    assert_sound(scene, room)


@pytest.mark.parametrize(("actor", "target"), PAIRS)
def test_adding(actor: str, target: str) -> None:
    scene, room = stage(actor, target)
    command = AddMember(room=room, key=scene.key(), users=("target",))
    judge(actor, target, command, expected_add(actor, target), scene, room)


@pytest.mark.parametrize(("actor", "target"), PAIRS)
def test_removing(actor: str, target: str) -> None:
    scene, room = stage(actor, target)
    command = RemoveMember(room=room, key=scene.key(), user="target")
    judge(actor, target, command, expected_remove(actor, target), scene, room)


@pytest.mark.parametrize(("actor", "target"), PAIRS)
@pytest.mark.parametrize("grant", GRANTS)
def test_giving_a_role(actor: str, target: str, grant: str) -> None:
    scene, room = stage(actor, target)
    role = GRANTS[grant]
    command = SetRole(room=room, key=scene.key(), user="target", role=role)
    judge(actor, target, command, expected_grant(actor, target, role), scene, room)


@pytest.mark.parametrize("actor", STANDINGS)
@pytest.mark.parametrize("grant", GRANTS)
def test_giving_oneself_a_role_only_lowers(actor: str, grant: str) -> None:
    scene, room = stage(actor, "stranger")
    granted, role = list(GRANTS).index(grant), GRANTS[grant]
    own = RANKS.get(actor, -1)
    expected = outsider(actor) or ("unchanged" if granted == own else "ok" if granted < own else "forbidden")
    judge(actor, "self", SetRole(room=room, key=scene.key(), user="actor", role=role), expected, scene, room)


@pytest.mark.parametrize("actor", STANDINGS)
def test_removing_oneself_is_leaving_and_not_this(actor: str) -> None:
    scene, room = stage(actor, "stranger")
    expected = outsider(actor) or "forbidden"
    judge(actor, "self", RemoveMember(room=room, key=scene.key(), user="actor"), expected, scene, room)


@pytest.mark.parametrize("actor", STANDINGS)
def test_posting(actor: str) -> None:
    scene, room = stage(actor, "stranger")
    expected = outsider(actor) or ("forbidden" if actor == "restricted" else "ok")
    judge(actor, "room", Post(room=room, key=scene.key(), content=text()), expected, scene, room)


@pytest.mark.parametrize("actor", STANDINGS)
def test_setting_the_title(actor: str) -> None:
    scene, room = stage(actor, "stranger")
    expected = outsider(actor) or ("ok" if actor in RULERS else "forbidden")
    judge(actor, "room", SetTitle(room=room, key=scene.key(), title="coffee"), expected, scene, room)


@pytest.mark.parametrize("actor", STANDINGS)
def test_joining(actor: str) -> None:
    scene, room = stage(actor, "stranger")
    expected = {"stranger": "unknown_room", "invited": "ok"} | dict.fromkeys(HERE, "unchanged")
    judge(actor, "room", Join(room=room, key=scene.key()), expected.get(actor, "forbidden"), scene, room)


@pytest.mark.parametrize("actor", STANDINGS)
def test_leaving(actor: str) -> None:
    scene, room = stage(actor, "stranger")
    expected = {"stranger": "unknown_room", "left": "unchanged", "banned": "unchanged"}
    judge(actor, "room", Leave(room=room, key=scene.key()), expected.get(actor, "ok"), scene, room)
