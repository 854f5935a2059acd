"""How rooms come to be, who is in them, and what they are called."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import Attribute, field

from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.messages.fields import Unfit, a_name, a_title, command_key, room_id, user_list
from chatd.model import LED, Key, Role, RoomId, RoomKind, UserId


def led(_: Any, attribute: Attribute[Any], value: RoomKind) -> None:
    if value not in LED:
        raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: nobody creates a {value.value} room")


@frozen(kw_only=True)
class OpenDirect:
    tag: ClassVar[int] = 11
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    retry: bool = False


@frozen(kw_only=True)
class CreateGroup:
    """Make a room that its creator leads, of any such kind."""

    tag: ClassVar[int] = 12
    key: Key = field(validator=command_key)
    title: str = field(validator=a_title)
    members: tuple[UserId, ...] = field(default=(), validator=user_list)
    kind: RoomKind = field(default=RoomKind.GROUP, validator=led)
    retry: bool = False


@frozen(kw_only=True)
class AddMember:
    tag: ClassVar[int] = 13
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    users: tuple[UserId, ...] = field(validator=user_list)
    retry: bool = False


@frozen(kw_only=True)
class RemoveMember:
    tag: ClassVar[int] = 14
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    retry: bool = False


@frozen(kw_only=True)
class Join:
    tag: ClassVar[int] = 15
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    retry: bool = False


@frozen(kw_only=True)
class Leave:
    tag: ClassVar[int] = 16
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    retry: bool = False


@frozen(kw_only=True)
class SetTitle:
    tag: ClassVar[int] = 17
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    title: str = field(validator=a_title)
    retry: bool = False


@frozen(kw_only=True)
class SetRole:
    tag: ClassVar[int] = 18
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    role: Role
    retry: bool = False


@frozen(kw_only=True)
class TransferOwnership:
    """An owner makes somebody else an owner, and is an admin from then on."""

    tag: ClassVar[int] = 61
    room: RoomId = field(validator=room_id)
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    retry: bool = False


Create = OpenDirect | CreateGroup
"""What makes a room."""

Manage = AddMember | RemoveMember | SetTitle | SetRole | TransferOwnership
"""The keyed commands of those who are present in a group, about the group."""
