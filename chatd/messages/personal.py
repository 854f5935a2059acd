"""What a user keeps to themselves: how they hold their conversations, and what they do not want to see any more.

The keyed commands write into the user's self room, and never touch the room that they name.
"""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import Attribute, field

from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import DRAFT_BYTES_MAX, SEQ_MAX
from chatd.messages.fields import Unfit, a_seq, an_entry, command_key, room_id, within
from chatd.model import Key, RoomId


def a_draft(_: Any, attribute: Attribute[Any], value: bytes | None) -> None:
    if value is not None and len(value) > DRAFT_BYTES_MAX:
        raise Unfit(RefusalCode.TOO_LARGE, f"{attribute.name}: over {DRAFT_BYTES_MAX} bytes")


@frozen(kw_only=True)
class Hide:
    """Show me this entry no more, on none of my devices. Nobody else learns of it."""

    tag: ClassVar[int] = 128
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    seq: int = field(validator=an_entry)
    retry: bool = False


@frozen(kw_only=True)
class SetConversation:
    """How the user keeps a room. What is None stays as it is."""

    tag: ClassVar[int] = 129
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    muted_until: int | None = field(default=None, validator=within(0, SEQ_MAX))
    """Milliseconds since 1970; 0 ends it."""
    archived: bool | None = None
    pinned: bool | None = None
    unread: bool | None = None
    """Marked as unread by hand."""
    retry: bool = False

    def __attrs_post_init__(self) -> None:
        if self.muted_until is self.archived is self.pinned is self.unread is None:
            raise Unfit(RefusalCode.BAD_REQUEST, "set_conversation: nothing to set")


@frozen(kw_only=True)
class SetDraft:
    tag: ClassVar[int] = 130
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    content: bytes | None = field(default=None, repr=False, validator=a_draft)
    """The client's own: the server does not look into it. None and empty bytes clear the draft."""
    retry: bool = False


Personal = Hide | SetConversation | SetDraft
"""The keyed commands whose entry stands in the self room of who sends them."""


@frozen(kw_only=True)
class MarkDelivered:
    """Everything up to `seq` has reached a device of the user."""

    tag: ClassVar[int] = 131
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)


@frozen(kw_only=True)
class WhoRead:
    tag: ClassVar[int] = 132
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=an_entry)
