"""The embedding app, where it signs tokens: keys that are the same in every run, and what is made with them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chatd.server.key_files import Key
from chatd.server.signed import Signed
from chatd.server.token_config import TokenConfig

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"the app keeps this to itself....")
FOREIGN = Ed25519PrivateKey.from_private_bytes(b"and this one belongs to others..")
SECRET = b"the app and the server know this"


def public() -> Ed25519PublicKey:
    return PRIVATE.public_key()


def keys() -> dict[str, Key]:
    """Return the keys by which the server knows the app: `pair` and `shared`."""
    return {"pair": Key("EdDSA", public()), "shared": Key("HS256", SECRET)}


VERIFY = Signed(keys(), TokenConfig(leeway_s=0)).read
"""What a server checks the app's tokens with, as the tests of whole conversations use it."""


def sign(user: object, now_s: int, ttl_s: int = 60, **claims: Any) -> str:
    """Return a token for `user`, who has it from `now_s` on; a claim that is None is left out."""
    said = {"sub": user, "iat": now_s, "exp": now_s + ttl_s} | claims
    said = {name: value for name, value in said.items() if value is not None}
    return forged({"alg": "EdDSA", "kid": "pair"}, said)


def signed(text: str, now_s: int) -> str:
    """Return the token that a dialogue writes as USER@SECONDS; any other text as it stands."""
    user, at, ttl_s = text.partition("@")
    return sign(user, now_s, int(ttl_s)) if at else text


def part(value: object) -> str:
    """Return one part of a token: JSON text as it stands, or what `value` is in JSON."""
    text = value if isinstance(value, str) else json.dumps(value)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def forged(header: object, payload: object, key: Ed25519PrivateKey = PRIVATE) -> str:
    """Return whatever a header and a payload are written as, with a signature that holds."""
    said = f"{part(header)}.{part(payload)}"
    return f"{said}.{urlsafe_b64encode(key.sign(said.encode())).decode().rstrip('=')}"
