"""What a session asks and says without a key: nothing of it is an entry."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import ROOM_BYTES
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.messages.fields import Unfit, a_name, a_seq, cursor_triples, exact_bytes, room_id, within
from chatd.model import RoomId, UserId

PAGE_BYTES = 8 + ROOM_BYTES
"""Of the token that leads from one page of rooms to the next: of fixed size, so nothing needs to parse it."""


@frozen(kw_only=True)
class Subscribe:
    tag: ClassVar[int] = 20
    epoch: bytes = field(validator=exact_bytes(16))
    rooms: tuple[bytes | int, ...] = field(validator=cursor_triples)
    latest: int | None = field(default=None, validator=within(0, 100))
    """Skip ahead so that at most this many entries of each room follow; what is left out is a named gap."""


@frozen(kw_only=True)
class History:
    """At most one of before, after, around; none of them asks for the newest."""

    tag: ClassVar[int] = 22
    room: RoomId = field(validator=room_id)
    before: int | None = field(default=None, validator=a_seq)
    after: int | None = field(default=None, validator=a_seq)
    around: int | None = field(default=None, validator=a_seq)
    limit: int = field(default=50, validator=within(1, 1000))

    def __attrs_post_init__(self) -> None:
        if [self.before, self.after, self.around].count(None) < 2:
            raise Unfit(RefusalCode.BAD_REQUEST, "history: at most one of before, after, around")


@frozen(kw_only=True)
class Members:
    tag: ClassVar[int] = 23
    room: RoomId = field(validator=room_id)
    after: UserId | None = field(default=None, validator=a_name)
    limit: int = field(default=100, validator=within(1, 1000))


@frozen(kw_only=True)
class Rooms:
    tag: ClassVar[int] = 24
    next: bytes | None = field(default=None, validator=exact_bytes(PAGE_BYTES))
    """Opaque, from the page before; None asks for the first page."""
    limit: int = field(default=50, validator=within(1, 1000))


@frozen(kw_only=True)
class MarkRead:
    tag: ClassVar[int] = 25
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)
    private: bool = False
    """Others are not told."""


@frozen(kw_only=True)
class Typing:
    tag: ClassVar[int] = 26
    room: RoomId = field(validator=room_id)
