"""Whom a user does not want to hear of, and whom they know. Others learn nothing of what is asked here (A8)."""

from __future__ import annotations

from typing import ClassVar

from attrs import field

from chatd.frozen import frozen
from chatd.messages.fields import a_name, command_key, within
from chatd.model import ContactList, Key, UserId


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
