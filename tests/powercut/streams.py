"""A stream in the workload: what is said in it first expires, and the rest is erased at its end."""

from __future__ import annotations

from attrs import evolve

from chatd.limits import DEFAULTS
from chatd.messages import CreateGroup, End, Post
from chatd.model import RoomKind
from chatd.rights import Archive
from chatd.rooms.effects import Actor
from chatd.wire import content
from tests.rooms.scene import Scene

LIMITS = evolve(DEFAULTS, receipts_members_max=2, live_entries_max=10)
"""Groups cross a size now and then, and a live room lets posts expire."""


def stream(scene: Scene, host: Actor) -> None:
    """Let `host` stream, from the first entry to the end."""
    room = scene.do(host, CreateGroup(key=scene.key(), title="show", kind=RoomKind.LIVE)).room
    for count in (14, 3):
        for _ in range(count):
            scene.ask(host, Post(room=room, key=scene.key(), content=content.text("hello")))
        scene.commit()
    scene.do(host, End(room=room, key=scene.key(), archive=Archive.NONE))
