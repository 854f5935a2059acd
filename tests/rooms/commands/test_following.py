"""Broadcast rooms: what followers do, and what is done to them, is no entry of the room (protocol 9.11)."""

from __future__ import annotations

import msgpack
import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.messages import Join, Leave, Post, React, SetSettings
from chatd.model import HeadPlus, MemberState, Role
from chatd.rights import JoinBy, Past, Permission
from tests.rooms.commands.channel import Channel
from tests.rooms.pieces import code, text
from tests.rooms.scene import MEMBER, OWNER

CODE = bytes(16)


@pytest.fixture
def here() -> Channel:
    return Channel()


def test_a_new_one_is_open_shows_its_past_and_lets_followers_react(here: Channel) -> None:
    settings = here.scene.record(here.room).settings
    assert (settings.defaults, settings.join_by, settings.history) == ((Permission.REACT,), JoinBy.OPEN, Past.ALL)


def test_its_first_entry_names_the_staff_alone(here: Channel) -> None:
    assert msgpack.unpackb(here.scene.log(here.room)[0].body)["members"] == [["olga", "member", "owner"]]
    assert here.told("mark")[0][1]["state"] == "member"


def test_following_is_an_entry_of_ones_self_room_and_none_of_the_room(here: Channel) -> None:
    before = here.head
    fan = here.scene.enter("fay")
    key = here.scene.key()
    reply = here.scene.do(fan, Join(room=here.room, key=key))
    assert (reply.room, reply.seq, here.head) == (self_id("fay"), 1, before)
    [entry] = here.scene.log(self_id("fay"))
    assert (entry.kind, entry.key, entry.sender) == ("room", key, "fay")
    assert msgpack.unpackb(entry.body) == {
        "room": here.room, "kind": "broadcast", "title": "news", "state": "member", "role": "member",
    }  # fmt: skip
    assert (here.scene.standing(here.room, "fay"), here.scene.record(here.room).members) == (MEMBER, 3)


@pytest.mark.parametrize(("past", "floor"), [(Past.ALL, 1), (Past.JOINED, 4)])
def test_who_follows_sees_all_that_was_there_or_what_comes_next(here: Channel, past: Past, floor: int) -> None:
    here.do(here.olga, SetSettings, history=past, slow_mode_s=1)
    assert here.head == 3
    here.fan("fay")
    member = here.scene.members(here.room)["fay"]
    assert (member.floor, member.until) == (floor, None)


def test_the_past_begins_where_what_is_in_flight_will_stand(here: Channel) -> None:
    here.do(here.olga, SetSettings, history=Past.JOINED)
    fan = here.scene.enter("fay")
    here.ask(here.olga, Post, content=text("before"))
    here.ask(fan, Join)
    room = here.scene.registry.rooms[here.room]
    judged = room.judged_member("fay")
    assert judged is not None
    assert judged.floor == HeadPlus(1)
    here.ask(here.olga, Post, content=text("after"))
    here.scene.commit()
    member = here.scene.members(here.room)["fay"]
    seen = here.scene.log(here.room)[-1]
    assert (member.floor, msgpack.unpackb(seen.body)["text"], seen.seq) == (5, "after", 5)


def test_who_follows_no_more_sees_up_to_the_last_entry_of_then(here: Channel) -> None:
    fan = here.fan("fay")
    seq = here.post()
    reply = here.do(fan, Leave)
    here.post()
    member = here.scene.members(here.room)["fay"]
    assert (reply.room, member.state, member.until) == (self_id("fay"), MemberState.LEFT, seq)
    assert [kind for kind, _ in here.told("fay")] == ["room", "room"]
    assert here.scene.record(here.room).members == 2


def test_a_repeat_is_answered_with_the_entry_of_the_self_room(here: Channel) -> None:
    fan, key = here.scene.enter("fay"), here.scene.key()
    join = Join(room=here.room, key=key)
    first, again = here.scene.do(fan, join), here.scene.do(fan, evolve(join, retry=True))
    assert (again.room, again.seq, again.time, again.duplicate) == (first.room, first.seq, first.time, True)
    here.do(fan, Leave)
    assert here.scene.do(fan, evolve(join, retry=True)).duplicate
    assert here.scene.standing(here.room, "fay") == (MemberState.LEFT, Role.MEMBER)


def test_a_repeat_of_what_is_in_flight_waits_for_it(here: Channel) -> None:
    fan, key = here.scene.enter("fay"), here.scene.key()
    join = Join(room=here.room, key=key)
    assert here.scene.ask(fan, join) is None
    again = here.scene.do(fan, evolve(join, retry=True))
    assert (again.seq, again.duplicate, len(here.scene.log(self_id("fay")))) == (1, True, 1)


def test_a_key_that_another_command_has_used_there_is_a_conflict(here: Channel) -> None:
    fan, seq, key = here.fan("fay"), here.post(), here.scene.key()
    react = React(room=here.room, key=key, seq=seq, emoji="+")
    assert code(here.scene.do(fan, react)) == "ok"
    assert code(here.scene.do(fan, evolve(react, emoji="-"))) == "conflict"
    assert code(here.scene.do(fan, Leave(room=here.room, key=key))) == "conflict"


def test_in_a_group_a_key_of_the_self_room_is_free(here: Channel) -> None:
    scene = here.scene
    fan, seq, key = here.fan("fay"), here.post(), scene.key()
    group = scene.group({"fay": MEMBER, "olga": OWNER})
    scene.do(fan, React(room=here.room, key=key, seq=seq, emoji="+"))
    assert (code(scene.do(fan, Leave(room=group, key=key))), len(scene.log(group))) == ("ok", 2)
