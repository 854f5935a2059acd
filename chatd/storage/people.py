"""What may be read of users and of what they have to do with each other: a part of `queries`."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.model import ContactList, UserId


@frozen
class GetAttributes:
    """Answered with the `Attributes` of a user; None of one of whom the app has said nothing."""

    user: UserId


@frozen
class GetTies:
    """Answered with the `Ties` of `user` to `other`."""

    user: UserId
    other: UserId


@frozen(kw_only=True)
class CountBlocks:
    """Answered with how many users (`int`) a user has blocked."""

    user: UserId


@frozen(kw_only=True)
class GetContacts:
    """The users of a list, ascending by their UTF-8 bytes, beyond `after`: a tuple of `str`."""

    user: UserId
    which: ContactList
    after: UserId
    limit: int


@frozen
class GetProfile:
    """Answered with `Profile | None`."""

    user: UserId


@frozen
class FindHandle:
    """Answered with the `Profile | None` of who has a handle with this skeleton."""

    skeleton: str


PeopleQuery = GetAttributes | GetTies | CountBlocks | GetContacts | GetProfile | FindHandle
