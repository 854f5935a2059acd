"""What users do about conversations for themselves alone."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.limits import DEFAULTS, DRAFT_BYTES_MAX
from chatd.messages import Hide, Leave, MarkRead, Post, SetConversation, SetDraft
from chatd.model import Conversation, RoomId
from chatd.rooms.commands.personal import is_unread
from chatd.rooms.effects import Actor
from tests.rooms.bounds import assert_bounded, committed
from tests.rooms.pieces import code, text
from tests.rooms.scene import INVITED, LEFT, MEMBER, OWNER, Scene

NOWHERE = b"no such room at "


def stage(**people: Any) -> tuple[Scene, Actor, RoomId]:
    """Return a scene, ana's session, and a group of hers with one post, at seq 2."""
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, **people})
    scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    return scene, ana, room


def hide(scene: Scene, room: RoomId, seq: int = 2) -> Hide:
    return Hide(room=room, key=scene.key(), seq=seq)


def keep(scene: Scene, room: RoomId, **facts: Any) -> SetConversation:
    return SetConversation(room=room, key=scene.key(), **facts)


def draft(scene: Scene, room: RoomId, content: bytes | None) -> SetDraft:
    return SetDraft(room=room, key=scene.key(), content=content)


def kept(scene: Scene, room: RoomId, user: str = "ana") -> Conversation | None:
    return scene.store._tables.conversations.get((room, user))


def own(scene: Scene, user: str = "ana") -> list[Any]:
    return scene.log(self_id(user))


def facts(entry: Any) -> Any:
    return msgpack.unpackb(entry.body)


@pytest.mark.parametrize("make", [hide, lambda scene, room: keep(scene, room, archived=True)])
def test_the_entry_stands_in_the_self_room_and_the_room_is_not_touched(make: Any) -> None:
    scene, ana, room = stage()
    before = scene.log(room)
    reply = scene.do(ana, make(scene, room))
    assert (reply.room, reply.seq) == (self_id("ana"), 1)
    assert scene.log(room) == before
    assert [entry.sender for entry in own(scene)] == ["ana"]


@pytest.mark.parametrize("standing", [INVITED, LEFT, MEMBER])
@pytest.mark.parametrize(
    "make", [lambda scene, room: keep(scene, room, archived=True), lambda scene, room: draft(scene, room, b"hi")]
)
def test_a_standing_of_any_kind_is_enough(make: Any, standing: Any) -> None:
    scene, _, room = stage(bo=standing)
    assert code(scene.do(scene.enter("bo"), make(scene, room))) == "ok"


@pytest.mark.parametrize(
    "make",
    [hide, lambda scene, room: keep(scene, room, archived=True), lambda scene, room: draft(scene, room, None)],
    ids=["hide", "keep", "draft"],
)
def test_a_stranger_learns_nothing_and_the_self_room_is_no_conversation(make: Any) -> None:
    scene, _, room = stage()
    bo = scene.enter("bo")
    for where in (room, NOWHERE, self_id("ana")):
        assert scene.do(bo, make(scene, where)).code == "unknown_room"
    assert scene.do(bo, make(scene, self_id("bo"))).code == "wrong_kind"
    assert own(scene, "bo") == []


# -- hiding ------------------------------------------------------------------------------------------------------------


def test_an_entry_is_hidden_once_for_who_asks_alone() -> None:
    scene, ana, room = stage(bo=MEMBER)
    assert code(scene.do(ana, hide(scene, room))) == "ok"
    assert facts(own(scene)[0]) == {"room": room, "seq": 2}
    assert code(scene.do(ana, hide(scene, room))) == "unchanged"
    assert code(scene.do(scene.enter("bo"), hide(scene, room))) == "ok"
    assert list(scene.store._tables.hidden) == [(room, "ana", 2), (room, "bo", 2)]


def test_how_many_entries_are_hidden_is_counted() -> None:
    scene, ana, room = stage()
    for seq in (1, 2, 2):
        scene.do(ana, hide(scene, room, seq))
    assert kept(scene, room) == Conversation(room=room, user="ana", hidden=2)


def test_two_devices_that_hide_an_entry_at_once_hide_it_once() -> None:
    scene, ana, room = stage()
    laptop = scene.enter("ana", "laptop")
    assert scene.ask(ana, hide(scene, room)) is None
    assert code(scene.do(laptop, hide(scene, room))) == "unchanged"


@pytest.mark.parametrize("seq", [3, 9])
def test_what_is_not_there_is_not_hidden(seq: int) -> None:
    scene, ana, room = stage()
    assert code(scene.do(ana, hide(scene, room, seq))) == "bad_seq"


def test_who_has_left_hides_what_they_may_see_and_nothing_else() -> None:
    scene, ana, room = stage(bo=MEMBER)
    bo = scene.enter("bo")
    scene.do(bo, Leave(room=room, key=scene.key()))
    scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    assert code(scene.do(bo, hide(scene, room, 3))) == "ok"
    assert code(scene.do(bo, hide(scene, room, 4))) == "bad_seq"


def test_who_is_invited_has_nothing_to_hide() -> None:
    scene, _, room = stage(bo=INVITED)
    assert code(scene.do(scene.enter("bo"), hide(scene, room, 1))) == "bad_seq"


# -- keeping -----------------------------------------------------------------------------------------------------------


def test_each_entry_tells_all_of_the_conversation() -> None:
    scene, ana, room = stage()
    scene.do(ana, keep(scene, room, muted_until=2_000))
    scene.do(ana, keep(scene, room, pinned=True, unread=True))
    scene.do(ana, keep(scene, room, archived=True, muted_until=0, unread=False))
    plain = {"room": room, "archived": False, "pinned": 0}
    assert [facts(entry) for entry in own(scene)] == [
        plain | {"muted_until": 2_000},
        plain | {"muted_until": 2_000, "pinned": scene.now, "unread": 0},
        plain | {"muted_until": 0, "pinned": scene.now, "archived": True},
    ]
    assert kept(scene, room) == Conversation(room=room, user="ana", pinned=scene.now, archived=True)


