"""Who may do what in a group, who must keep out of it, and how others come in."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from attrs import Attribute as Field, field

from chatd import words
from chatd.chain import HASH_BYTES
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import FILTER_HOSTS_MAX, FILTER_PARTS_MAX, FILTER_WORD_BYTES_MAX, FILTER_WORDS_MAX, HOST_BYTES_MAX
from chatd.messages.fields import (
    Unfit,
    a_name,
    a_seq,
    an_entry,
    at_most,
    command_key,
    exact_bytes,
    room_id,
    switched,
    text_within,
    within,
)
from chatd.messages.streaming import End
from chatd.messages.talking import TTL_S_MAX
from chatd.messages.telling import some_required
from chatd.model import Attribute, FilterAction, Key, Links, MemberState, Role, RoomId, UserId
from chatd.rights import GRANTABLE, ROOM_LEVEL_MAX, Feature, JoinBy, Past, Permission

REASON_BYTES_MAX = 512
SLOW_MODE_S_MAX = 6 * 3600
GATE_S_MAX = 366 * 86_400
USES_MAX = 1_000_000
LIVE_ENTRIES_HIGHEST = 20_000
INVITE_S_MAX = 366 * 86_400
_HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
CODE_BYTES = 16
"""128 bits of chance: there is nothing to guess."""


def _grantable(_: Any, attribute: Field[Any], value: tuple[Permission, ...] | None) -> None:
    for each in value or ():
        if each not in GRANTABLE:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: {each.value} cannot be given to all")


def _filter_words(_: Any, attribute: Field[Any], value: tuple[str, ...] | None) -> None:
    if value is None:
        return
    at_most(FILTER_WORDS_MAX)(_, attribute, value)
    parts = 0
    for each in value:
        text_within(FILTER_WORD_BYTES_MAX)(_, attribute, each)
        term = words.term(each)
        if term is None:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: one has no word in it")
        parts += len(term.words)
    if parts > FILTER_PARTS_MAX:
        raise Unfit(RefusalCode.TOO_LARGE, f"{attribute.name}: {parts} together, at most {FILTER_PARTS_MAX} allowed")


def _filter_hosts(_: Any, attribute: Field[Any], value: tuple[str, ...] | None) -> None:
    if value is None:
        return
    at_most(FILTER_HOSTS_MAX)(_, attribute, value)
    for each in value:
        text_within(HOST_BYTES_MAX)(_, attribute, each)
        if not _HOST.fullmatch(each):
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: one is no host's name in lower-case ASCII")


@frozen(kw_only=True)
class Restrict:
    """Take permissions from a member, all at once for the same time; an empty `deny` gives all of them back."""

    tag: ClassVar[int] = 50
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    deny: tuple[Permission, ...] = ()
    until: int | None = field(default=None, validator=a_seq)
    """Milliseconds since 1970; None: until they are given back."""
    reason: str = field(default="", validator=text_within(REASON_BYTES_MAX))
    retry: bool = False


@frozen(kw_only=True)
class Ban:
    tag: ClassVar[int] = 51
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    until: int | None = field(default=None, validator=a_seq)
    """Milliseconds since 1970; None: until it is lifted."""
    reason: str = field(default="", validator=text_within(REASON_BYTES_MAX))
    retry: bool = False


@frozen(kw_only=True)
class Unban:
    tag: ClassVar[int] = 52
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    retry: bool = False


@frozen(kw_only=True)
class SetSettings:
    """What is None stays as it is."""

    tag: ClassVar[int] = 53
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    defaults: tuple[Permission, ...] | None = field(default=None, validator=_grantable)
    """What every member may do."""
    slow_mode_s: int | None = field(default=None, validator=within(0, SLOW_MODE_S_MAX))
    join_by: JoinBy | None = None
    off: tuple[Feature, ...] | None = field(default=None, validator=switched)
    """What is turned off."""
    history: Past | None = None
    """How much of what was there before them those may read who come in from now on."""
    member_s: int | None = field(default=None, validator=within(0, GATE_S_MAX))
    """Who speaks must have been a member for so long."""
    account_s: int | None = field(default=None, validator=within(0, GATE_S_MAX))
    """Whose account must have been there for so long."""
    level: int | None = field(default=None, validator=within(0, ROOM_LEVEL_MAX))
    """One of `chatd.rights.Level`."""
    requires: dict[str, tuple[Attribute, ...]] | None = field(default=None, validator=some_required)
    """What the app must say of who speaks: of each attribute one of these values."""
    ttl_s: int | None = field(default=None, validator=within(0, TTL_S_MAX))
    """How long the room's posts live; 0: for ever."""
    keep: int | None = field(default=None, validator=within(0, LIVE_ENTRIES_HIGHEST))
    """How many of its newest entries a live room keeps; 0: as many as the server lets it."""
    retry: bool = False


