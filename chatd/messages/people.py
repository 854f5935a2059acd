"""Whom a user does not want to hear of, and whom they know. Others learn nothing of what is asked here (A8)."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import Attribute, field

from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import AVATAR_BYTES_MAX, DISPLAY_BYTES_MAX, HANDLE_BYTES_MAX
from chatd.messages.fields import Unfit, Validator, a_name, command_key, text_within, user_list, within
from chatd.model import ContactList, Key, UserId


def _maybe(check: Validator) -> Validator:
    def checked(instance: Any, attribute: Attribute[Any], value: str | None) -> None:
        if value is not None:
            check(instance, attribute, value)

    return checked


def an_avatar(_: Any, attribute: Attribute[Any], value: str | None) -> None:
    """Require visible ASCII."""
    if value is not None and not all("!" <= char <= "~" for char in value):
        raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: visible ASCII expected")


@frozen(kw_only=True)
class Block:
    """Do not let me hear of this user, or let me again."""

    tag: ClassVar[int] = 133
    key: Key = field(validator=command_key)
    user: UserId = field(validator=a_name)
    on: bool = True
    retry: bool = False


@frozen(kw_only=True)
class Contacts:
    tag: ClassVar[int] = 134
    which: ContactList
    after: UserId | None = field(default=None, validator=a_name)
    limit: int = field(default=100, validator=within(1, 1000))


@frozen(kw_only=True)
class ContactsPage:
    tag: ClassVar[int] = 211
    which: ContactList
    users: tuple[UserId, ...]
    """Ascending in the order of their bytes."""
    more: bool


@frozen(kw_only=True)
class SetProfile:
    """What is None stays as it is; what is empty is taken away."""

    tag: ClassVar[int] = 139
    key: Key = field(validator=command_key)
    name: str | None = field(default=None, validator=_maybe(text_within(DISPLAY_BYTES_MAX)))
    """How the user is called on a screen."""
    handle: str | None = field(default=None, validator=_maybe(text_within(HANDLE_BYTES_MAX)))
    """By what the user is found. Nobody else has one that looks like it."""
    avatar: str | None = field(default=None, validator=[_maybe(text_within(AVATAR_BYTES_MAX)), an_avatar])
    """Where a picture is, in a form of the app's own: nobody here fetches it."""
    retry: bool = False

    def __attrs_post_init__(self) -> None:
        if self.name is self.handle is self.avatar is None:
            raise Unfit(RefusalCode.BAD_REQUEST, "set_profile: nothing to set")


@frozen(kw_only=True)
class Profiles:
    """How users show themselves: several by their names, or one by their handle."""

    tag: ClassVar[int] = 184
    users: tuple[UserId, ...] = field(default=(), validator=user_list)
    handle: str | None = field(default=None, validator=_maybe(text_within(HANDLE_BYTES_MAX)))

    def __attrs_post_init__(self) -> None:
        if bool(self.users) is (self.handle is not None):
            raise Unfit(RefusalCode.BAD_REQUEST, "profiles: users, or a handle")


@frozen(kw_only=True)
class ProfileOf:
    user: UserId
    name: str = ""
    handle: str = ""
    avatar: str = ""
    version: int
    """How often it has changed."""


@frozen(kw_only=True)
class ProfilesPage:
    tag: ClassVar[int] = 214
    profiles: tuple[ProfileOf, ...]
    """In the order asked; without those who have none."""
