"""What users may call themselves: display names by the PRECIS profile Nickname (RFC 8266), handles by the profile
UsernameCaseMapped (RFC 8265), and when two handles look alike (UTS 39).

No library gives the skeletons of UTS 39, but one has its table: which characters are confused with which. Every group
of such characters has one that stands for it, so two strings look alike where they become the same.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any

from precis_i18n import get_profile

from chatd.limits import DISPLAY_BYTES_MAX, HANDLE_BYTES_MAX, HANDLE_CHARS_MIN

_MARK = "\u200e"
_NICKNAME = get_profile("NicknameCasePreserved")
_USERNAME = get_profile("UsernameCaseMapped")


def display_name(text: str) -> str | None:
    """Return `text` as a display name: spaces tidied, in normal form C; None where it can be none."""
    return _enforced(_NICKNAME, text, DISPLAY_BYTES_MAX)


def handle(text: str) -> str | None:
    """Return `text` as a handle: in lower case and normal form C; None where it can be none."""
    found = _enforced(_USERNAME, text, HANDLE_BYTES_MAX)
    return found if found is not None and len(found) >= HANDLE_CHARS_MIN else None


def _enforced(profile: Any, text: str, bytes_max: int) -> str | None:
    try:
        enforced: str = profile.enforce(text)
    except UnicodeEncodeError:
        return None
    return enforced if len(enforced.encode()) <= bytes_max else None


def skeleton(text: str) -> str:
    """Return what all handles that look like `text` have in common."""
    plain = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFD", "".join(_stands_for(char) for char in plain)).casefold()


@cache
def _table() -> dict[str, list[dict[str, str]]]:
    """Read when the first handle is asked for: 10 MB that a server without handles does not need."""
    from confusable_homoglyphs import confusables  # type: ignore[import-untyped]  # noqa: PLC0415

    table: dict[str, list[dict[str, str]]] = confusables.confusables_data
    return table


def _near(char: str) -> list[str]:
    """Return what the table says is confused with `char`. It sets marks of direction around some characters."""
    found = _table().get(char) or _table().get(f"{_MARK}{char}{_MARK}") or ()
    return [each["c"].strip(_MARK) for each in found]


@cache
def _stands_for(char: str) -> str:
    """Return what stands for the group of `char`. For what stands for a group the table has all others of it, for each
    of these that one alone. Of two that have nothing but each other, either would do."""
    near = _near(char)
    if len(near) != 1:
        return char
    [other] = near
    if len(other) > 1:
        return "".join(_stands_for(each) for each in unicodedata.normalize("NFD", other) if each != char)
    return min(char, other) if len(_near(other)) <= 1 else other
