"""What operators ask of the app's endpoints, and what they are answered."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.chain import ROOM_BYTES
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.messages.fields import Unfit, a_seq, an_entry, command_key, exact_bytes, room_id, text_within, within
from chatd.model import Key, RoomId

ENDPOINT_BYTES_MAX = 32
LETTERS_PAGE_BYTES = ROOM_BYTES + 8
an_endpoint = text_within(ENDPOINT_BYTES_MAX)


@frozen(kw_only=True)
class ListWebhooks:
    """For operators: how far each endpoint of the app was told."""

    tag: ClassVar[int] = 176


@frozen(kw_only=True)
class ListLetters:
    """For operators: the entries that an endpoint would not take."""

    tag: ClassVar[int] = 177
    endpoint: str = field(validator=an_endpoint)
    next: bytes | None = field(default=None, validator=exact_bytes(LETTERS_PAGE_BYTES))
    limit: int = field(default=100, validator=within(1, 100))


def _whole_place(room: RoomId | None, seq: int | None) -> None:
    if (room is None) is not (seq is None):
        raise Unfit(RefusalCode.BAD_REQUEST, "letters: room and seq go together")


@frozen(kw_only=True)
class Redeliver:
    """For operators: an endpoint is told of a letter again, or of all."""

    tag: ClassVar[int] = 178
    key: Key = field(validator=command_key)
    endpoint: str = field(validator=an_endpoint)
    room: RoomId | None = field(default=None, validator=room_id)
    seq: int | None = field(default=None, validator=an_entry)
    retry: bool = False

    def __attrs_post_init__(self) -> None:
        _whole_place(self.room, self.seq)


@frozen(kw_only=True)
class DropLetters:
    """For operators: a letter is forgotten, or all of an endpoint are."""

    tag: ClassVar[int] = 179
    key: Key = field(validator=command_key)
    endpoint: str = field(validator=an_endpoint)
    room: RoomId | None = field(default=None, validator=room_id)
    seq: int | None = field(default=None, validator=an_entry)
    retry: bool = False

    def __attrs_post_init__(self) -> None:
        _whole_place(self.room, self.seq)


AskWebhooks = ListWebhooks | ListLetters
SettleLetters = Redeliver | DropLetters
"""The keyed commands of operators about what an endpoint would not take."""


@frozen(kw_only=True)
class Webhook:
    endpoint: str
    configured: bool
    """Whether the daemon that answers calls it."""
    lag: int
    """How many entries it was not told of yet, those that it does not want among them."""
    time: int
    """When it came so far."""
    letters: int
    failures: int = 0
    """Calls that failed since the last that did not."""
    error: str = ""
    """What the last failed call met, for people."""
    paused: bool = False
    """Whether it is told of nothing new, because there are too many letters."""


@frozen(kw_only=True)
class WebhooksPage:
    tag: ClassVar[int] = 250
    webhooks: tuple[Webhook, ...]
    """By endpoint, ascending in the order of their bytes."""


@frozen(kw_only=True)
class Letter:
    room: RoomId = field(validator=room_id)
    seq: int = field(validator=a_seq)
    time: int
    """When it was given up."""
    attempts: int
    error: str
    again: bool = False
    """Whether it is about to be delivered again."""


@frozen(kw_only=True)
class LettersPage:
    tag: ClassVar[int] = 251
    letters: tuple[Letter, ...]
    """By room and seq, ascending."""
    more: bool
    next: bytes | None = field(default=None, validator=exact_bytes(LETTERS_PAGE_BYTES))
