"""Random histories of what one user does for themselves, on two devices, held against what the self room tells."""

from __future__ import annotations

from typing import Any

import msgpack
from attrs import evolve
from hypothesis import given, strategies as st

from chatd.chain import self_id
from chatd.limits import DEFAULTS
from chatd.messages import Hide, MarkRead, Personal, SetConversation, SetDraft
from chatd.model import Conversation, EntryKind, RoomId
from tests.rooms.scene import OWNER, Scene
from tests.wire.strategies import steady

steps = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["hide", "mute", "archive", "pin", "unread", "draft", "read", "commit"]),
        st.integers(0, 2),
    ),
    max_size=25,
)


@steady
@given(steps)
def test_the_newest_entries_say_what_is_so_whatever_two_devices_do(history: list[tuple[int, str, int]]) -> None:
    scene = Scene(forgetful=True, limits=evolve(DEFAULTS, conversations_pinned_max=1))
    devices = [scene.enter("ana"), scene.enter("ana", "laptop")]
    rooms = [scene.group({"ana": OWNER}) for _ in range(2)]
    for device, kind, number in history:
        room = rooms[number % 2]
        if kind == "commit":
            scene.commit()
        else:
            scene.ask(devices[device], _command(scene, kind, room, number))
    scene.commit()
    assert sum(bool(each.pinned) for each in scene.store._tables.conversations.values()) <= 1
    for room in rooms:
        told = _told(scene, room)
        state = scene.store._tables.conversations.get((room, "ana")) or Conversation(room=room, user="ana")
        assert state.hidden == len([kind for kind, _ in told if kind is EntryKind.HIDE]) <= 1
        drafts = [each for kind, each in told if kind is EntryKind.DRAFT]
        assert (state.draft != 0) is bool(drafts and drafts[-1].get("content"))
        newest = [each for kind, each in told if kind is EntryKind.CONVERSATION][-1:]
        assert newest in ([], [_of(state)])


def _of(state: Conversation) -> dict[str, Any]:
    told = {
        "room": state.room,
        "muted_until": state.muted_until,
        "archived": state.archived,
        "pinned": state.pinned,
        "unread": state.unread,
    }
    return {name: value for name, value in told.items() if value is not None}


def _command(scene: Scene, kind: str, room: RoomId, number: int) -> Personal | MarkRead:
    key, on = scene.key(), number > 0
    match kind:
        case "hide":
            return Hide(room=room, key=key, seq=1)
        case "mute":
            return SetConversation(room=room, key=key, muted_until=number)
        case "archive":
            return SetConversation(room=room, key=key, archived=on)
        case "pin":
            return SetConversation(room=room, key=key, pinned=on)
        case "unread":
            return SetConversation(room=room, key=key, unread=on)
        case "draft":
            return SetDraft(room=room, key=key, content=b"x" * number)
        case _:
            return MarkRead(room=room, seq=1)


def _told(scene: Scene, room: RoomId) -> list[tuple[EntryKind, dict[str, Any]]]:
    """Return what the self room tells of a room, erased drafts apart."""
    entries = [(entry.kind, msgpack.unpackb(entry.body)) for entry in scene.log(self_id("ana")) if entry.body]
    return [(kind, facts) for kind, facts in entries if facts["room"] == room]
