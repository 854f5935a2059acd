"""What is said."""

from __future__ import annotations

from chatd.chain import self_id
from chatd.messages import Post, SetTitle
from chatd.model import EntryKind, RoomKind
from tests.rooms.pieces import code, text
from tests.rooms.scene import MEMBER, OWNER, Scene


def test_a_post_is_one_entry_with_the_exact_bytes_and_counts_as_unread() -> None:
    scene = Scene()
    ana, room, key = scene.enter("ana"), scene.group({"ana": OWNER}), scene.key()
    reply = scene.do(ana, Post(room=room, key=key, content=text("  exact\t")))
    entry = scene.log(room)[-1]
    assert (reply.seq, reply.time, reply.answers) == (entry.seq, entry.time, None)
    assert (entry.kind, entry.sender, entry.key, entry.body) == (EntryKind.POST, "ana", key, text("  exact\t"))
    assert entry.posts == 1


def test_what_is_no_post_does_not_count_as_unread() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.do(ana, SetTitle(room=room, key=scene.key(), title="coffee"))
    assert scene.log(room)[-1].posts == 0


def test_a_post_says_nothing_in_self_rooms_and_changes_no_record() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": MEMBER})
    before = scene.members(room), scene.record(room)
    scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    assert (scene.members(room), scene.record(room)) == before
    assert scene.log(self_id("bo")) == []


def test_a_direct_room_takes_posts_of_both() -> None:
    scene = Scene()
    room = scene.group({"ana": MEMBER, "bo": MEMBER}, kind=RoomKind.DIRECT)
    replies = [scene.do(scene.enter(user), Post(room=room, key=scene.key(), content=text())) for user in ("ana", "bo")]
    assert [code(reply) for reply in replies] == ["ok", "ok"]


def test_nobody_posts_or_changes_anything_in_their_own_self_room() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    room = self_id("ana")
    assert code(scene.do(ana, Post(room=room, key=scene.key(), content=text()))) == "forbidden"
    assert code(scene.do(ana, SetTitle(room=room, key=scene.key(), title="me"))) == "wrong_kind"


def test_another_users_self_room_is_unknown_even_when_it_is_in_memory() -> None:
    scene = Scene()
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.do(bo, Post(room=self_id("bo"), key=scene.key(), content=text()))
    assert self_id("bo") in scene.registry.rooms
    assert code(scene.do(ana, Post(room=self_id("bo"), key=scene.key(), content=text()))) == "unknown_room"


def test_time_never_goes_back_in_a_room() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    first = scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    scene.now -= 60_000
    second = scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    assert (second.seq, second.time) == (first.seq + 1, first.time)
