"""Who has no part in a group, or not any more, is not told what it is called now, nor what is pinned in it (A2)."""

from __future__ import annotations

import msgpack
import pytest
from attrs import evolve

from chatd.chain import self_id
from chatd.limits import DEFAULTS
from chatd.messages import Ban, Leave, Pin, Post, SetTitle, Unban
from chatd.model import MemberState, Role
from chatd.rooms import reading
from tests.rooms.pieces import text
from tests.rooms.scene import INVITED, MEMBER, OWNER, Scene, Standing

ASKING = (MemberState.REQUESTED, Role.MEMBER)
LIMITS = evolve(DEFAULTS, receipts_members_max=0)
READONLY = (MemberState.RESTRICTED, Role.MEMBER)


def test_who_has_left_is_banned_and_let_off_without_learning_the_new_title() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(bo, Leave(room=room, key=scene.key()))
    scene.do(ana, SetTitle(room=room, key=scene.key(), title="after bo left"))
    scene.do(ana, Ban(room=room, key=scene.key(), user="bo"))
    scene.do(ana, Unban(room=room, key=scene.key(), user="bo"))
    told = [msgpack.unpackb(entry.body)["title"] for entry in scene.log(self_id("bo"))]
    assert told == ["tea", "", ""]


@pytest.mark.parametrize(
    ("standing", "told"),
    [
        (MEMBER, ("tea", 2, (2,))),
        (READONLY, ("tea", 2, (2,))),
        (INVITED, ("tea", 1, ())),
        (ASKING, ("", 0, ())),
    ],
)
def test_what_a_subscribe_tells_of_a_group(standing: Standing, told: tuple[str, int, tuple[int, ...]]) -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER, "bo": standing})
    scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    scene.do(ana, Pin(room=room, key=scene.key(), seq=2))
    scene.bring_member(room, "bo")
    there = scene.registry.rooms[room]
    nothing = reading.Range(1, 0)
    sync = reading.synced(
        there, there.slots["bo"], limits=LIMITS, status="ok", sent=nothing, before=None, attached=False
    )
    assert (sync.title, sync.members, sync.pins) == told
    assert sync.off == (("receipts",) if sync.title else ())
