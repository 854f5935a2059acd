"""How a call proves whence it comes: HMAC-SHA-256 over id, timestamp and body, in the shape of Standard Webhooks."""

from __future__ import annotations

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import blake2b

SECRET_PREFIX = "whsec_"
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
ID_BYTES = 16


def secret_of(text: str) -> bytes:
    """Return the secret that `text` writes in base64, with `whsec_` before it or not. Raises ValueError.

    What is raised says nothing of the text.
    """
    try:
        secret = b64decode(text.strip().removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("no base64") from None
    if not SECRET_BYTES_MIN <= len(secret) <= SECRET_BYTES_MAX:
        raise ValueError(f"{SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes expected")
    return secret


def call_id(*parts: bytes) -> str:
    """Return the name of a call: the same for equal parts, for ever. No two lists of parts run into each other."""
    hashed = blake2b(digest_size=ID_BYTES)
    for part in parts:
        hashed.update(len(part).to_bytes(4, "big") + part)
    return f"msg_{hashed.hexdigest()}"


def headers(secrets: Sequence[bytes], name: str, attempt: int, now_ms: int, body: bytes) -> list[tuple[str, str]]:
    """Return the headers by which a receiver knows a call, and that it is ours: a signature by each secret."""
    timestamp = now_ms // 1000
    signed = f"{name}.{timestamp}.".encode() + body
    signatures = [b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets]
    return [
        ("webhook-id", name),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", " ".join(f"v1,{signature}" for signature in signatures)),
        ("webhook-attempt", str(attempt)),
    ]
