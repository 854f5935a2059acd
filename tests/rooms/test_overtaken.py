"""What `needs` named is still what is so when the decision is made, whatever committed while it was being read."""

from __future__ import annotations

from collections.abc import Sequence

import trio
from attrs import define, evolve

from chatd.limits import DEFAULTS
from chatd.messages import Command, OpenDirect
from chatd.rooms.effects import Actor, Loaded
from chatd.rooms.needs import needs
from chatd.server.loader import Loader
from chatd.server.watermark import Watermark
from chatd.storage import queries as q
from chatd.storage.base import Answers
from chatd.storage.memory import MemoryStore
from tests.rooms.scene import Scene


@define(eq=False)
class SlowStore(MemoryStore):
    """Its first answer arrives after everything in flight has been committed and applied."""

    scene: Scene | None = None

    async def read(self, queries: Sequence[q.Query], *, deadline_s: float = 5.0) -> Answers:
        if self.scene is None:
            return await super().read(queries, deadline_s=deadline_s)
        scene, self.scene = self.scene, None
        answers = await super().read(queries, deadline_s=deadline_s)
        scene.commit()
        return answers


async def overtaken(scene: Scene, store: SlowStore, actor: Actor, command: Command) -> Loaded:
    """Load for a command while all that is in flight commits."""
    applied = Watermark()
    applied.move(1000)
    store.scene = scene
    loader = Loader(store=store, registry=scene.registry, applied=applied, limits=DEFAULTS)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(loader.run)
        loaded = await loader.load(actor, needs(actor, command))
        nursery.cancel_scope.cancel()
    return loaded


async def test_who_opens_a_room_that_is_created_meanwhile_hears_when_it_was() -> None:
    store = SlowStore(b"the first epoch.")
    scene = Scene(store=store)
    ana, bo = scene.enter("ana"), scene.enter("bo")
    scene.ask(ana, OpenDirect(key=scene.key(), user="bo"))
    command = OpenDirect(key=scene.key(), user="ana")
    loaded = await overtaken(scene, store, bo, command)
    [created] = scene.said.values()
    [reply] = scene.router.handle(bo, 9, command, b"", loaded, scene.now + 1)
    assert reply.message == evolve(created, duplicate=True)  # type: ignore[union-attr]
