"""Which texts may stand as the name of a user or a device, and which as a title. Floor 1: both ends ask it.

Forbidden are control and format characters, because a name is printed beside what others wrote: a right-to-left
override or an escape sequence in it forges the line (threats T22, T23). Which strings two people could confuse
is a question for handles and display names, not for these opaque identifiers.
"""

from __future__ import annotations

import unicodedata

NAME_BYTES_MAX = 64
SYSTEM = ""
"""The sender of what operators and the server itself commit. It is no name, so no user can have it."""
TITLE_BYTES_MAX = 512

EMOJI_BYTES_MAX = 32

_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
_JOINER = "\u200d"
_TAGS = ("\U000e0020", "\U000e007f")
"""The characters of which flags of regions are made (https://www.unicode.org/reports/tr51/, emoji tag sequences)."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def fits(text: str, bytes_max: int) -> bool:
    """Return whether `text` is encodable and 1..`bytes_max` bytes long. The first test bounds the encoding's cost."""
    if not 0 < len(text) <= bytes_max:
        return False
    try:
        return len(text.encode()) <= bytes_max
    except UnicodeEncodeError:
        return False


def is_name(text: str) -> bool:
    """Return whether `text` may name a user or a device: 1-64 bytes, no white space, control or format characters."""
    return fits(text, NAME_BYTES_MAX) and not any(
        char.isspace() or unicodedata.category(char) in (*_UNPRINTABLE, "Cf") for char in text
    )


def is_title(text: str) -> bool:
    """Return whether `text` may be a title: 1-512 bytes of UTF-8, not blank, no control characters or bidi marks.

    Joiners (U+200D) stay allowed: emoji need them.
    """
    return (
        fits(text, TITLE_BYTES_MAX)
        and not text.isspace()
        and not any(char in _BIDI or unicodedata.category(char) in _UNPRINTABLE for char in text)
    )


def is_emoji(text: str) -> bool:
    """Return whether `text` may be a reaction: 1-32 bytes, no white space, control or format characters.

    Of the latter those are allowed that emoji are joined and flags are made with. Which strings are emoji changes from
    year to year, so it is not asked.
    """
    return fits(text, EMOJI_BYTES_MAX) and not any(
        char.isspace() or (unicodedata.category(char) in (*_UNPRINTABLE, "Cf") and not _joins(char)) for char in text
    )


def _joins(char: str) -> bool:
    return char == _JOINER or _TAGS[0] <= char <= _TAGS[1]