@pytest.mark.parametrize("facts", [{"archived": True}, {"muted_until": 5}, {"pinned": True}, {"unread": True}])
def test_what_is_so_already_is_unchanged(facts: dict[str, Any]) -> None:
    scene, ana, room = stage()
    nothing = {name: 0 if name == "muted_until" else False for name in facts}
    assert code(scene.do(ana, keep(scene, room, **nothing))) == "unchanged"
    assert code(scene.do(ana, keep(scene, room, **facts))) == "ok"
    scene.now += 1
    assert code(scene.do(ana, keep(scene, room, **facts))) == "unchanged"
    assert code(scene.do(ana, keep(scene, room, **nothing))) == "ok"
    assert kept(scene, room) == Conversation(room=room, user="ana")


def test_only_so_many_conversations_are_pinned() -> None:
    scene = Scene(limits=evolve(DEFAULTS, conversations_pinned_max=2))
    ana, rooms = scene.enter("ana"), [scene.group({"ana": OWNER}) for _ in range(3)]
    pins = [code(scene.do(ana, keep(scene, room, pinned=True))) for room in rooms]
    assert pins == ["ok", "ok", "limit_reached"]
    assert code(scene.do(ana, keep(scene, rooms[0], pinned=True))) == "unchanged"
    scene.do(ana, keep(scene, rooms[0], pinned=False))
    assert code(scene.do(ana, keep(scene, rooms[2], pinned=True))) == "ok"


def test_two_devices_pin_no_more_than_one() -> None:
    scene = Scene(limits=evolve(DEFAULTS, conversations_pinned_max=1))
    ana, laptop = scene.enter("ana"), scene.enter("ana", "laptop")
    rooms = [scene.group({"ana": OWNER}) for _ in range(2)]
    scene.ask(ana, keep(scene, rooms[0], pinned=True))
    assert code(scene.do(laptop, keep(scene, rooms[1], pinned=True))) == "limit_reached"


def test_marked_as_unread_lasts_until_the_read_mark_moves_on() -> None:
    scene, ana, room = stage()
    scene.do(ana, MarkRead(room=room, seq=1))
    scene.do(ana, keep(scene, room, unread=True))
    assert is_unread(kept(scene, room), 1)
    scene.do(ana, MarkRead(room=room, seq=1))
    assert code(scene.do(ana, keep(scene, room, unread=True))) == "unchanged"
    scene.do(ana, MarkRead(room=room, seq=2))
    assert not is_unread(kept(scene, room), 2)
    assert code(scene.do(ana, keep(scene, room, unread=False))) == "unchanged"
    scene.do(ana, keep(scene, room, archived=True))
    assert kept(scene, room) == Conversation(room=room, user="ana", archived=True)
    scene.do(ana, keep(scene, room, unread=True))
    assert is_unread(kept(scene, room), 2)


def test_who_keeps_a_room_as_it_came_has_not_marked_it() -> None:
    assert not is_unread(None, 0)
    assert not is_unread(Conversation(room=NOWHERE, user="ana"), 0)


# -- drafts ------------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_the_one_before_it_is_erased() -> None:
    scene, ana, room = stage()
    scene.do(ana, draft(scene, room, b"one"))
    scene.do(ana, draft(scene, room, b"two"))
    older, newer = own(scene)
    assert (older.body, facts(newer)) == (None, {"room": room, "content": b"two"})
    assert kept(scene, room) == Conversation(room=room, user="ana", draft=2)


@pytest.mark.parametrize("nothing", [None, b""])
def test_a_draft_is_cleared_once(nothing: bytes | None) -> None:
    scene, ana, room = stage()
    assert code(scene.do(ana, draft(scene, room, nothing))) == "unchanged"
    scene.do(ana, draft(scene, room, b"one"))
    assert code(scene.do(ana, draft(scene, room, nothing))) == "ok"
    older, newer = own(scene)
    assert (older.body, facts(newer)) == (None, {"room": room})
    assert kept(scene, room) == Conversation(room=room, user="ana")
    assert code(scene.do(ana, draft(scene, room, nothing))) == "unchanged"


def test_drafts_of_two_rooms_do_not_disturb_each_other() -> None:
    scene, ana, room = stage()
    other = scene.group({"ana": OWNER})
    scene.do(ana, draft(scene, room, b"one"))
    scene.do(ana, draft(scene, other, b"two"))
    assert [facts(entry)["content"] for entry in own(scene)] == [b"one", b"two"]


def test_a_repeat_of_an_erased_draft_is_a_duplicate() -> None:
    scene, ana, room = stage()
    first = draft(scene, room, b"one")
    reply = scene.do(ana, first)
    scene.do(ana, draft(scene, room, b"two"))
    again = scene.do(ana, evolve(first, retry=True))
    assert (again.seq, again.duplicate) == (reply.seq, True)


# -- all of them -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [None, b"", bytes(DRAFT_BYTES_MAX)])
def test_what_they_commit_is_bounded(content: bytes | None) -> None:
    for facts in ({"muted_until": 2**53 - 1, "archived": True, "pinned": True, "unread": True}, None):
        scene = Scene()
        ana = scene.enter("a" * 64)
        room = scene.group({ana.user: OWNER})
        scene.do(ana, draft(scene, room, b"older"))
        for command in (hide(scene, room, 1), keep(scene, room, **facts) if facts else draft(scene, room, content)):
            assert_bounded(command, committed(scene, command, ana))
