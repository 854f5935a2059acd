"""Whether a command commits no more than the credit it took."""

from __future__ import annotations

from chatd.chain import pack
from chatd.messages import Command
from chatd.model import Item
from chatd.rooms.bounds import bound
from chatd.rooms.effects import Actor, Commit
from tests.rooms.scene import Scene

ITEM_BYTES_MAX = 256 * 1024


def committed(scene: Scene, command: Command, actor: Actor) -> Item:
    """Return what a command, which is not refused, would commit."""
    [effect] = scene.effects(actor, command)
    assert isinstance(effect, Commit)
    return effect.flight.item


def size(item: Item) -> int:
    """Return the bytes of an item's entries as a store would have to write them."""
    return sum(
        len(pack([each.room, each.kind.value, each.sender, each.key, each.time, each.salt, each.body]))
        for each in item.entries
    )


def assert_bounded(command: Command, item: Item) -> None:
    limit = bound(command)
    assert limit is not None
    assert len(item.entries) <= limit.entries
    assert size(item) <= limit.bytes <= ITEM_BYTES_MAX
