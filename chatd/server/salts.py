"""The random bytes that come with every proposal."""

from __future__ import annotations

import os

from attrs import define

from chatd.chain import SALT_BYTES

SALTS_A_DRAW = 256
"""A draw from the system lets other threads have the interpreter: one a post was a third of what a session does."""


@define(eq=False)
class Salts:
    """Draws from the system's source for cryptographic use, many salts at once, and gives each of them out once."""

    _drawn: bytes = b""
    _given: int = 0

    def __call__(self) -> bytes:
        """Return SALT_BYTES (16) random bytes that nobody was given before."""
        start = self._given
        if start == len(self._drawn):
            self._drawn = os.urandom(SALTS_A_DRAW * SALT_BYTES)
            start = 0
        self._given = start + SALT_BYTES
        return self._drawn[start : self._given]
