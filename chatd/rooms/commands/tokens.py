"""Bearer tokens, as operators issue and revoke them. A secret never reaches the server: its hash does."""

from __future__ import annotations

from attrs import evolve

from chatd.codes import RefusalCode
from chatd.messages import IssueToken, RevokeToken
from chatd.model import Item, Record, TokenRecord, UserRecord
from chatd.rooms import operators
from chatd.rooms.effects import Actor, Loaded, Refusal
from chatd.rooms.refusals import CLOSED_NAME

ID_BYTES = 8


def public_id(hashed: bytes) -> str:
    """Return what names a token in lists and logs: it says nothing of the secret."""
    return hashed[:ID_BYTES].hex()


def prefix(token: str) -> bytes:
    """Return the bytes of a public id; of a text that is none, bytes that no token has."""
    try:
        found = bytes.fromhex(token)
    except ValueError:
        return b""
    return found if len(found) == ID_BYTES else b""


def issue(command: IssueToken, now: int, *, known: bool) -> Item:
    """Return what makes a token valid. A user exists from the first token on."""
    expires = None if command.ttl_s is None else now + command.ttl_s * 1000
    token = TokenRecord(hash=command.hash, user=command.user, created=now, expires=expires)
    records: tuple[Record, ...] = (token,)
    return Item(records=records if known else (UserRecord(user=command.user, created=now), token))


def revoke(token: TokenRecord) -> Item:
    """Return what ends a token, for ever. Repeating it changes nothing."""
    return Item(records=(evolve(token, revoked=True),))


def decide(
    actor: Actor, command: IssueToken | RevokeToken, loaded: Loaded, now: int, salt: bytes
) -> Item | Refusal | None:
    """Return what a command on a token commits, with its entry of the audit; None: there is nothing to do."""
    token = loaded.token
    if isinstance(command, IssueToken):
        if token is not None and token.hash == command.hash:
            # Put again, a token that was revoked meanwhile would be valid again.
            return None
        user = loaded.users.get(command.user)
        if user is not None and user.closed is not None:
            return CLOSED_NAME
        item, hashed = issue(command, now, known=user is not None), command.hash
    elif token is not None:
        item, hashed = revoke(token), token.hash
    else:
        return Refusal(RefusalCode.UNKNOWN_TOKEN, "no such token")
    return operators.token_audited(item, actor, command, hashed, public_id(hashed), now, salt)
