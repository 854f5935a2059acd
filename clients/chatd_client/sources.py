"""Where time and chance come in, so that a test can put its own in their place; and the keys made from them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from attrs import frozen

from chatd.model import Key

_UNIT = 2**53


def _chance() -> float:
    return secrets.randbelow(_UNIT) / _UNIT


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


@frozen(kw_only=True)
class Sources:
    """What a chat takes from the world beside its streams. Sleeping and timeouts go by the event loop's clock."""

    chance: Callable[[], float] = _chance
    """Returns a number within 0 <= x < 1: the jitter."""
    wall_ms: Callable[[], int] = _wall_ms
    """Returns milliseconds since 1970: the time in a key."""
    entropy: Callable[[int], bytes] = secrets.token_bytes
    """Returns that many random bytes: the rest of a key."""

    def key(self) -> Key:
        """Return a new key: a UUID of version 7 (RFC 9562), so keys sort by time."""
        random = int.from_bytes(self.entropy(10), "big")
        value = (self.wall_ms() & (2**48 - 1)) << 80 | random
        value = value & ~(0xF << 76) | 0x7 << 76
        value = value & ~(0x3 << 62) | 0x2 << 62
        return value.to_bytes(16, "big")
