"""What a workload does about the rights of others, and with posts that wait for review."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from chatd.messages import Ban, Command, CreateInvite, Post, Restrict, Review, SetFilter, SetSettings
from chatd.model import FilterAction, HeldRecord, Key, RoomId
from chatd.rights import Permission
from chatd.wire import content

RULING = ("restrict", "settings", "filter", "spam", "review", "link", "ban")


def ruled(
    kind: str,
    there: Mapping[tuple[RoomId, int], HeldRecord],
    room: RoomId,
    key: Key,
    other: str,
    later: int,
    random: Random,
) -> Command:
    """Return a command of `kind` about a room: about what waits there, where anything does, or about `other`."""
    held = [each for each in there.values() if each.room == room]
    match kind:
        case "restrict":
            deny = random.sample(list(Permission), random.randint(0, 2))
            return Restrict(room=room, key=key, user=other, deny=tuple(deny), until=later)
        case "settings":
            return SetSettings(room=room, key=key, slow_mode_s=random.randint(0, 2))
        case "filter":
            words = ("spam", str(random.randint(0, 9)))
            return SetFilter(room=room, key=key, words=words, action=FilterAction.HOLD)
        case "spam":
            return Post(room=room, key=key, content=content.text("spam"))
        case "review":
            number, author = (held[0].number, held[0].user) if held else (1, other)
            return Review(room=room, key=key, number=number, user=author, approve=random.random() < 1 / 2)
        case "link":
            return CreateInvite(room=room, key=key, hash=random.randbytes(32), ttl_s=1, uses=5)
        case _:
            return Ban(room=room, key=key, user=other, until=later)
