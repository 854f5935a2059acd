"""Whom a user lets know of their presence: a fact of their self room."""

from __future__ import annotations

from attrs import evolve

from chatd.chain import pack, self_id
from chatd.messages import SetPresence
from chatd.model import EntryKind, PresenceRecord, Shown
from tests.rooms.pieces import code
from tests.rooms.scene import Scene


def test_it_is_an_entry_of_the_self_room_and_a_record() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    done = scene.do(ana, SetPresence(key=scene.key(), shown=Shown.CONTACTS))
    [entry] = scene.log(self_id("ana"))
    assert (done.room, done.seq) == (self_id("ana"), 1)
    assert (entry.kind, entry.body, entry.posts) == (EntryKind.PRESENCE, pack({"shown": "contacts"}), 0)
    assert scene.store._tables.presences == {"ana": PresenceRecord(user="ana", shown=Shown.CONTACTS)}


def test_what_is_so_already_is_unchanged_and_nobody_is_what_is_so_at_first() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    said = [Shown.NOBODY, Shown.EVERYBODY, Shown.EVERYBODY, Shown.NOBODY, Shown.NOBODY]
    answers = [code(scene.do(ana, SetPresence(key=scene.key(), shown=shown))) for shown in said]
    assert answers == ["unchanged", "ok", "unchanged", "ok", "unchanged"]


def test_two_devices_that_say_the_same_at_once_are_heard_one_after_the_other() -> None:
    scene = Scene()
    phone, laptop = scene.enter("ana", "phone"), scene.enter("ana", "laptop")
    scene.ask(phone, SetPresence(key=scene.key(), shown=Shown.CONTACTS))
    assert code(scene.do(laptop, SetPresence(key=scene.key(), shown=Shown.CONTACTS))) == "unchanged"


def test_a_repeat_is_answered_with_the_first_outcome() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    command = SetPresence(key=scene.key(), shown=Shown.CONTACTS)
    first = scene.do(ana, command)
    assert scene.do(ana, evolve(command, retry=True)) == evolve(first, duplicate=True)
    assert code(scene.do(ana, evolve(command, shown=Shown.NOBODY, retry=True))) == "conflict"
