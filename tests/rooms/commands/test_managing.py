"""What a room is called."""

from __future__ import annotations

import msgpack
import pytest

from chatd.messages import SetTitle
from chatd.model import EntryKind, RoomKind
from tests.rooms.pieces import code
from tests.rooms.scene import OWNER, Scene


def test_a_title_is_an_entry_and_the_rooms_title_from_then_on() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.do(ana, SetTitle(room=room, key=scene.key(), title="coffee"))
    entry = scene.log(room)[-1]
    assert (entry.kind, msgpack.unpackb(entry.body)) == (EntryKind.TITLE, {"title": "coffee"})
    assert scene.record(room).title == "coffee"


def test_the_title_it_has_is_unchanged() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    assert code(scene.do(ana, SetTitle(room=room, key=scene.key(), title="tea"))) == "unchanged"


@pytest.mark.parametrize("kind", [RoomKind.DIRECT, RoomKind.SELF])
def test_only_groups_have_titles(kind: RoomKind) -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER}, kind=kind)
    assert code(scene.do(ana, SetTitle(room=room, key=scene.key(), title="coffee"))) == "wrong_kind"
