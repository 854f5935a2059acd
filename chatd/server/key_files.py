"""The keys by which the app signs tokens, each in a file of its own that nobody else may read or write."""

from __future__ import annotations

import binascii
import os
import stat
from base64 import b64decode
from pathlib import Path
from typing import Literal

from attrs import evolve, field
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chatd.frozen import frozen
from chatd.server.errors import ConfigError
from chatd.server.token_config import NamedKey, named_key

KEY_FILE_BYTES_MAX = 4096
LIST_BYTES_MAX = 64 * 1024
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


def read_list(file: Path) -> tuple[NamedKey, ...]:
    """Return the keys that a file names, one a line; theirs are relative to its folder. Raises ConfigError."""
    try:
        text = _bytes(file, OTHERS_WRITE, LIST_BYTES_MAX + 1).decode()
    except ValueError as error:
        raise ConfigError(f"tokens.keys_file: {file}: {error}") from None
    if len(text) > LIST_BYTES_MAX:
        raise ConfigError(f"tokens.keys_file: {file}: at most {LIST_BYTES_MAX} bytes")
    lines = [line.strip() for line in text.splitlines()]
    named = [named_key(line) for line in lines if line and not line.startswith("#")]
    return tuple([evolve(each, file=file.parent / each.file) for each in named])


def _text(named: NamedKey, forbidden: int) -> bytes:
    try:
        return _bytes(named.file, forbidden, KEY_FILE_BYTES_MAX)
    except ValueError as error:
        raise _wrong(named, str(error)) from None


def _bytes(file: Path, forbidden: int, most: int) -> bytes:
    """Return the first bytes of a file. Raises ValueError, which says why not, also where others may get at it."""
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(most)
    except OSError as error:
        raise ValueError(type(error).__name__) from None
    if mode & forbidden:
        raise ValueError(f"others may get at it (mode {stat.S_IMODE(mode):04o}): let its owner alone, 0600")
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
