"""The keys by which the app signs tokens, each in a file of its own that nobody else may read or write."""

from __future__ import annotations

import binascii
import os
import stat
from base64 import b64decode
from typing import Literal

from attrs import field
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chatd.frozen import frozen
from chatd.server.errors import ConfigError
from chatd.server.token_config import NamedKey

KEY_FILE_BYTES_MAX = 4096
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 32, 64
"""HS256 is as strong as its secret is long, up to the block of SHA-256 (RFC 7518, section 3.2)."""
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
"""Who may write the file of a key lets in whomever they like, as anybody."""


@frozen
class Key:
    """Good for one algorithm: a text that was meant as a public key never serves as a shared secret."""

    algorithm: Literal["HS256", "EdDSA"]
    value: bytes | Ed25519PublicKey = field(repr=False)


def read_key(named: NamedKey) -> Key:
    """Return the key in a file. Raises ConfigError, which tells no secret, also where others may get at the file."""
    shared = named.algorithm == "HS256"
    text = _text(named, stat.S_IROTH | OTHERS_WRITE if shared else OTHERS_WRITE)
    return Key("HS256", _secret(named, text)) if shared else Key("EdDSA", _public(named, text))


def _text(named: NamedKey, forbidden: int) -> bytes:
    try:
        with named.file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(KEY_FILE_BYTES_MAX)
    except OSError as error:
        raise _wrong(named, type(error).__name__) from None
    if mode & forbidden:
        raise _wrong(named, f"others may get at it (mode {stat.S_IMODE(mode):04o}): let its owner alone, 0600")
    return text


def _secret(named: NamedKey, text: bytes) -> bytes:
    try:
        secret = b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong(named, "no base64") from None
    if not SECRET_BYTES_MIN <= len(secret) <= SECRET_BYTES_MAX:
        raise _wrong(named, f"{SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes in base64 expected")
    return secret


def _public(named: NamedKey, text: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise _wrong(named, "no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise _wrong(named, "an Ed25519 key expected")
    return key


def _wrong(named: NamedKey, text: str) -> ConfigError:
    return ConfigError(f"tokens.keys: {named.kid}: {named.file}: {text}")
