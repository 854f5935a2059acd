"""Who may watch a live room, as what they count, and what they cheer (protocol 5.93, 5.95 - 5.97)."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.limits import CHEERS_MAX, DEFAULTS, WATCHED_ROOMS_MAX
from chatd.messages import Ban, Cheer, Done, End, MarkRead, Members, Permissions, Restrict, SetSettings, Typing, Unwatch
from chatd.model import MemberState, RoomKind
from chatd.rights import Archive, JoinBy, Permission
from chatd.rooms import watching
from chatd.rooms.effects import Read, Reply
from chatd.rooms.room import Attachment
from tests.rooms.pieces import code
from tests.rooms.scene import MEMBER, OWNER, Scene
from tests.rooms.streams import a_stream, posted, viewer, watch


def asked(scene: Scene, actor: Any, room: bytes) -> str:
    """Return `watching`, or the code of the refusal."""
    [effect] = scene.effects(actor, watch(room))
    return "watching" if isinstance(effect, Read) else code(effect.message) if isinstance(effect, Reply) else "?"


def test_whoever_knows_an_open_live_room_may_watch_it_and_nothing_is_stored() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    g = scene.store.g
    vera = scene.enter("vera")
    g = scene.store.g
    assert asked(scene, vera, room) == "watching"
    assert asked(scene, vera, room) == "watching"
    there = scene.registry.rooms[room]
    assert watching.watches(there, "vera")
    assert there.live
    assert len(there.live.sessions) == 1
    assert (scene.store.g, scene.standing(room, "vera"), there.slots.get("vera")) == (g, None, None)


@pytest.mark.parametrize("kind", [RoomKind.GROUP, RoomKind.BROADCAST])
def test_other_rooms_are_not_watched_and_strangers_learn_nothing_of_them(kind: RoomKind) -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER, "bo": MEMBER}, kind=kind)
    assert asked(scene, scene.enter("bo"), room) == "wrong_kind"
    assert asked(scene, scene.enter("sven"), room) == "unknown_room"
    assert asked(scene, scene.enter("sven", "laptop"), bytes(16)) == "unknown_room"


def test_a_live_room_that_is_not_open_is_unknown_to_strangers() -> None:
    scene = Scene()
    hana, room = a_stream(scene, join_by=JoinBy.INVITATION)
    assert asked(scene, scene.enter("sven"), room) == "unknown_room"
    assert asked(scene, hana, room) == "watching"
    scene.do(hana, Restrict(room=room, key=scene.key(), user="sven", deny=(Permission.POST,)))
    assert asked(scene, scene.enter("sven", "laptop"), room) == "forbidden"


def test_who_is_banned_does_not_watch_until_the_ban_is_over() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera = scene.enter("vera")
    scene.do(hana, Ban(room=room, key=scene.key(), user="vera", until=scene.now + 10))
    assert asked(scene, vera, room) == "forbidden"
    scene.now += 10
    assert asked(scene, vera, room) == "watching"


@pytest.mark.parametrize(("archive", "answer"), [("all", "watching"), ("staff", "ended"), ("none", "ended")])
def test_a_stream_that_has_ended_is_read_by_those_it_is_kept_for(archive: str, answer: str) -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    scene.do(hana, End(room=room, key=scene.key(), archive=Archive(archive)))
    assert asked(scene, scene.enter("vera"), room) == answer
    assert asked(scene, hana, room) == "watching"


def test_a_member_who_watches_is_no_audience() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    assert asked(scene, hana, room) == "watching"
    assert scene.registry.rooms[room].live is None


def test_so_many_sessions_watch_a_room_and_no_more() -> None:
    scene = Scene(limits=evolve(DEFAULTS, watchers_max=2))
    _, room = a_stream(scene)
    viewer(scene, room, "vera")
    vito = viewer(scene, room, "vera", "laptop")
    assert asked(scene, scene.enter("otto"), room) == "room_full"
    assert scene.do(vito, Unwatch(room=room)) == Done()
    assert asked(scene, scene.enter("otto", "laptop"), room) == "watching"


def test_a_session_watches_so_many_rooms_and_no_more() -> None:
    scene = Scene()
    vera = scene.enter("vera")
    rooms = [a_stream(scene, f"h{number}")[1] for number in range(WATCHED_ROOMS_MAX + 1)]
    assert [asked(scene, vera, room) for room in rooms] == ["watching"] * WATCHED_ROOMS_MAX + ["limit_reached"]


def test_who_watches_no_more_has_no_part_in_the_room() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    vera = viewer(scene, room)
    there = scene.registry.rooms[room]
    scene.registry.audience.attach(scene.registry.audience.sessions[vera.session], there)
    assert scene.do(vera, Unwatch(room=room)) == Done()
    assert code(scene.do(vera, Unwatch(room=room))) == "unchanged"
    assert there.attachments == {}
    assert code(posted(scene, vera, room)) == "unknown_room"


def test_the_end_of_a_session_ends_its_watching_and_lets_the_room_go() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    vera = viewer(scene, room)
    there = scene.registry.rooms[room]
    idle = [there.idle]
    scene.registry.audience.close(vera.session)
    assert [*idle, there.idle] == [False, True]
    assert not watching.watches(there, "vera")


def test_a_pause_ends_what_is_heard_and_not_the_watching() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    vera = viewer(scene, room)
    subscriber, there = scene.registry.audience.sessions[vera.session], scene.registry.rooms[room]
    scene.registry.audience.attach(subscriber, there)
    scene.registry.audience.pause(subscriber)
    assert watching.watches(there, "vera")
    assert not there.idle


def test_a_watcher_counts_as_a_member_of_no_rank_with_what_was_taken_from_them() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera = viewer(scene, room)
    told = scene.do(vera, Permissions(room=room))
    assert (told.state, told.permissions) == (MemberState.MEMBER, (Permission.POST, Permission.REACT))
    scene.do(hana, Restrict(room=room, key=scene.key(), user="vera", deny=(Permission.POST,)))
    assert scene.do(vera, Permissions(room=room)).permissions == (Permission.REACT,)
    slot = watching.slot_of(scene.registry.rooms[room], "vera")
    assert slot
    assert (slot.passing, slot.membership.floor, slot.membership.until) == (True, 1, None)


def test_who_watches_listens_by_the_session_that_watches_alone() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera, laptop = viewer(scene, room), scene.enter("vera", "laptop")
    there = scene.registry.rooms[room]
    heard = watching.heard_as(there, vera)
    assert heard
    assert heard.passing
    assert watching.heard_as(there, laptop) is None
    assert watching.heard_as(there, hana) is there.slots["hana"]
    assert watching.heard_as(there, scene.enter("sven")) is None


def test_a_watcher_neither_marks_nor_types() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    vera = viewer(scene, room)
    assert code(scene.do(vera, MarkRead(room=room, seq=1))) == "not_member"
    assert code(scene.do(vera, Typing(room=room))) == "not_member"
    assert scene.effects(vera, Members(room=room)) == [Read(vera.session, scene._requests, Members(room=room))]


# Cheers.


def cheer(scene: Scene, actor: Any, room: bytes, count: int = 1, emoji: str = "+") -> str:
    return code(scene.do(actor, Cheer(room=room, emoji=emoji, count=count)))


def cheered(scene: Scene, room: bytes) -> dict[str, int]:
    live = scene.registry.rooms[room].live
    return live.take_cheers() if live else {}


def test_what_an_audience_and_a_host_cheer_is_added_up() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera, vito = viewer(scene, room), viewer(scene, room, "vito")
    assert [cheer(scene, who, room, 3) for who in (hana, vera, vito)] == ["ok"] * 3
    assert cheer(scene, vito, room, emoji="-") == "ok"
    assert cheered(scene, room) == {"+": 9, "-": 1}
    assert [*scene.registry.audience.live] == [room]


def test_ten_thousand_cheers_a_second_count_as_many_as_a_thumb_can_do() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    vera = viewer(scene, room)
    assert {cheer(scene, vera, room, CHEERS_MAX) for _ in range(500)} == {"ok"}
    assert cheered(scene, room) == {"+": CHEERS_MAX}
    scene.now += 1000
    cheer(scene, vera, room, 7)
    assert cheered(scene, room) == {"+": 7}


def test_a_cheer_counts_as_far_as_the_second_has_room_for_it() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    vera = viewer(scene, room)
    for count in (CHEERS_MAX - 5, 9):
        cheer(scene, vera, room, count)
    assert cheered(scene, room) == {"+": CHEERS_MAX}


def test_nobody_cheers_where_they_may_not() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    vera = viewer(scene, room)
    group = scene.group({"vera": MEMBER, "ana": OWNER})
    assert cheer(scene, vera, group) == "wrong_kind"
    assert cheer(scene, scene.enter("sven"), room) == "unknown_room"
    assert cheer(scene, vera, bytes(16)) == "unknown_room"
    scene.do(hana, SetSettings(room=room, key=scene.key(), defaults=(Permission.POST,)))
    assert cheer(scene, vera, room) == "forbidden"
    scene.know("bert")
    scene.do(hana, Ban(room=room, key=scene.key(), user="bert"))
    assert cheer(scene, scene.enter("bert"), room) == "not_member"
    scene.do(hana, End(room=room, key=scene.key()))
    assert cheer(scene, vera, room) == "ended"
    assert cheered(scene, room) == {}


def test_a_self_room_is_neither_watched_nor_cheered() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    assert asked(scene, ana, self_id("ana")) == "wrong_kind"
    assert cheer(scene, ana, self_id("ana")) == "wrong_kind"


def test_who_watches_and_comes_in_goes_on_listening_as_a_member() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    vera = viewer(scene, room)
    subscriber, there = scene.registry.audience.sessions[vera.session], scene.registry.rooms[room]
    attachment: Attachment = scene.registry.audience.attach(subscriber, there)
    scene.registry.audience.stay(subscriber, there)
    assert there.attachments == {vera.session: attachment}
    assert attachment.live
    assert not watching.watches(there, "vera")
