"""Which permissions a user has: by role, by what the room gives to all, and by what was taken (protocol 5.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from chatd.messages import Permissions
from chatd.model import LED, Membership, MemberState, Role, RoomKind, RoomRecord
from chatd.rights import GRANTABLE, USUAL, Denial, Permission
from chatd.rooms.permissions import holds, in_force, is_banned
from tests.rooms.pieces import code
from tests.rooms.scene import INVITED, MEMBER, MODERATOR, NOW, OWNER, Scene
from tests.wire.strategies import steady

PROTOCOL = (Path(__file__).parents[2] / "protocol.md").read_text("utf-8")
ROOM = b"room-----------1"
GROUP = RoomRecord(room=ROOM, kind=RoomKind.GROUP, title="tea", members=2, owners=1)
ANA = Membership(room=ROOM, user="ana", state=MemberState.MEMBER, role=Role.MEMBER, floor=1, until=None)

permissions = st.sampled_from(Permission)
roles = st.sampled_from(Role)


def held(record: RoomRecord, member: Membership, now: int = NOW) -> list[str]:
    return [each.value for each in Permission if holds(record, member, each, now)]


def presets() -> dict[str, list[str]]:
    """Return, for each role, the permissions that the table of protocol 5.3 marks for it."""
    table = PROTOCOL[PROTOCOL.index("| permission | what for |") :].split("\n\n", 1)[0]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    columns = lines[0][2:]
    marked = {name.strip("`"): cells for name, _, *cells in lines[2:]}
    assert list(marked) == [each.value for each in Permission]
    return {role: [name for name, cells in marked.items() if cells[at] == "yes"] for at, role in enumerate(columns)}


@pytest.mark.parametrize("role", Role)
def test_a_role_gives_what_the_protocols_table_says(role: Role) -> None:
    assert held(GROUP, evolve(ANA, role=role)) == presets()[role.value]


def test_what_the_table_calls_usual_is_what_a_new_group_gives() -> None:
    assert presets()["member"] == [each.value for each in USUAL.defaults]
    grantable = re.search(r"may give every member (.*?)\.", PROTOCOL)
    assert grantable
    assert re.findall(r"`(\w+)`", grantable[1]) == [each.value for each in GRANTABLE]


@steady
@given(st.sets(st.sampled_from(GRANTABLE)), permissions)
def test_members_may_what_the_settings_say_and_nothing_else(given_: set[Permission], permission: Permission) -> None:
    record = evolve(GROUP, settings=evolve(USUAL, defaults=tuple(given_)))
    assert holds(record, ANA, permission, NOW) == (permission in given_)


def test_moderators_may_what_all_may_besides_their_own() -> None:
    moderator = evolve(ANA, role=Role.MODERATOR)
    assert not holds(GROUP, moderator, Permission.TITLE, NOW)
    record = evolve(GROUP, settings=evolve(USUAL, defaults=(Permission.TITLE,)))
    assert holds(record, moderator, Permission.TITLE, NOW)
    assert holds(record, moderator, Permission.POST, NOW)


@steady
@given(roles, permissions, permissions, st.none() | st.integers(0, 10), st.integers(0, 10))
def test_what_was_taken_is_gone_until_its_time_and_nothing_else_is(
    role: Role, taken: Permission, asked: Permission, until: int | None, now: int
) -> None:
    member = evolve(ANA, role=role)
    restricted = evolve(member, denied=(Denial(taken, until),))
    over = until is not None and now >= until
    gone = asked is taken or (asked, taken) == (Permission.REPLY, Permission.POST)
    expected = holds(GROUP, member, asked, now) and (over or not gone)
    assert holds(GROUP, restricted, asked, now) == expected


def test_a_denial_is_over_at_its_time_and_not_before() -> None:
    assert [in_force(Denial(Permission.POST, 5), now) for now in (4, 5)] == [True, False]
    assert in_force(Denial(Permission.POST), 2**53)


def test_a_ban_is_over_at_its_time_and_not_before() -> None:
    banned = evolve(ANA, state=MemberState.BANNED, banned_until=5)
    assert [is_banned(banned, now) for now in (4, 5)] == [True, False]
    assert is_banned(evolve(banned, banned_until=None), 2**53)
    assert not is_banned(ANA, 0)


@pytest.mark.parametrize("state", [state for state in MemberState if state is not MemberState.MEMBER])
@pytest.mark.parametrize("role", Role)
def test_who_is_no_member_may_nothing(state: MemberState, role: Role) -> None:
    assert held(GROUP, evolve(ANA, state=state, role=role)) == []


@pytest.mark.parametrize("kind", LED)
@pytest.mark.parametrize("role", Role)
def test_a_role_gives_the_same_in_every_room_that_is_led(kind: RoomKind, role: Role) -> None:
    assert held(evolve(GROUP, kind=kind), evolve(ANA, role=role)) == presets()[role.value]


def test_the_two_of_a_direct_room_are_equals() -> None:
    direct = evolve(GROUP, kind=RoomKind.DIRECT, pair=("ana", "bo"))
    assert held(direct, ANA) == ["post", "media", "react", "mention_all", "pin"]


def test_nobody_may_anything_in_a_self_room() -> None:
    assert held(evolve(GROUP, kind=RoomKind.SELF), evolve(ANA, role=Role.OWNER)) == []


# The answer to who asks.


def test_a_member_is_told_what_they_may_and_why_not() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": MEMBER, "bo": OWNER})
    denied = (Denial(Permission.MEDIA, scene.now), Denial(Permission.POST, None), Denial(Permission.REACT, NOW + 9))
    scene.put(evolve(scene.members(room)["ana"], denied=denied))
    told = scene.do(ana, Permissions(room=room))
    assert (told.user, told.state, told.role, told.permissions) == ("ana", *MEMBER, (Permission.MEDIA,))
    assert told.denied == {"post": 0, "react": NOW + 9}
    assert (told.defaults, told.join_by, told.slow_mode_s) == (USUAL.defaults, USUAL.join_by, 0)


def test_anybody_in_the_room_may_ask_about_anybody_who_had_a_part_in_it() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    room = scene.group({"ana": MEMBER, "bo": MODERATOR, "cy": (MemberState.BANNED, Role.MEMBER)})
    scene.put(evolve(scene.members(room)["cy"], banned_until=NOW + 5))
    bo, cy = (scene.do(ana, Permissions(room=room, user=user)) for user in ("bo", "cy"))
    assert Permission.BAN in bo.permissions
    assert (cy.state, cy.permissions, cy.banned_until) == (MemberState.BANNED, (), NOW + 5)
    assert bo.denied is None


def test_followers_are_told_of_themselves_and_of_the_staff_alone() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"ana": MEMBER, "bo": MODERATOR, "cy": MEMBER}, kind=RoomKind.BROADCAST)
    asked = [(actor, user) for actor in (ana, bo) for user in (None, "ana", "bo", "cy")]
    answers = [code(scene.do(actor, Permissions(room=room, user=user))) for actor, user in asked]
    assert answers == ["ok", "ok", "ok", "unknown_user", "ok", "ok", "ok", "ok"]


@pytest.mark.parametrize("forgetful", [False, True])
def test_who_is_not_in_it_is_told_nothing(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": INVITED, "cy": OWNER})
    asked = Permissions(room=room, user="cy")
    assert [code(scene.do(each, asked)) for each in (ana, bo)] == ["not_member", "unknown_room"]
    assert code(scene.do(bo, Permissions(room=bytes(16)))) == "unknown_room"


def test_of_who_never_had_a_part_in_it_nothing_is_told() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo")
    assert code(scene.do(ana, Permissions(room=room, user="bo"))) == "unknown_user"
