"""Who a hello is from. Secrets are looked up by their hash; none is ever kept, logged or compared in parts."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from chatd.chain import HASH_BYTES
from chatd.codes import CloseCode
from chatd.frozen import frozen
from chatd.limits import VERSION
from chatd.messages import CreateUser, Hello
from chatd.model import Attribute, UserId, UserRecord
from chatd.names import SYSTEM, is_name
from chatd.server.claims import BadToken, Claims, UnknownKey, Verify
from chatd.server.core import Core
from chatd.server.inner import carry_out
from chatd.storage.accounts import Bearer, GetBearer
from chatd.storage.base import StoreError
from chatd.storage.queries import GetUser

CONTROL = "control"
"""What operators are called who came through DIR/control.sock."""


@frozen
class Granted:
    user: UserId
    token: bytes | None = None
    expires_ms: int | None = None
    created: int = 0
    """When the user's account was made; 0: nobody knows, and it counts as old."""
    credential: str = ""
    """Of an operator: by what name the audit knows them."""
    issued_ms: int | None = None
    """When the token was made; None of who comes without one."""
    claims: tuple[tuple[str, Attribute], ...] = ()
    """What the app says of the user in a token that it has signed, by name."""


@frozen
class Denied:
    code: CloseCode
    text: str


_DENIED = Denied(CloseCode.UNAUTHENTICATED, "these credentials are not accepted")
_NO_ANSWER = Denied(CloseCode.INTERNAL, "the store did not answer")


def token_hash(secret: str) -> bytes:
    """Return what is stored of a token. A secret of 256 random bits needs no slow hash: there is nothing to guess."""
    return blake2b(secret.encode(), digest_size=HASH_BYTES).digest()


async def authenticate(
    hello: Hello, core: Core, *, operators: bool, credentials: Mapping[bytes, str] | None = None
) -> Granted | Denied:
    """Return who the hello is from, or why nobody. What is wrong with a token is not told.

    `operators` says that nobody else comes this way; `credentials` has the names of those who may by the hashes of
    their secrets, None where whoever can connect may.
    """
    if hello.version != VERSION:
        return Denied(CloseCode.UNSUPPORTED_VERSION, f"this server speaks version {VERSION}")
    if operators:
        return _operator(hello, credentials)
    if hello.scheme == "dev" and core.config.dev and is_name(hello.credential):
        return Granted(hello.credential)
    if hello.scheme == "token":
        return await _by_token(token_hash(hello.credential), core)
    if hello.scheme == "signed" and core.verify is not None:
        return await _by_signature(hello.credential, core.verify, core)
    return _DENIED


def _operator(hello: Hello, credentials: Mapping[bytes, str] | None) -> Granted | Denied:
    name = CONTROL if credentials is None else credentials.get(token_hash(hello.credential))
    return _DENIED if hello.scheme != "operator" or name is None else Granted(SYSTEM, credential=name)


async def _by_token(hashed: bytes, core: Core) -> Granted | Denied:
    """Look a token up. One revoked while the look-up is under way, or whose user was closed, is refused: there is no
    await after the last look."""
    with core.signals.watch_token(hashed) as watch:
        try:
            found = await _look_up(GetBearer(hashed), core)
        except StoreError:
            return _NO_ANSWER
        if not isinstance(found, Bearer) or found.token.revoked or watch.revoked or found.user.closed is not None:
            return _DENIED
        token, user = found.token, found.user
        if (token.expires is not None and token.expires <= core.now()) or token.created <= user.revoked_until:
            return _DENIED
        return Granted(token.user, hashed, token.expires, user.created, issued_ms=token.created)


async def _by_signature(credential: str, verify: Verify, core: Core) -> Granted | Denied:
    """Believe what the app has signed (protocol 3.14). There is no await after the last look, as with other tokens."""
    try:
        claims = await _claims(credential, verify, core)
        user = await _user(claims.user, core)
    except BadToken as error:
        core.log.debug("token refused", why=str(error))
        return _DENIED
    except StoreError:
        return _NO_ANSWER
    if user is None:
        return _NO_ANSWER
    if user.closed is not None or claims.issued_ms <= user.revoked_until:
        return _DENIED
    return Granted(
        user.user, None, claims.expires_ms, user.created, issued_ms=claims.issued_ms, claims=claims.attributes
    )


async def _claims(credential: str, verify: Verify, core: Core) -> Claims:
    """Return what a token says. One by a key that is new is judged again once the keys were read. Raises BadToken."""
    try:
        return verify(credential, core.now())
    except UnknownKey:
        if core.keyring is None or not await core.keyring.look_again():
            raise
    return verify(credential, core.now())


async def _user(name: UserId, core: Core) -> UserRecord | None:
    """Return what is on record of a user, who exists from now on; None where that could not be committed."""
    found = await _look_up(GetUser(name), core)
    if found is None and not core.journal.full:
        await carry_out(core, CreateUser(key=core.router.judge.salts(), user=name))
        found = await _look_up(GetUser(name), core)
    return found if isinstance(found, UserRecord) else None


async def _look_up(query: GetBearer | GetUser, core: Core) -> object:
    """Return what is known of who comes, read again where anybody was closed meanwhile. Raises StoreError."""
    while True:
        before = core.signals.closings
        [found] = await core.loader.read([query])
        if core.signals.closings == before:
            return found
