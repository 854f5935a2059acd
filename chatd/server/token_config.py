"""What an operator says of the tokens that the embedding app signs (protocol 3.14)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, ClassVar

from cyclopts import Parameter

from chatd.frozen import frozen
from chatd.limits import LEEWAY_S_MAX
from chatd.server.checks import require, within

ALGORITHMS = ("HS256", "EdDSA")
"""By which a token may be signed: a secret that the app and this server share, or a key pair of which the app alone has
the private half. Each key is good for one of them."""
KEYS_MAX = 16
KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@frozen
class NamedKey:
    kid: str
    algorithm: str
    file: Path


@frozen(kw_only=True)
class TokenConfig:
    group: ClassVar[str] = "tokens."
    keys: Annotated[tuple[str, ...], Parameter(negative=())] = ()
    """KID:ALGORITHM:FILE of each key by which the app signs tokens, at most 16. HS256: 32 to 64 random bytes in base64;
    EdDSA: an Ed25519 public key, PEM."""
    keys_file: Path | None = None
    """A file that names such keys too, one a line, and is read again while the daemon runs: at SIGHUP, and when a token
    names a key that is not known. FILE may be relative to its folder; a line may begin with # and is ignored then."""
    audience: str = ""
    """What the `aud` of a signed token must name. Empty: a token that has an `aud` is meant for somebody else."""
    leeway_s: int = within(30, 0, LEEWAY_S_MAX)
    """How far the clock of who signs may be off."""
    life_s_max: int = within(86_400, 60, 366 * 86_400)
    """The longest time from when a signed token was issued to its end."""

    def __attrs_post_init__(self) -> None:
        self.named()

    def named(self, listed: tuple[NamedKey, ...] = ()) -> tuple[NamedKey, ...]:
        """Return where each key is to be found, those that `keys_file` lists among them. Raises ConfigError."""
        named = (*[named_key(text) for text in self.keys], *listed)
        require(len(named) <= KEYS_MAX, f"tokens.keys: at most {KEYS_MAX} expected")
        require(len({key.kid for key in named}) == len(named), "tokens.keys: two have the same KID")
        return named


def named_key(text: str) -> NamedKey:
    """Return what KID:ALGORITHM:FILE names. Raises ConfigError."""
    kid, _, rest = text.partition(":")
    algorithm, _, file = rest.partition(":")
    require(bool(KEY_ID.fullmatch(kid)) and bool(file), f"tokens.keys: {text!r} is no KID:ALGORITHM:FILE")
    require(algorithm in ALGORITHMS, f"tokens.keys: {kid}: {algorithm!r} is none of {', '.join(ALGORITHMS)}")
    return NamedKey(kid, algorithm, Path(file))
