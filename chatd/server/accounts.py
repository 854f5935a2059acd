"""What operators alone read of users: all of them, what the app has said of one, and all tokens."""

from __future__ import annotations

from chatd.codes import RefusalCode
from chatd.messages import (
    AskAttributes,
    AttributesOf,
    ListTokens,
    ListUsers,
    Refused,
    Token,
    TokensPage,
    User,
    UsersPage,
)
from chatd.model import Attributes, TokenRecord, UserRecord
from chatd.rooms.commands.tokens import public_id
from chatd.rooms.effects import Refusal, refused
from chatd.rooms.refusals import NO_USER
from chatd.server.loader import Loader, expect, expect_all
from chatd.storage.accounts import GetUsers
from chatd.storage.people import GetAttributes
from chatd.storage.queries import GetTokens, GetUser


async def users_page(loader: Loader, command: ListUsers) -> UsersPage:
    """Return all users, closed ones too, from behind a name. Raises StoreError."""
    [found] = await loader.read([GetUsers(after=command.after or "", limit=command.limit + 1)])
    rows = expect_all(found, UserRecord)
    users = tuple([User(user=row.user, created=row.created, closed=row.closed) for row in rows[: command.limit]])
    return UsersPage(users=users, more=len(rows) > command.limit)


async def tokens_page(loader: Loader, command: ListTokens) -> TokensPage | Refused:
    """Return all tokens from behind a public id. Raises StoreError."""
    try:
        after = bytes.fromhex(command.after or "")
    except ValueError:
        return refused(Refusal(RefusalCode.BAD_REQUEST, "after: a token's id expected"))
    # Past every hash that begins with the id, because the id is a prefix of the one already listed.
    beyond = after + b"\xff" * 24 if after else b""
    [found] = await loader.read([GetTokens(after=beyond, limit=command.limit + 1)])
    rows = expect_all(found, TokenRecord)
    tokens = tuple(
        Token(
            token=public_id(row.hash),
            user=row.user,
            created=row.created,
            expires=row.expires,
            revoked=row.revoked,
        )
        for row in rows[: command.limit]
    )
    return TokensPage(tokens=tokens, more=len(rows) > command.limit)


async def attributes_of(loader: Loader, command: AskAttributes) -> AttributesOf | Refused:
    """Return what the app has said of a user: nothing of one of whom it has not. Raises StoreError."""
    user, said = await loader.read([GetUser(command.user), GetAttributes(command.user)])
    if user is None:
        return refused(NO_USER)
    values = dict(expect(said, Attributes).values) if said is not None else {}
    return AttributesOf(user=command.user, attributes=values)
