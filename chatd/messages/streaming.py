"""The room of a stream: who watches it without being in it, what passes between them, and its end."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import SHORT_HASH_BYTES
from chatd.frozen import frozen
from chatd.limits import CHEERS_MAX
from chatd.messages.fields import a_seq, an_emoji, command_key, exact_bytes, room_id, within
from chatd.model import Key, RoomId
from chatd.rights import Archive


@frozen(kw_only=True)
class Watch:
    """Listen to a live room without a membership, from a cursor on, until `Unwatch` or the end of the session."""

    tag: ClassVar[int] = 155
    room: RoomId = field(validator=room_id)
    epoch: bytes = field(validator=exact_bytes(16))
    seq: int = field(validator=a_seq)
    h8: bytes = field(validator=exact_bytes(SHORT_HASH_BYTES))
    latest: int | None = field(default=None, validator=within(0, 100))
    """As that of `Subscribe`."""


@frozen(kw_only=True)
class Unwatch:
    tag: ClassVar[int] = 156
    room: RoomId = field(validator=room_id)


@frozen(kw_only=True)
class Cheer:
    """A reaction to the stream that passes: added up with those of everybody, and kept nowhere."""

    tag: ClassVar[int] = 157
    room: RoomId = field(validator=room_id)
    emoji: str = field(validator=an_emoji)
    count: int = field(default=1, validator=within(1, CHEERS_MAX))


@frozen(kw_only=True)
class End:
    tag: ClassVar[int] = 158
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    archive: Archive = Archive.ALL
    retry: bool = False


@frozen(kw_only=True)
class Unwatched:
    """This session watches a room no more."""

    tag: ClassVar[int] = 98
    room: RoomId = field(validator=room_id)
    reason: str
    """`ended` | `banned`."""


@frozen(kw_only=True)
class Cheers:
    """How often each emoji was given since the signal before."""

    tag: ClassVar[int] = 99
    room: RoomId = field(validator=room_id)
    cheers: dict[str, int]


@frozen(kw_only=True)
class Watchers:
    """About how many sessions watch a room."""

    tag: ClassVar[int] = 100
    room: RoomId = field(validator=room_id)
    count: int = field(validator=a_seq)
