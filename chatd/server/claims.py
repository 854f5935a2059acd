"""What a token says that the app has signed. Nothing here needs the cryptography, which only who uses it installs."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import cast

from chatd.frozen import frozen
from chatd.model import Attribute, UserId
from chatd.server.errors import ConfigError
from chatd.server.token_config import TokenConfig

NEEDED = ("jwt", "cryptography")


@frozen(kw_only=True)
class Claims:
    """What is known of who brings a token whose signature holds, and which is good now."""

    user: UserId
    issued_ms: int
    expires_ms: int
    """When it is good no more, by the clock of this server: the leeway has been added."""
    attributes: tuple[tuple[str, Attribute], ...] = ()
    """What the app says of the user, by name."""


class BadToken(Exception):
    """A token that lets nobody in. `str()` says why, and quotes nothing of it: it is for the operator's log alone."""


class UnknownKey(BadToken):
    """It names a key that is not known, or not yet."""


Verify = Callable[[str, int], Claims]
"""Returns what a token says at a time in ms. Raises BadToken and nothing else, whatever the text is. Never blocks."""


def has_cryptography() -> bool:
    """Return whether what checks signatures is installed."""
    return all(importlib.util.find_spec(name) is not None for name in NEEDED)


def verifier_of(config: TokenConfig) -> Verify | None:
    """Return what checks signed tokens; None where the app signs none, and nothing is loaded for it then.

    Reads the files of the keys. Raises ConfigError, which tells no secret.
    """
    if not config.keys and config.keys_file is None:
        return None
    if not has_cryptography():
        raise ConfigError("tokens.keys: they need more than is installed: pip install 'chatd[tokens]'")
    return read_verifier(config)


def read_verifier(config: TokenConfig) -> Verify:
    """Return what checks signed tokens by the keys as they are now. Raises ConfigError, which tells no secret."""
    signed = importlib.import_module("chatd.server.signed")
    return cast("Verify", signed.read_signed(config).read)
