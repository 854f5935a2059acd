"""What is done to posts: edit, delete, react, pin, answer."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import evolve

from chatd.limits import DEFAULTS
from chatd.messages import Act, Delete, Edit, Leave, Pin, Post, React, RemoveMember, SetRole
from chatd.model import EntryKind, MemberState, MessageRecord, Role, RoomKind, Tally
from tests.rooms.bounds import assert_bounded, committed
from tests.rooms.commands.talk import PEOPLE, RESTRICTED, Talk
from tests.rooms.pieces import LONGEST, code, text
from tests.rooms.scene import ADMIN, MEMBER, OWNER, Scene

FIELDS: dict[type[Act], dict[str, Any]] = {Edit: {"content": text()}, React: {"emoji": "x"}}
"""What a command needs beside a room, a key and a seq."""

# -- edit --------------------------------------------------------------------------------------------------------------


def test_an_edit_is_an_entry_of_its_own_that_points_at_the_post_and_does_not_count() -> None:
    talk = Talk()
    assert talk.edit("cy", "better") == "ok"
    assert (talk.last().kind, talk.last().target, talk.last().body) == (EntryKind.EDIT, talk.seq, text("better"))
    assert talk.last().posts == 1
    assert talk.state().edits == 1


@pytest.mark.parametrize("user", ["ana", "bo", "di"])
def test_nobody_edits_what_another_wrote(user: str) -> None:
    assert Talk().edit(user) == "forbidden"


def test_who_may_not_post_any_more_edits_nothing() -> None:
    talk = Talk(people=PEOPLE | {"cy": ADMIN})
    talk.people["cy"] = RESTRICTED
    talk.scene.put(evolve(talk.scene.members(talk.room)["cy"], state=MemberState.RESTRICTED))
    talk.scene.registry.rooms.clear()
    assert talk.edit("cy") == "forbidden"


def test_a_post_may_be_edited_until_its_time_is_over() -> None:
    talk = Talk()
    talk.scene.now += DEFAULTS.edit_s_max * 1000
    assert talk.edit("cy") == "ok"
    talk.scene.now += 1
    assert talk.edit("cy") == "too_late"


def test_a_post_is_edited_only_so_often() -> None:
    talk = Talk(Scene(limits=evolve(DEFAULTS, edits_max=2)))
    assert [talk.edit("cy") for _ in range(3)] == ["ok", "ok", "limit_reached"]


def test_edits_in_flight_count() -> None:
    talk = Talk(Scene(limits=evolve(DEFAULTS, edits_max=1)))
    cy = talk.actors["cy"]
    assert talk.scene.ask(cy, talk.act(Edit, content=text("one"))) is None
    assert talk.scene.ask(cy, talk.act(Edit, content=text("two"))) is None
    talk.scene.commit()
    assert sorted(code(reply) for reply in list(talk.scene.said.values())[-2:]) == ["limit_reached", "ok"]


@pytest.mark.parametrize("kind", [Edit, Delete, React, Pin])
@pytest.mark.parametrize("seq", [1, 3, 2**53 - 1])
def test_what_is_no_post_cannot_be_acted_on(kind: type[Act], seq: int) -> None:
    fields = FIELDS.get(kind, {})
    assert Talk().do("ana", kind, seq, **fields) == "bad_seq"


@pytest.mark.parametrize("kind", [Edit, Delete, React, Pin])
def test_what_was_said_before_somebody_came_is_not_there_for_them(kind: type[Act]) -> None:
    talk = Talk()
    first = talk.seq
    talk.scene.put(evolve(talk.scene.members(talk.room)["bo"], floor=first + 1))
    talk.scene.registry.rooms.clear()
    fields = FIELDS.get(kind, {})
    assert talk.do("bo", kind, **fields) == "bad_seq"


# -- delete ------------------------------------------------------------------------------------------------------------


def test_a_deleted_post_keeps_its_place_and_its_hash_and_loses_body_and_salt() -> None:
    talk = Talk()
    before = talk.last()
    assert talk.do("cy", Delete) == "ok"
    stub = next(entry for entry in talk.scene.log(talk.room) if entry.seq == talk.seq)
    assert (stub.body, stub.salt) == (None, None)
    assert stub == evolve(before, body=None, salt=None)
    assert (talk.last().kind, talk.last().target, talk.last().sender) == (EntryKind.DELETE, talk.seq, "cy")


def test_the_edits_of_a_deleted_post_are_erased_with_it_and_nothing_else_is() -> None:
    talk = Talk()
    other = talk.post("cy")
    talk.edit("cy", "one")
    talk.edit("cy", "another's", other)
    talk.do("cy", Delete)
    bodies = {entry.seq: entry.body is None for entry in talk.scene.log(talk.room)}
    assert bodies == {1: False, 2: True, 3: False, 4: True, 5: False, 6: False}


@pytest.mark.parametrize(
    ("user", "answer"),
    [("ana", "ok"), ("bo", "ok"), ("cy", "ok"), ("di", "forbidden"), ("ed", "forbidden")],
)
def test_who_may_delete_a_members_post(user: str, answer: str) -> None:
    assert Talk().do(user, Delete) == answer


@pytest.mark.parametrize(("user", "author", "answer"), [("bo", "ana", "forbidden"), ("ana", "bo", "ok")])
def test_nobody_deletes_what_an_equal_or_higher_rank_wrote(user: str, author: str, answer: str) -> None:
    talk = Talk()
    assert talk.do(user, Delete, talk.post(author)) == answer


def test_the_authors_rank_is_that_of_the_moment_even_in_flight() -> None:
    talk = Talk()
    seq = talk.post("cy")
    scene, room = talk.scene, talk.room
    scene.ask(talk.actors["ana"], SetRole(room=room, key=scene.key(), user="cy", role=Role.ADMIN))
    assert talk.do("bo", Delete, seq) == "forbidden"


def test_what_somebody_wrote_who_has_left_may_be_deleted_by_who_moderates() -> None:
    talk = Talk()
    talk.scene.do(talk.actors["cy"], Leave(room=talk.room, key=talk.scene.key()))
    assert talk.do("bo", Delete) == "ok"


def test_who_was_removed_deletes_nothing_any_more() -> None:
    talk = Talk()
    talk.scene.do(talk.actors["ana"], RemoveMember(room=talk.room, key=talk.scene.key(), user="cy"))
    assert talk.do("cy", Delete) == "not_member"


def test_in_a_direct_room_only_the_author_deletes() -> None:
    talk = Talk(people={"cy": MEMBER, "di": MEMBER}, kind=RoomKind.DIRECT)
    assert [talk.do("di", Delete), talk.do("cy", Delete)] == ["forbidden", "ok"]


def test_after_a_deletion_nothing_more_can_be_done_to_a_post() -> None:
    talk = Talk()
    talk.do("cy", Delete)
    assert talk.do("ana", Delete) == "unchanged"
    assert talk.edit("cy") == "deleted"
    assert talk.do("bo", React, emoji="x") == "deleted"
    assert talk.do("bo", Pin) == "deleted"


def test_a_deletion_takes_reactions_and_the_pin_with_it() -> None:
    talk = Talk()
    talk.do("di", React, emoji="x")
    talk.do("bo", Pin)
    talk.do("cy", Delete)
    assert talk.state() == MessageRecord(room=talk.room, seq=talk.seq, deleted=True)
    assert talk.scene.record(talk.room).pins == ()


def test_a_deletion_is_repeated_without_another_entry() -> None:
    talk = Talk()
    again = evolve(talk.act(Delete), retry=True)
    assert code(talk.scene.do(talk.actors["cy"], again)) == "ok"
    assert code(talk.scene.do(talk.actors["cy"], again)) == "duplicate"


def test_no_frame_in_memory_holds_what_was_deleted() -> None:
    talk = Talk()
    later = talk.post("di")
    talk.do("cy", Delete)
    room = talk.scene.registry.rooms[talk.room]
    assert [framed.seq for framed in room.tail] == [later, later + 1]
    talk.edit("di", "words", later)
    talk.do("di", Delete, later)
    assert [framed.seq for framed in room.tail] == [later + 3]
    assert talk.scene.registry.tails.held_bytes == sum(len(framed.frame) for framed in room.tail)
    erased, g = talk.scene.registry.erased, talk.scene.registry.g
    assert [len(erased.after(talk.room, each) or ()) for each in (g - 1, g)] == [1, 0]


# -- react -------------------------------------------------------------------------------------------------------------


def test_a_reaction_is_an_entry_that_tells_how_many_gave_it() -> None:
    talk = Talk()
    for user in ("ana", "bo"):
        assert talk.do(user, React, emoji="x") == "ok"
    assert msgpack.unpackb(talk.last().body) == {"emoji": "x", "on": True, "count": 2}
    assert (talk.last().kind, talk.last().target, talk.last().posts) == (EntryKind.REACT, talk.seq, 1)
    assert talk.state().reactions == (Tally("x", 2, ("ana", "bo")),)


def test_who_reacts_twice_or_takes_back_what_they_did_not_give_changes_nothing() -> None:
    talk = Talk()
    assert talk.do("ana", React, emoji="x", on=False) == "unchanged"
    assert [talk.do("ana", React, emoji="x") for _ in range(2)] == ["ok", "unchanged"]
    assert [talk.do("ana", React, emoji="x", on=False) for _ in range(2)] == ["ok", "unchanged"]
    assert talk.state().reactions == ()


def test_reactions_in_flight_count() -> None:
    talk = Talk()
    for user in ("ana", "bo"):
        talk.scene.ask(talk.actors[user], talk.act(React, emoji="x"))
    talk.scene.ask(talk.actors["ana"], talk.act(React, emoji="x"))
    talk.scene.ask(talk.actors["bo"], talk.act(React, emoji="x", on=False))
    talk.scene.commit()
    assert [code(reply) for reply in list(talk.scene.said.values())[-4:]].count("unchanged") == 1
    assert talk.state().reactions == (Tally("x", 1, ("ana",)),)


def test_the_first_three_are_named_and_who_takes_it_back_is_not() -> None:
    talk = Talk()
    for user in ("cy", "di", "bo", "ana"):
        talk.do(user, React, emoji="x")
    assert talk.state().reactions == (Tally("x", 4, ("cy", "di", "bo")),)
    talk.do("di", React, emoji="x", on=False)
    assert talk.state().reactions == (Tally("x", 3, ("cy", "bo")),)


def test_a_post_takes_only_so_many_different_reactions() -> None:
    talk = Talk(Scene(limits=evolve(DEFAULTS, reactions_max=2)))
    assert [talk.do("ana", React, emoji=emoji) for emoji in "xyz"] == ["ok", "ok", "limit_reached"]
    assert talk.do("bo", React, emoji="y") == "ok"
    assert talk.do("ana", React, emoji="x", on=False) == "ok"
    assert talk.do("ana", React, emoji="z") == "ok"


def test_who_only_reads_does_not_react() -> None:
    assert Talk().do("ed", React, emoji="x") == "forbidden"


# -- pin ---------------------------------------------------------------------------------------------------------------


def test_pins_stand_in_the_order_in_which_they_were_made() -> None:
    talk = Talk()
    later = talk.post("di")
    assert [talk.do("bo", Pin, later), talk.do("ana", Pin)] == ["ok", "ok"]
    assert talk.scene.record(talk.room).pins == (later, talk.seq)
    assert (talk.last().kind, msgpack.unpackb(talk.last().body)) == (EntryKind.PIN, {"on": True})
    assert talk.do("ana", Pin, later) == "unchanged"
    assert talk.do("ana", Pin, later, on=False) == "ok"
    assert talk.scene.record(talk.room).pins == (talk.seq,)
    assert talk.do("ana", Pin, later, on=False) == "unchanged"


def test_a_room_has_only_so_many_pins() -> None:
    talk = Talk(Scene(limits=evolve(DEFAULTS, pins_max=1)))
    later = talk.post("di")
    assert [talk.do("ana", Pin), talk.do("ana", Pin, later)] == ["ok", "limit_reached"]


def test_members_do_not_pin_in_groups_and_both_do_in_a_direct_room() -> None:
    assert Talk().do("cy", Pin) == "forbidden"
    assert Talk(people={"cy": MEMBER, "di": MEMBER}, kind=RoomKind.DIRECT).do("di", Pin) == "ok"


# -- answer ------------------------------------------------------------------------------------------------------------


def test_an_answer_points_at_what_it_answers_even_when_that_is_no_post() -> None:
    talk = Talk()
    assert [talk.post("di", talk.seq), talk.post("di", 1)] == [3, 4]
    assert [entry.target for entry in talk.scene.log(talk.room)] == [None, None, talk.seq, 1]


@pytest.mark.parametrize("reply", [3, 2**53 - 1])
def test_what_is_not_there_cannot_be_answered(reply: int) -> None:
    talk = Talk()
    command = Post(room=talk.room, key=talk.scene.key(), content=text(), reply=reply)
    assert code(talk.scene.do(talk.actors["di"], command)) == "bad_seq"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [(Edit, {"content": LONGEST}), (Delete, {}), (React, {"emoji": "x" * 32}), (Pin, {})],
)
def test_the_bound_of_what_is_done_to_a_post_holds(kind: type[Act], fields: dict[str, Any]) -> None:
    talk = Talk(people={"cy": OWNER})
    command = talk.act(kind, **fields)
    assert_bounded(command, committed(talk.scene, command, talk.actors["cy"]))
