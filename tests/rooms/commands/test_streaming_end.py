"""How the room of a stream ends, and what becomes of it (protocol 5.98)."""

from __future__ import annotations

import msgpack
import pytest
from attrs import evolve

from chatd.chain import invite_hash
from chatd.codes import GapReason
from chatd.limits import DEFAULTS, SEQ_MAX
from chatd.messages import (
    AddMember,
    Ban,
    CreateInvite,
    Delete,
    End,
    Join,
    JoinByInvite,
    Leave,
    Pin,
    Post,
    RequestJoin,
    SetSettings,
    SetTitle,
)
from chatd.model import EntryKind, Expiry, RoomKind
from chatd.rights import Archive, JoinBy
from chatd.rooms import reading
from chatd.rooms.effects import Actor
from chatd.rooms.operators import AUDIT_ROOM
from chatd.rooms.reading import Cursor, Range
from tests.rooms.pieces import code, text
from tests.rooms.scene import INVITED, MEMBER, OWNER, Scene
from tests.rooms.streams import a_stream, bodies, posted, viewer, watched

SMALL = evolve(DEFAULTS, live_entries_max=10)
"""A room that keeps ten lets go of older ones two at a time."""


def test_an_end_is_an_entry_and_says_what_becomes_of_the_room() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    assert code(scene.do(hana, End(room=room, key=scene.key(), archive=Archive.STAFF))) == "ok"
    last = scene.log(room)[-1]
    assert (last.kind, msgpack.unpackb(last.body)) == (EntryKind.END, {"archive": "staff"})
    assert scene.record(room).ended is Archive.STAFF
    assert code(scene.do(hana, End(room=room, key=scene.key()))) == "unchanged"


def test_who_may_not_end_a_stream_and_what_has_no_end() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    assert code(scene.do(viewer(scene, room), End(room=room, key=scene.key()))) == "unknown_room"
    ana, group = scene.enter("ana"), scene.group({"ana": OWNER})
    assert code(scene.do(ana, End(room=group, key=scene.key()))) == "wrong_kind"
    helper, other = scene.enter("mia"), scene.group({"mia": MEMBER, "ana": OWNER}, kind=RoomKind.LIVE)
    assert code(scene.do(helper, End(room=other, key=scene.key()))) == "forbidden"


def test_an_operator_ends_a_stream_and_the_audit_tells_it() -> None:
    scene = Scene()
    _, room = a_stream(scene)
    operator = Actor(99, "", operator=True, credential="desk")
    end = End(room=room, key=scene.key(), archive=Archive.NONE)
    assert code(scene.do(operator, end)) == "ok"
    assert (scene.log(room)[-1].kind, scene.log(room)[-1].sender) == (EntryKind.END, "")
    assert code(scene.do(operator, end)) == "duplicate"
    [note] = [msgpack.unpackb(each.body) for each in scene.log(AUDIT_ROOM)]
    assert note == {"by": "desk", "command": "End", "key": end.key, "room": room}


def test_after_the_end_nothing_is_added_and_what_takes_away_goes_on() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    scene.know("mia")
    vera = viewer(scene, room)
    posted(scene, vera, room)
    code_bytes = bytes(range(16))
    scene.do(hana, CreateInvite(room=room, key=scene.key(), hash=invite_hash(room, code_bytes)))
    scene.do(hana, End(room=room, key=scene.key()))
    for actor, command in (
        (hana, Post(room=room, key=scene.key(), content=text())),
        (vera, Post(room=room, key=scene.key(), content=text())),
        (hana, Pin(room=room, key=scene.key(), seq=2)),
        (hana, AddMember(room=room, key=scene.key(), users=("mia",))),
        (hana, SetTitle(room=room, key=scene.key(), title="later")),
        (hana, SetSettings(room=room, key=scene.key(), slow_mode_s=3)),
    ):
        assert code(scene.do(actor, command)) == "ended"
    mia = scene.enter("mia")
    assert code(scene.do(mia, JoinByInvite(room=room, key=scene.key(), code=code_bytes))) == "bad_invite"
    assert code(scene.do(hana, Ban(room=room, key=scene.key(), user="vera"))) == "ok"
    assert code(scene.do(hana, Delete(room=room, key=scene.key(), seq=2))) == "ok"
    assert code(scene.do(hana, Leave(room=room, key=scene.key()))) == "ok"


def test_after_the_end_invitations_and_requests_let_nobody_in() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "ivan": INVITED}, kind=RoomKind.LIVE)
    scene.put(evolve(scene.record(room), settings=evolve(scene.record(room).settings, join_by=JoinBy.REQUEST)))
    scene.do(ana, End(room=room, key=scene.key()))
    assert code(scene.do(scene.enter("ivan"), Join(room=room, key=scene.key()))) == "ended"
    assert code(scene.do(scene.enter("sven"), RequestJoin(room=room, key=scene.key()))) == "forbidden"


def test_a_stream_that_is_kept_for_nobody_shows_nothing_from_its_end_on() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    posted(scene, hana, room, "the product")
    scene.do(hana, Pin(room=room, key=scene.key(), seq=2))
    for _ in range(20):
        posted(scene, hana, room)
    assert bodies(scene, room)[0] == 2
    scene.do(hana, End(room=room, key=scene.key(), archive=Archive.NONE))
    assert 2 not in bodies(scene, room)
    there = scene.registry.rooms[room]
    assert not reading.visible(there, there.slots["hana"].membership)
    planned = reading.plan(there, there.slots["hana"], Cursor(room, 0, bytes(8)), None)
    assert planned.gaps == ((Range(1, there.head.seq), GapReason.EXPIRED),)
    assert not planned.wanted
    assert scene.record(room).pins == ()


def test_nobody_acts_on_what_is_kept_for_nobody_before_it_is_erased() -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    posted(scene, hana, room)
    scene.do(hana, End(room=room, key=scene.key(), archive=Archive.NONE))
    assert bodies(scene, room) == [2]
    assert code(scene.do(hana, Delete(room=room, key=scene.key(), seq=2))) == "bad_seq"


def test_an_end_erases_itself_no_more_than_what_was_spared() -> None:
    scene = Scene(limits=SMALL)
    hana, room = a_stream(scene)
    for _ in range(2):
        posted(scene, hana, room)
    for seq in (2, 3):
        scene.do(hana, Pin(room=room, key=scene.key(), seq=seq))
    for _ in range(13):
        posted(scene, hana, room)
    scene.do(hana, Pin(room=room, key=scene.key(), seq=18))
    expired = scene.record(room).expired
    assert 3 <= expired < 18
    scene.ask(hana, End(room=room, key=scene.key(), archive=Archive.NONE))
    [ending] = scene.waiting
    assert [each for each in ending.item.records if isinstance(each, Expiry)] == [
        Expiry(room=room, first=2, last=2), Expiry(room=room, first=3, last=3)
    ]  # fmt: skip
    scene.commit()
    assert (scene.record(room).erasing, scene.record(room).expired) == (expired, SEQ_MAX)


@pytest.mark.parametrize("settled", [True, False])
def test_somebody_may_watch_what_was_opened_a_moment_ago(settled: bool) -> None:
    scene = Scene()
    hana, room = a_stream(scene)
    scene.ask(hana, SetTitle(room=room, key=scene.key(), title="live now"))
    if settled:
        scene.commit()
    assert watched(scene, scene.enter("vera"), room)
