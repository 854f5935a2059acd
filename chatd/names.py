"""Which texts may stand as the name of a user or a device, and which as a title. Floor 1: both ends ask it.

Forbidden are control and format characters, because a name is printed beside what others wrote: a right-to-left
override or an escape sequence in it forges the line (threats T22, T23). Which strings two people could confuse
is a question for handles and display names, not for these opaque identifiers.
"""

from __future__ import annotations

import unicodedata

NAME_BYTES_MAX = 64
TITLE_BYTES_MAX = 512

_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _fits(text: str, bytes_max: int) -> bool:
    """Return whether `text` is encodable and 1..`bytes_max` bytes long. The first test bounds the encoding's cost."""
    if not 0 < len(text) <= bytes_max:
        return False
    try:
        return len(text.encode()) <= bytes_max
    except UnicodeEncodeError:
        return False


def is_name(text: str) -> bool:
    """Return whether `text` may name a user or a device: 1-64 bytes, no white space, control or format characters."""
    return _fits(text, NAME_BYTES_MAX) and not any(
        char.isspace() or unicodedata.category(char) in (*_UNPRINTABLE, "Cf") for char in text
    )


def is_title(text: str) -> bool:
    """Return whether `text` may be a title: 1-512 bytes of UTF-8, not blank, no control characters or bidi marks.

    Joiners (U+200D) stay allowed: emoji need them.
    """
    return (
        _fits(text, TITLE_BYTES_MAX)
        and not text.isspace()
        and not any(char in _BIDI or unicodedata.category(char) in _UNPRINTABLE for char in text)
    )
