"""A live room, its host, and who watches it: on the stage of `scene`."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from chatd.chain import origin, short
from chatd.messages import CreateGroup, Post, Watch
from chatd.model import EntryKind, RoomId, RoomKind
from chatd.rights import Settings
from chatd.rooms.effects import Actor, Read
from tests.rooms.pieces import text
from tests.rooms.scene import EPOCH, Scene


def a_stream(scene: Scene, host: str = "hana", **settings: Any) -> tuple[Actor, RoomId]:
    """Return the host of a new live room, and the room, with these settings."""
    actor = scene.enter(host)
    room = scene.do(actor, CreateGroup(key=scene.key(), title="stream", kind=RoomKind.LIVE)).room
    if settings:
        agreed: Settings = evolve(scene.record(room).settings, **settings)
        scene.put(evolve(scene.record(room), settings=agreed))
        scene.registry.forget(scene.registry.rooms[room])
    return actor, room


def watch(room: RoomId) -> Watch:
    return Watch(room=room, epoch=EPOCH, seq=0, h8=short(origin(room)))


def watched(scene: Scene, actor: Actor, room: RoomId) -> bool:
    """Let somebody watch; return whether they may, or else keep the refusal as the last thing said."""
    return isinstance(scene.effects(actor, watch(room))[0], Read)


def viewer(scene: Scene, room: RoomId, user: str = "vera", device: str = "phone") -> Actor:
    """Return somebody who has come and watches."""
    actor = scene.enter(user, device)
    assert watched(scene, actor, room)
    return actor


def posted(scene: Scene, actor: Actor, room: RoomId, words: str = "hello") -> Any:
    return scene.do(actor, Post(room=room, key=scene.key(), content=text(words)))


def bodies(scene: Scene, room: RoomId) -> list[int]:
    """Return the seqs of the posts that are not erased."""
    return [each.seq for each in scene.log(room) if each.kind is EntryKind.POST and each.body is not None]
