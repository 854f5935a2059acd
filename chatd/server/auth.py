"""Who a hello is from. Tokens are looked up by their hash; the secret is never kept, logged or compared in parts."""

from __future__ import annotations

from hashlib import blake2b

from chatd.chain import HASH_BYTES
from chatd.codes import CloseCode
from chatd.frozen import frozen
from chatd.limits import VERSION
from chatd.messages import Hello
from chatd.model import TokenRecord, UserId, UserRecord
from chatd.names import is_name
from chatd.server.core import Core
from chatd.storage.base import StoreError
from chatd.storage.queries import GetToken, GetUser


@frozen
class Granted:
    user: UserId
    token: bytes | None = None
    expires_ms: int | None = None
    created: int = 0
    """When the user's account was made; 0: nobody knows, and it counts as old."""


@frozen
class Denied:
    code: CloseCode
    text: str


_DENIED = Denied(CloseCode.UNAUTHENTICATED, "these credentials are not accepted")
_NO_ANSWER = Denied(CloseCode.INTERNAL, "the store did not answer")


def token_hash(secret: str) -> bytes:
    """Return what is stored of a token. A secret of 256 random bits needs no slow hash: there is nothing to guess."""
    return blake2b(secret.encode(), digest_size=HASH_BYTES).digest()


async def authenticate(hello: Hello, core: Core, *, operators: bool) -> Granted | Denied:
    """Return who the hello is from, or why nobody. What it is wrong with a token is not told."""
    if hello.version != VERSION:
        return Denied(CloseCode.UNSUPPORTED_VERSION, f"this server speaks version {VERSION}")
    if operators:
        return Granted("") if hello.scheme == "operator" else _DENIED
    if hello.scheme == "dev" and core.config.dev and is_name(hello.credential):
        return Granted(hello.credential)
    if hello.scheme == "token":
        return await _by_token(token_hash(hello.credential), core)
    return _DENIED


async def _by_token(hashed: bytes, core: Core) -> Granted | Denied:
    """Look a token up. One revoked while the look-up is under way is refused: there is no await after the last look."""
    with core.signals.watch_token(hashed) as watch:
        try:
            [found] = await core.loader.read([GetToken(hashed)])
            owner = found.user if isinstance(found, TokenRecord) else ""
            [account] = await core.loader.read([GetUser(owner)])
        except StoreError:
            return _NO_ANSWER
        if not isinstance(found, TokenRecord) or found.revoked or watch.revoked:
            return _DENIED
        if found.expires is not None and found.expires <= core.now():
            return _DENIED
        created = account.created if isinstance(account, UserRecord) else 0
        return Granted(found.user, hashed, found.expires, created)
