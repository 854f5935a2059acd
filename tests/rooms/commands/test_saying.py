"""What a post may be and whom it may mention, and how soon it may come after the last."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from chatd.chain import pack
from chatd.messages import AddMember, Edit, Post, Refused, RemoveMember, SetSettings, SetTitle
from chatd.model import APART, RoomId, RoomKind
from chatd.rights import USUAL, Permission
from chatd.rooms.effects import Actor
from chatd.wire import content
from chatd.wire.bodies import Poll, Text
from tests.rooms.pieces import code, text
from tests.rooms.scene import MEMBER, MODERATOR, OWNER, Scene
from tests.wire.strategies import steady

POLL = content.of(Poll(question="tea or coffee?", options=("tea", "coffee"), fallback="tea or coffee?"))
TO_ALL = pack({"type": "text", "text": "hi", "mention_all": True})
TO_NOBODY = pack({"type": "text", "text": "mention_all", "mention_all": False})


def allowing(scene: Scene, *defaults: Permission) -> tuple[Actor, RoomId]:
    """Return a member of a group in which members may do this and nothing else."""
    bo, room = scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER, "cy": MODERATOR})
    scene.put(evolve(scene.record(room), settings=evolve(USUAL, defaults=defaults)))
    return bo, room


def say(scene: Scene, actor: Actor, room: RoomId, content: bytes | None = None) -> Any:
    return scene.do(actor, Post(room=room, key=scene.key(), content=content or text()))


@pytest.mark.parametrize(
    ("content", "without", "with_it"),
    [(text(), "ok", "ok"), (POLL, "forbidden", "ok"), (TO_NOBODY, "ok", "ok"), (TO_ALL, "forbidden", "forbidden")],
)
def test_what_is_more_than_text_takes_the_right_to_it(content: bytes, without: str, with_it: str) -> None:
    for defaults, expected in (((Permission.POST,), without), ((Permission.POST, Permission.MEDIA), with_it)):
        scene = Scene()
        assert code(say(scene, *allowing(scene, *defaults), content)) == expected


def test_all_are_mentioned_by_who_may() -> None:
    scene = Scene()
    bo, room = allowing(scene, Permission.POST, Permission.MENTION_ALL)
    assert code(say(scene, bo, room, TO_ALL)) == "ok"
    assert code(say(scene, scene.enter("cy"), room, TO_ALL)) == "ok"


def test_an_edit_takes_the_rights_of_what_it_says() -> None:
    scene = Scene()
    bo, room = allowing(scene, Permission.POST)
    seq = say(scene, bo, room).seq
    edits = [Edit(room=room, key=scene.key(), seq=seq, content=content) for content in (text("x"), POLL, TO_ALL)]
    assert [code(scene.do(bo, each)) for each in edits] == ["ok", "forbidden", "forbidden"]


def calling(*users: str) -> bytes:
    return content.of(Text(text="come here", mentions=users))


@pytest.mark.parametrize("forgetful", [False, True])
def test_whoever_is_in_the_room_is_mentioned_and_nobody_else(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    bo, room = allowing(scene, Permission.POST)
    scene.know("di")
    mentions = (("ana",), ("bo", "cy"), ("di",), ("nobody",), ("ana", "di"))
    answers = [code(say(scene, bo, room, calling(*users))) for users in mentions]
    assert answers == ["ok", "ok", "bad_mention", "bad_mention", "bad_mention"]


@pytest.mark.parametrize("kind", APART)
def test_fans_mention_the_staff_alone_and_learn_of_nobody_else(kind: RoomKind) -> None:
    scene = Scene()
    people = {"ana": OWNER, "bo": MEMBER, "cy": MEMBER, "mo": MODERATOR}
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group(people, kind=kind)
    asked = [(bo, "ana"), (bo, "mo"), (bo, "cy"), (bo, "nobody"), (ana, "cy"), (ana, "nobody")]
    answers = [code(say(scene, actor, room, calling(user))) for actor, user in asked]
    assert answers == ["ok", "ok", "bad_mention", "bad_mention", "ok", "bad_mention"]


def test_an_edit_mentions_whom_a_post_may() -> None:
    scene = Scene()
    bo, room = allowing(scene, Permission.POST)
    seq = say(scene, bo, room).seq
    edits = [Edit(room=room, key=scene.key(), seq=seq, content=calling(user)) for user in ("cy", "di")]
    assert [code(scene.do(bo, each)) for each in edits] == ["ok", "bad_mention"]


def test_who_is_on_the_way_out_is_not_mentioned_any_more_and_who_comes_in_is() -> None:
    scene = Scene()
    bo, room = allowing(scene, Permission.POST)
    ana = scene.enter("ana")
    scene.know("di")
    scene.ask(ana, AddMember(room=room, key=scene.key(), users=("di",)))
    scene.ask(bo, Post(room=room, key=scene.key(), content=calling("di")))
    came = (bo.session, scene._requests)
    scene.ask(ana, RemoveMember(room=room, key=scene.key(), user="cy"))
    assert scene.ask(bo, Post(room=room, key=scene.key(), content=calling("cy"))) is None
    left = (bo.session, scene._requests)
    scene.commit()
    assert [code(scene.said[each]) for each in (came, left)] == ["ok", "bad_mention"]


def test_a_post_that_was_stored_mentions_whom_it_did_however_often_it_is_sent() -> None:
    scene = Scene()
    bo, room = allowing(scene, Permission.POST)
    post = Post(room=room, key=scene.key(), content=calling("cy"))
    first = scene.do(bo, post)
    scene.do(scene.enter("ana"), RemoveMember(room=room, key=scene.key(), user="cy"))
    assert scene.do(bo, evolve(post, retry=True)) == evolve(first, duplicate=True)


def test_a_stranger_learns_nothing_of_who_is_there_by_mentioning_them() -> None:
    scene = Scene()
    _, room = allowing(scene, Permission.POST)
    zoe = scene.enter("zoe")
    assert [code(say(scene, zoe, room, calling(user))) for user in ("ana", "nobody")] == ["unknown_room"] * 2


# Slow mode.


def slow(scene: Scene, seconds: int = 10) -> tuple[Actor, Actor, RoomId]:
    """Return an owner and a member of a group whose members post once in so many seconds."""
    room = scene.group({"ana": OWNER, "bo": MEMBER, "cy": MODERATOR, "di": MEMBER})
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.do(ana, SetSettings(room=room, key=scene.key(), slow_mode_s=seconds))
    scene.now += 1
    return ana, bo, room


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_member_waits_between_two_posts_and_is_told_how_long(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    _, bo, room = slow(scene)
    assert code(say(scene, bo, room)) == "ok"
    scene.now += 9_999
    refused = say(scene, bo, room)
    assert (refused.code, refused.verdict, refused.wait_ms, refused.after_ms) == ("slow_mode", "never", 1, None)
    scene.now += 1
    assert code(say(scene, bo, room)) == "ok"


@pytest.mark.parametrize("forgetful", [False, True])
def test_each_member_waits_for_their_own_post_alone(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    ana, bo, room = slow(scene)
    cy, di = scene.enter("cy"), scene.enter("di")
    posts = [code(say(scene, each, room)) for each in (bo, di, bo, di, cy, cy, ana, ana)]
    assert posts == ["ok", "ok", "slow_mode", "slow_mode", "ok", "ok", "ok", "ok"]


def test_a_post_in_flight_holds_up_the_next_which_is_refused_with_it() -> None:
    scene = Scene()
    _, bo, room = slow(scene)
    scene.ask(bo, Post(room=room, key=scene.key(), content=text()))
    scene.now += 1
    assert scene.ask(bo, Post(room=room, key=scene.key(), content=text())) is None
    request = scene._requests
    scene.commit()
    assert code(scene.said[bo.session, request]) == "slow_mode"
    assert code(say(scene, bo, room)) == "slow_mode"


def test_what_others_do_in_the_same_batch_leaves_a_post_counted() -> None:
    scene = Scene()
    ana, bo, room = slow(scene)
    scene.ask(ana, SetTitle(room=room, key=scene.key(), title="coffee"))
    scene.ask(bo, Post(room=room, key=scene.key(), content=text()))
    scene.commit()
    assert code(say(scene, bo, room)) == "slow_mode"


@pytest.mark.parametrize("forgetful", [False, True])
def test_posts_from_before_slow_mode_was_set_count_for_nothing(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    room = scene.group({"ana": OWNER, "bo": MEMBER})
    say(scene, bo, room)
    scene.do(ana, SetSettings(room=room, key=scene.key(), slow_mode_s=10))
    scene.now += 1
    assert [code(say(scene, bo, room)) for _ in range(2)] == ["ok", "slow_mode"]
    scene.do(ana, SetSettings(room=room, key=scene.key(), slow_mode_s=20))
    scene.now += 1
    assert [code(say(scene, bo, room)) for _ in range(2)] == ["ok", "slow_mode"]


def test_other_settings_leave_slow_mode_as_it_is() -> None:
    scene = Scene()
    ana, bo, room = slow(scene)
    say(scene, bo, room)
    scene.do(ana, SetSettings(room=room, key=scene.key(), slow_mode_s=10, defaults=(Permission.POST,)))
    assert code(say(scene, bo, room)) == "slow_mode"


def test_slow_mode_ends_when_it_is_turned_off() -> None:
    scene = Scene()
    ana, bo, room = slow(scene)
    say(scene, bo, room)
    scene.do(ana, SetSettings(room=room, key=scene.key(), slow_mode_s=0))
    assert [code(say(scene, bo, room)) for _ in range(2)] == ["ok", "ok"]


def test_a_refused_post_holds_nobody_up() -> None:
    scene = Scene()
    _, bo, room = slow(scene)
    assert code(say(scene, bo, room, TO_ALL)) == "forbidden"
    assert code(say(scene, bo, room)) == "ok"


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_clock_that_was_set_back_refuses_and_lets_through_by_the_times_of_entries(forgetful: bool) -> None:
    scene = Scene(forgetful=forgetful)
    ana, bo, room = slow(scene)
    say(scene, bo, room)
    scene.now -= 3_600_000
    assert say(scene, bo, room).wait_ms == 10_000
    scene.now += 3_600_000 + 4_000
    say(scene, ana, room)
    scene.now -= 3_600_000
    assert say(scene, bo, room).wait_ms == 6_000


@steady
@given(st.lists(st.tuples(st.sampled_from(["bo", "di"]), st.integers(0, 4_000), st.booleans()), max_size=12))
def test_what_is_let_through_is_as_far_apart_as_the_setting_says(said: list[tuple[str, int, bool]]) -> None:
    """Over any memory: one that forgets, one that knows all, and commits at any moment (invariants A3, O8)."""
    told: list[list[str]] = []
    for forgetful in (True, False):
        scene = Scene(forgetful=forgetful, omniscient=not forgetful)
        _, _, room = slow(scene, 5)
        actors = {user: scene.enter(user, "tablet") for user in ("bo", "di")}
        scene.commit()
        for user, pause, commit in said:
            scene.now += pause
            scene.ask(actors[user], Post(room=room, key=scene.key(), content=text()))
            if commit:
                scene.commit()
        scene.commit()
        told.append([each.code if isinstance(each, Refused) else "ok" for each in scene.said.values()])
        for user in actors:
            times = [entry.time for entry in scene.log(room) if entry.sender == user]
            assert all(later - earlier >= 5_000 for earlier, later in pairwise(times))
    assert told[0] == told[1]
