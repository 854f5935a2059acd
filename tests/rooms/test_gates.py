"""Who must wait before they speak in a group, and who only reads in an emergency (protocol 5.3.2)."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.limits import NEWCOMER_S
from chatd.messages import (
    AddMember,
    Edit,
    Join,
    Leave,
    OpenDirect,
    Permissions,
    Post,
    React,
    SetDraft,
    SetProfile,
    SetSettings,
)
from chatd.model import Role, RoomId, ServerRecord
from chatd.rights import USUAL, Level
from chatd.rooms.effects import Actor
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, INVITED, MEMBER, MODERATOR, NOW, OWNER, Scene

DAY_MS = NEWCOMER_S * 1000


def say(scene: Scene, actor: Actor, room: RoomId) -> Any:
    return scene.do(actor, Post(room=room, key=scene.key(), content=text()))


def gated(scene: Scene, **settings: Any) -> RoomId:
    """Return a group with these settings, in which bo came to be a member just now."""
    people = {"ana": OWNER, "ada": ADMIN, "mo": MODERATOR, "bo": MEMBER, "ivy": INVITED}
    room = scene.group(people)
    members = scene.members(room)
    scene.put(*(evolve(members[user], since=NOW) for user in ("ada", "mo", "bo")))
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, **settings)))
    return room


@pytest.mark.parametrize("forgetful", [False, True])
def test_who_came_too_lately_waits_and_is_told_how_long(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    room = gated(scene, member_s=10)
    bo = scene.enter("bo")
    refused = say(scene, bo, room)
    assert (refused.code, refused.verdict, refused.wait_ms, refused.after_ms) == ("too_new", "never", 10_000, None)
    scene.now += 9_999
    assert say(scene, bo, room).wait_ms == 1
    scene.now += 1
    assert code(say(scene, bo, room)) == "ok"


def test_a_membership_begins_when_its_user_comes_in_and_anew_when_they_come_back() -> None:
    scene = Scene()
    room = gated(scene, member_s=10)
    ana, ivy = scene.enter("ana"), scene.enter("ivy")
    scene.now += 20_000
    scene.do(ivy, Join(room=room, key=scene.key()))
    assert scene.members(room)["ivy"].since == scene.now
    assert say(scene, ivy, room).wait_ms == 10_000
    scene.now += 10_000
    assert code(say(scene, ivy, room)) == "ok"
    scene.do(ivy, Leave(room=room, key=scene.key()))
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("ivy",)))
    assert say(scene, ivy, room).wait_ms == 10_000


def test_a_join_that_is_in_flight_counts_already() -> None:
    scene = Scene()
    room = gated(scene, member_s=10)
    scene.now += 20_000
    ivy = scene.enter("ivy")
    scene.ask(ivy, Join(room=room, key=scene.key()))
    scene.ask(ivy, Post(room=room, key=scene.key(), content=text()))
    scene.commit()
    assert [code(each) for each in scene.said.values()] == ["ok", "too_new"]


@pytest.mark.parametrize(("created", "wait_ms"), [(NOW - 5_000, 5_000), (NOW - 9_999, 1), (NOW, 10_000)])
def test_whose_account_is_too_young_waits(created: int, wait_ms: int) -> None:
    scene = Scene()
    room = gated(scene, account_s=10)
    assert say(scene, evolve(scene.enter("bo"), created=created), room).wait_ms == wait_ms


def test_an_account_that_is_old_enough_speaks() -> None:
    scene = Scene()
    room = gated(scene, account_s=10)
    assert code(say(scene, evolve(scene.enter("bo"), created=NOW - 10_000), room)) == "ok"


def test_an_account_of_which_nobody_knows_the_age_counts_as_old() -> None:
    scene = Scene()
    room = gated(scene, account_s=10)
    assert code(say(scene, scene.enter("bo"), room)) == "ok"


def test_of_two_gates_the_later_one_counts() -> None:
    scene = Scene()
    room = gated(scene, member_s=10, account_s=30)
    assert say(scene, evolve(scene.enter("bo"), created=NOW - 5_000), room).wait_ms == 25_000


@pytest.mark.parametrize("settings", [{"member_s": 10}, {"account_s": 10}, {"level": Level.KNOWN}])
@pytest.mark.parametrize("user", ["mo", "ada", "ana"])
def test_who_has_a_role_is_never_new(user: str, settings: dict[str, Any]) -> None:
    scene = Scene()
    room = gated(scene, **settings)
    assert code(say(scene, scene.enter(user), room)) == "ok"


SPEAKING = {
    Level.NORMAL: ["ok", "ok", "ok", "ok"],
    Level.KNOWN: ["too_new", "ok", "ok", "ok"],
    Level.MODERATORS: ["emergency", "ok", "ok", "ok"],
    Level.ADMINS: ["emergency", "emergency", "ok", "ok"],
}


@pytest.mark.parametrize("level", SPEAKING)
def test_the_level_says_who_still_speaks(level: Level) -> None:
    scene = Scene()
    room = gated(scene, level=level)
    answers = [code(say(scene, scene.enter(user), room)) for user in ("bo", "mo", "ada", "ana")]
    assert answers == SPEAKING[level]


def test_who_is_known_for_a_day_speaks_at_the_first_level() -> None:
    scene = Scene()
    room = gated(scene, level=Level.KNOWN)
    bo = scene.enter("bo")
    assert say(scene, bo, room).wait_ms == DAY_MS
    scene.now += DAY_MS
    assert code(say(scene, bo, room)) == "ok"


@pytest.mark.parametrize("settings", [{"member_s": 10}, {"level": Level.ADMINS}])
def test_edits_and_reactions_are_held_back_as_posts_are(settings: dict[str, Any]) -> None:
    scene = Scene()
    room = gated(scene)
    bo = scene.enter("bo")
    seq = say(scene, bo, room).seq
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, **settings)))
    fresh = Scene(store=scene.store)
    bo = fresh.enter("bo")
    fresh.now = scene.now
    edit = Edit(room=room, key=b"an edit of mine.", seq=seq, content=text("x"))
    react = React(room=room, key=b"a reaction to it", seq=seq, emoji="+")
    expected = "too_new" if "member_s" in settings else "emergency"
    assert [code(fresh.do(bo, each)) for each in (edit, react)] == [expected] * 2


def test_a_refusal_that_rests_on_settings_in_flight_comes_with_them() -> None:
    scene = Scene()
    room = gated(scene)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.ask(ana, SetSettings(room=room, key=scene.key(), level=3))
    scene.ask(bo, Post(room=room, key=scene.key(), content=text()))
    assert scene.said == {}
    scene.commit()
    assert [code(each) for each in scene.said.values()] == ["ok", "emergency"]


def test_gates_and_level_are_set_apart_from_what_else_is_agreed_on() -> None:
    scene = Scene()
    room = gated(scene)
    ana = scene.enter("ana")
    parts: tuple[dict[str, Any], ...] = ({"member_s": 5}, {"account_s": 6}, {"level": 2}, {"slow_mode_s": 7})
    for settings in parts:
        assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), **settings))) == "ok"
    after = scene.record(room).settings
    assert (after.member_s, after.account_s, after.level, after.slow_mode_s) == (5, 6, Level.MODERATORS, 7)
    assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), level=2, member_s=5))) == "unchanged"
    told = scene.do(ana, Permissions(room=room, user="bo"))
    assert (told.member_s, told.account_s, told.level, told.role) == (5, 6, 2, Role.MEMBER)


def test_a_direct_room_knows_no_level() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.do(ana, OpenDirect(key=scene.key(), user="bo")).room
    assert code(scene.do(ana, SetSettings(room=room, key=scene.key(), level=1))) == "wrong_kind"
    assert code(say(scene, bo, room)) == "ok"


# The level of the server.


def in_emergency(scene: Scene, level: Level) -> None:
    scene.registry.apply_record(ServerRecord(level=level))


@pytest.mark.parametrize("level", [Level.MODERATORS, Level.ADMINS])
def test_the_higher_of_both_levels_holds_in_a_group(level: Level) -> None:
    for settings, server in (({"level": level}, Level.KNOWN), ({}, level)):
        scene = Scene()
        room = gated(scene, **settings)
        in_emergency(scene, server)
        old = [evolve(scene.enter(user), created=0) for user in ("bo", "mo", "ada", "ana")]
        assert [code(say(scene, each, room)) for each in old] == SPEAKING[level]


def test_at_the_servers_first_level_new_accounts_wait_also_in_direct_rooms() -> None:
    scene = Scene()
    room = gated(scene)
    bo = evolve(scene.enter("bo"), created=NOW - DAY_MS + 5)
    pair = scene.do(bo, OpenDirect(key=scene.key(), user="ana")).room
    in_emergency(scene, Level.KNOWN)
    for there in (room, pair):
        refused = say(scene, bo, there)
        assert (refused.code, refused.wait_ms) == ("too_new", 5)
    scene.now += 5
    assert [code(say(scene, bo, there)) for there in (room, pair)] == ["ok", "ok"]


@pytest.mark.parametrize("level", [Level.MODERATORS, Level.ADMINS])
def test_in_a_direct_room_there_are_no_ranks(level: Level) -> None:
    scene = Scene()
    bo = evolve(scene.enter("bo"), created=0)
    scene.enter("ana")
    pair = scene.do(bo, OpenDirect(key=scene.key(), user="ana")).room
    in_emergency(scene, level)
    assert code(say(scene, bo, pair)) == "ok"


def test_at_the_last_level_nobody_writes_but_to_themselves() -> None:
    scene = Scene()
    room = gated(scene)
    ana = scene.enter("ana")
    key = scene.key()
    scene.do(ana, Post(room=room, key=key, content=text()))
    in_emergency(scene, Level.FROZEN)
    commands = (
        Post(room=room, key=scene.key(), content=text()),
        SetSettings(room=room, key=scene.key(), level=0),
        Leave(room=room, key=scene.key()),
        OpenDirect(key=scene.key(), user="bo"),
        SetProfile(key=scene.key(), name="Ana"),
        Post(room=b"never was there.", key=scene.key(), content=text()),
    )
    assert [code(scene.do(ana, each)) for each in commands] == ["emergency"] * 6
    assert code(scene.do(ana, SetDraft(room=room, key=scene.key(), content=text()))) == "ok"
    assert code(scene.do(ana, Post(room=room, key=key, content=text(), retry=True))) == "duplicate"


def test_who_listens_to_the_level_is_told_of_changes_alone() -> None:
    scene = Scene()
    told: list[Level] = []
    scene.registry.on_level = told.append
    for level in (Level.NORMAL, Level.ADMINS, Level.ADMINS, Level.NORMAL):
        in_emergency(scene, level)
    assert told == [Level.ADMINS, Level.NORMAL]
