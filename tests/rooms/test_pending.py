"""Decisions over committed and pending, and the replies that ride on what is in flight (design: memory decides)."""

from __future__ import annotations

from attrs import evolve

from chatd.chain import self_id
from chatd.messages import AddMember, CreateGroup, MarkRead, OpenDirect, Post, RemoveMember, SetTitle, Typing
from chatd.model import EntryKind
from tests.rooms.pieces import code, text
from tests.rooms.scene import MEMBER, OWNER, Scene


def test_titles_set_one_after_the_other_are_all_entries() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    for title in ("one", "two", "tea"):
        assert scene.ask(ana, SetTitle(room=room, key=scene.key(), title=title)) is None
    scene.commit()
    assert [entry.kind for entry in scene.log(room)[1:]] == [EntryKind.TITLE] * 3
    assert scene.record(room).title == "tea"


def test_a_title_that_is_in_flight_is_unchanged_and_the_answer_waits_for_it() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.ask(ana, SetTitle(room=room, key=scene.key(), title="one"))
    again = SetTitle(room=room, key=scene.key(), title="one")
    assert scene.ask(ana, again) is None
    scene.commit()
    assert [code(reply) for reply in scene.said.values()] == ["ok", "unchanged"]


def test_who_is_being_added_may_post_right_behind() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER})
    scene.ask(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    scene.ask(bo, Post(room=room, key=scene.key(), content=text()))
    scene.commit()
    assert [code(reply) for reply in scene.said.values()] == ["ok", "ok"]
    assert [entry.kind for entry in scene.log(room)[1:]] == [EntryKind.MEMBERS, EntryKind.POST]


def test_who_is_being_removed_may_not_post_and_hears_it_with_the_removal() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.ask(ana, RemoveMember(room=room, key=scene.key(), user="bo"))
    assert scene.ask(bo, Post(room=room, key=scene.key(), content=text())) is None
    scene.commit()
    assert [code(reply) for reply in scene.said.values()] == ["ok", "not_member"]
    assert scene.log(room)[-1].kind is EntryKind.MEMBERS


def test_a_refusal_with_only_posts_in_flight_is_immediate() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.ask(ana, Post(room=room, key=scene.key(), content=text()))
    assert code(scene.ask(bo, SetTitle(room=room, key=scene.key(), title="coffee"))) == "forbidden"


def test_a_stranger_is_answered_at_once_whatever_is_in_flight() -> None:
    """Invariant A4: a delay would tell them that the room exists."""
    scene = Scene()
    ana, cy, room = scene.enter("ana"), scene.enter("cy"), scene.group({"ana": OWNER})
    scene.ask(ana, SetTitle(room=room, key=scene.key(), title="coffee"))
    assert code(scene.ask(cy, Post(room=room, key=scene.key(), content=text()))) == "unknown_room"


def test_a_refusal_rides_on_the_newest_change() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    for title in ("one", "two"):
        scene.ask(ana, SetTitle(room=room, key=scene.key(), title=title))
    scene.ask(bo, SetTitle(room=room, key=scene.key(), title="three"))
    assert [len(flight.riders) for flight in scene.waiting] == [0, 1]


def test_a_repeat_of_what_is_in_flight_rides_as_its_duplicate() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    for retry in (False, True, False):
        assert scene.ask(ana, evolve(post, retry=retry)) is None
    scene.commit()
    first, *others = scene.said.values()
    assert others == [evolve(first, duplicate=True)] * 2
    assert len(scene.log(room)) == 2


def test_another_command_under_a_key_in_flight_is_a_conflict_told_with_it() -> None:
    scene = Scene()
    ana, room, key = scene.enter("ana"), scene.group({"ana": OWNER}), scene.key()
    scene.ask(ana, Post(room=room, key=key, content=text("one")))
    assert scene.ask(ana, Post(room=room, key=key, content=text("two"))) is None
    scene.commit()
    assert [code(reply) for reply in scene.said.values()] == ["ok", "conflict"]
    assert [entry.body for entry in scene.log(room)[1:]] == [text("one")]


def test_a_repeat_of_a_creation_in_flight_has_no_answers_of_its_own() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    command = CreateGroup(key=scene.key(), title="tea")
    scene.ask(ana, command)
    scene.ask(ana, evolve(command, retry=True))
    scene.commit()
    first, again = scene.said.values()
    assert again == evolve(first, duplicate=True, answers=None)


def test_a_group_takes_commands_while_it_is_being_created() -> None:
    scene = Scene()
    ana, key = scene.enter("ana"), scene.key()
    scene.know("bo")
    scene.ask(ana, CreateGroup(key=key, title="tea"))
    [creation] = scene.waiting
    room = creation.item.entries[0].room
    scene.ask(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    scene.ask(ana, Post(room=room, key=scene.key(), content=text()))
    scene.commit()
    assert [code(reply) for reply in scene.said.values()] == ["ok"] * 3
    assert [entry.kind for entry in scene.log(room)] == [EntryKind.CREATE, EntryKind.MEMBERS, EntryKind.POST]
    assert (scene.record(room).members, scene.standing(room, "bo")) == (2, MEMBER)


def test_a_room_that_is_being_created_is_unknown_to_strangers() -> None:
    scene = Scene()
    ana, cy = scene.enter("ana"), scene.enter("cy")
    scene.know("bo")
    scene.ask(ana, OpenDirect(key=scene.key(), user="bo"))
    room = scene.waiting[0].item.entries[0].room
    assert code(scene.ask(cy, Post(room=room, key=scene.key(), content=text()))) == "unknown_room"


def test_a_room_that_is_being_created_takes_no_marks_and_no_typing() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.ask(ana, CreateGroup(key=scene.key(), title="tea"))
    room = scene.waiting[0].item.entries[0].room
    assert code(scene.ask(ana, MarkRead(room=room, seq=0))) == "unknown_room"
    assert code(scene.ask(ana, Typing(room=room))) == "unknown_room"


def test_both_who_open_a_direct_room_at_once_get_the_same_place() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.ask(ana, OpenDirect(key=scene.key(), user="bo"))
    scene.ask(bo, OpenDirect(key=scene.key(), user="ana"))
    scene.commit()
    first, second = scene.said.values()
    assert second == evolve(first, duplicate=True)
    assert len(scene.log(self_id("bo"))) == 1


def test_nothing_of_an_item_shows_before_its_commit() -> None:
    """Promise 1: what is pending is judged by, and never queried."""
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.know("bo")
    scene.ask(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    there = scene.registry.rooms[room]
    assert (there.head.seq, there.member("bo"), len(there.tail)) == (1, None, 0)
    assert there.record is not None
    assert there.record.members == 1


def test_once_committed_nothing_is_left_in_flight() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.do(ana, SetTitle(room=room, key=scene.key(), title="coffee"))
    there = scene.registry.rooms[room]
    assert (scene.registry.in_flight, there.in_flight, there.idle, there._pending) == ({}, 0, True, {})