@frozen(kw_only=True)
class CreateInvite:
    """The code is made by who asks, and never sent: only its hash is (`chatd.chain.invite_hash`)."""

    tag: ClassVar[int] = 54
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    hash: bytes = field(validator=exact_bytes(HASH_BYTES))
    uses: int | None = field(default=None, validator=within(1, USES_MAX))
    ttl_s: int | None = field(default=None, validator=within(1, INVITE_S_MAX))
    retry: bool = False


@frozen(kw_only=True)
class RevokeInvite:
    tag: ClassVar[int] = 55
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    hash: bytes = field(validator=exact_bytes(HASH_BYTES))
    retry: bool = False


@frozen(kw_only=True)
class JoinByInvite:
    tag: ClassVar[int] = 56
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    code: bytes = field(repr=False, validator=exact_bytes(CODE_BYTES))
    retry: bool = False


@frozen(kw_only=True)
class RequestJoin:
    tag: ClassVar[int] = 57
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    retry: bool = False


@frozen(kw_only=True)
class SetFilter:
    """What is None stays as it is."""

    tag: ClassVar[int] = 59
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    words: tuple[str, ...] | None = field(default=None, repr=False, validator=_filter_words)
    links: Links | None = None
    hosts: tuple[str, ...] | None = field(default=None, validator=_filter_hosts)
    exempt: Role | None = None
    """Whoever has this role, or a higher one, says what they like."""
    action: FilterAction | None = None
    retry: bool = False


@frozen(kw_only=True)
class Review:
    """Let a post that was held become an entry of its room, or not. Its author takes it back so."""

    tag: ClassVar[int] = 181
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    number: int = field(validator=an_entry)
    user: UserId = field(validator=a_name)
    """Its author."""
    approve: bool
    reason: str = field(default="", validator=text_within(REASON_BYTES_MAX))
    retry: bool = False


Moderate = Restrict | Ban | Unban | SetSettings | SetFilter | CreateInvite | RevokeInvite | End | Review
"""The keyed commands of those who are present in a group, about what others may."""

Enter = JoinByInvite | RequestJoin
"""The keyed commands of those who want to come into a group that may not know them."""


@frozen(kw_only=True)
class Permissions:
    tag: ClassVar[int] = 58
    room: RoomId = field(validator=room_id)
    user: UserId | None = field(default=None, validator=a_name)
    """None: the user who asks."""


@frozen(kw_only=True)
class PermissionsOf:
    """The reply to `Permissions`: what a user may do in a room, and by what."""

    tag: ClassVar[int] = 220
    room: RoomId = field(validator=room_id)
    user: UserId
    state: MemberState
    role: Role
    permissions: tuple[Permission, ...]
    """What they may do now."""
    defaults: tuple[Permission, ...]
    join_by: JoinBy
    slow_mode_s: int = 0
    history: Past = Past.JOINED
    member_s: int = 0
    account_s: int = 0
    level: int = 0
    requires: dict[str, tuple[Attribute, ...]] | None = None
    denied: dict[str, int] | None = None
    """What was taken from them, and until when; 0: until it is given back."""
    banned_until: int | None = field(default=None, validator=a_seq)
    """None: not banned, or until the ban is lifted."""
    ttl_s: int = 0


@frozen(kw_only=True)
class AskFilter:
    """For those who may set it."""

    tag: ClassVar[int] = 60
    room: RoomId = field(validator=room_id)


@frozen(kw_only=True)
class FilterOf:
    """The reply to `AskFilter`."""

    tag: ClassVar[int] = 204
    room: RoomId = field(validator=room_id)
    words: tuple[str, ...] = field(repr=False)
    links: Links
    hosts: tuple[str, ...]
    exempt: Role
    action: FilterAction


@frozen(kw_only=True)
class HeldPosts:
    """The posts of a room that wait for review, oldest first: all of them for who may review, else one's own."""

    tag: ClassVar[int] = 62
    room: RoomId = field(validator=room_id)
    after: int = field(default=0, validator=a_seq)
    """The number of the last one of the page before."""
    limit: int = field(default=50, validator=within(1, 1000))


@frozen(kw_only=True)
class HeldPost:
    number: int
    user: UserId
    time: int
    content: bytes = field(repr=False)
    reply: int | None = None


@frozen(kw_only=True)
class HeldPage:
    tag: ClassVar[int] = 206
    room: RoomId = field(validator=room_id)
    posts: tuple[HeldPost, ...]
    more: bool
