"""What the staff of a broadcast room do, and who of it is told of in the room (protocol 9.11)."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.chain import invite_hash, self_id
from chatd.messages import (
    AddMember,
    Ban,
    CreateInvite,
    Join,
    JoinByInvite,
    Leave,
    React,
    RemoveMember,
    RequestJoin,
    Restrict,
    RevokeInvite,
    SetRole,
    SetSettings,
    SetTitle,
    Unban,
)
from chatd.model import Role
from chatd.rights import JoinBy, Permission
from tests.rooms.bounds import assert_bounded, committed
from tests.rooms.commands.channel import Channel
from tests.rooms.pieces import code
from tests.rooms.scene import MEMBER, MODERATOR, OWNER, Scene

CODE = bytes(16)


@pytest.fixture
def here() -> Channel:
    return Channel()


def test_who_is_added_follows_without_an_entry(here: Channel) -> None:
    before, key = here.head, here.scene.key()
    here.scene.know("fay", "finn")
    reply = here.scene.do(here.mark, AddMember(room=here.room, key=key, users=("fay", "finn")))
    assert (reply.room, here.head) == (self_id("mark"), before)
    changes = [["fay", "member", "member"], ["finn", "member", "member"]]
    assert here.told("mark")[-1] == ("members", {"room": here.room, "changes": changes})
    assert [here.told(name)[-1][1]["state"] for name in ("fay", "finn")] == ["member", "member"]


def test_a_follower_does_not_learn_who_waits(here: Channel) -> None:
    fan = here.fan("fay")
    here.scene.enter("finn")
    here.do(here.olga, SetSettings, join_by=JoinBy.REQUEST)
    unknown = here.do(fan, RemoveMember, user="finn")
    here.do(here.scene.enter("finn", "tablet"), RequestJoin)
    assert here.do(fan, RemoveMember, user="finn") == unknown
    assert code(unknown) == "forbidden"


def test_who_is_banned_is_told_by_their_self_room_alone(here: Channel) -> None:
    fan, before = here.fan("fay"), here.head
    here.do(here.mark, Ban, user="fay", reason="spam")
    assert here.head == before
    facts = {"room": here.room, "changes": [["fay", "banned", "member"]], "reason": "spam"}
    assert here.told("mark")[-1] == ("members", facts)
    assert (here.told("fay")[-1][1]["state"], here.scene.members(here.room)["fay"].until) == ("banned", before)
    assert code(here.do(fan, Join)) == "forbidden"
    assert code(here.do(here.mark, Unban, user="fay")) == "ok"
    assert (code(here.do(fan, Join)), here.head) == ("ok", before)


def test_who_is_removed_may_follow_again(here: Channel) -> None:
    fan, before = here.fan("fay"), here.head
    assert code(here.do(here.mark, RemoveMember, user="fay")) == "ok"
    assert (code(here.do(fan, Join)), here.head) == ("ok", before)


def test_what_is_taken_from_a_follower_they_and_who_took_it_are_told(here: Channel) -> None:
    fan, seq = here.fan("fay"), here.post()
    here.do(here.mark, Restrict, user="fay", deny=(Permission.REACT,), reason="too much")
    facts = {"room": here.room, "user": "fay", "denied": {"react": 0}, "reason": "too much"}
    assert (here.told("mark")[-1], here.told("fay")[-1]) == (("restrict", facts), ("restrict", facts))
    assert (code(here.do(fan, React, seq=seq, emoji="+")), here.head) == ("forbidden", seq)


def test_links_are_no_entries_of_the_room(here: Channel) -> None:
    before, hashed = here.head, invite_hash(here.room, CODE)
    here.do(here.mark, CreateInvite, hash=hashed, uses=2)
    fan = here.scene.enter("fay")
    assert here.do(fan, JoinByInvite, code=CODE).room == self_id("fay")
    assert here.scene.record(here.room).invites[0].uses == 1
    here.do(here.mark, RevokeInvite, hash=hashed)
    told = [(kind, facts["room"], facts["revoked"]) for kind, facts in here.told("mark")[-2:]]
    assert told == [("invite", here.room, False), ("invite", here.room, True)]
    assert here.head == before


def test_who_asks_to_be_let_in_is_let_in_without_an_entry(here: Channel) -> None:
    here.do(here.olga, SetSettings, join_by=JoinBy.REQUEST)
    before, fan = here.head, here.scene.enter("fay")
    assert code(here.do(fan, Join)) == "unknown_room"
    assert here.do(fan, RequestJoin).room == self_id("fay")
    assert here.scene.record(here.room).requests == 1
    assert here.do(here.mark, AddMember, users=("fay",)).answers == {"fay": "added"}
    assert (here.scene.record(here.room).requests, here.head) == (0, before)


def test_that_somebody_joins_or_leaves_the_staff_is_an_entry(here: Channel) -> None:
    here.fan("fay")
    seqs = [
        here.do(here.olga, SetRole, user="fay", role=Role.MODERATOR).seq,
        here.do(here.mark, Leave).seq,
        here.do(here.olga, SetRole, user="fay", role=Role.MEMBER).seq,
        here.do(here.olga, SetTitle, title="old news").seq,
    ]
    assert seqs == [3, 4, 5, 6]
    assert [entry.kind for entry in here.scene.log(here.room)[2:]] == ["members", "members", "members", "title"]
    assert here.scene.members(here.room)["mark"].until == 4


def test_any_number_of_users_may_follow() -> None:
    here = Channel(Scene(limits=evolve(Scene().limits, group_members_max=2)))
    here.fan("fay")
    here.scene.know("finn")
    assert here.do(here.mark, AddMember, users=("finn",)).answers == {"finn": "added"}
    assert here.scene.record(here.room).members == 4


def test_a_follower_is_in_no_more_rooms_than_anybody() -> None:
    here = Channel(Scene(limits=evolve(Scene().limits, rooms_per_user_max=2)))
    fan = here.scene.enter("fay")
    here.scene.group({"fay": MEMBER, "olga": OWNER})
    here.scene.group({"fay": MEMBER, "olga": OWNER})
    assert code(here.do(fan, Join)) == "too_many_rooms"


@pytest.mark.parametrize("forgetful", [False, True])
@pytest.mark.parametrize("command", [
    Join(room=CODE, key=CODE),
    AddMember(room=CODE, key=CODE, users=("n" * 64,)),
    Restrict(room=CODE, key=CODE, user="mark", deny=tuple(Permission), reason="r" * 512),
    React(room=CODE, key=CODE, seq=3, emoji="e" * 32),
    Ban(room=CODE, key=CODE, user="mark", reason="r" * 512),
], ids=lambda each: type(each).__name__)  # fmt: skip
def test_no_command_commits_more_than_its_credit(command: Any, forgetful: bool) -> None:
    here = Channel(Scene(forgetful=forgetful))
    here.scene.know("n" * 64)
    here.post()
    actor = here.scene.enter("fay") if isinstance(command, Join) else here.olga
    asked = evolve(command, room=here.room)
    assert_bounded(asked, committed(here.scene, asked, actor))


def test_a_moderator_of_a_group_keeps_their_entries_there(here: Channel) -> None:
    scene = here.scene
    group = scene.group({"olga": OWNER, "mark": MODERATOR, "fay": MEMBER})
    scene.do(here.mark, Ban(room=group, key=scene.key(), user="fay"))
    assert [entry.kind for entry in scene.log(group)] == ["create", "members"]
