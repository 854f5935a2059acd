"""What may stand under one key of a content: each rule as a test, and in the words that protocol 9.4 has for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import Attribute

from chatd import names
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import MENTIONS_MAX
from chatd.messages.fields import Unfit

_URL = re.compile(
    r"https://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?([/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?"
)
"""No user before the host: `https://shop.example@other.example/` leads elsewhere than it seems to (threat T23)."""
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
"""The restricted names of RFC 6838, in one spelling."""
_ID = re.compile(r"[!-~]+")
_CURRENCY = re.compile(r"[A-Z]{3}")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_LIST = (list,)
_TUPLE = (tuple,)


def unfit(text: str) -> Unfit:
    """Return the error of a content in which a key holds what it may not. `text` begins with that key."""
    return Unfit(RefusalCode.BAD_CONTENT, text)


def _unchanged(value: Any) -> Any:
    return value


@frozen
class Rule:
    """A validator of attrs. It takes exactly what it says: a bool is no integer, and a list no tuple."""

    says: str
    """As the tables of protocol 9.4 have it."""
    fits: Callable[[Any], bool]
    read: Callable[[Any], Any] = _unchanged
    """Turns what msgpack gave into what the field holds; what cannot be turned stays as it is, and does not fit."""

    def __call__(self, _: Any, attribute: Attribute[Any], value: Any) -> None:
        if not self.fits(value):
            raise unfit(f"{attribute.name}: {self.says} expected")

    def or_none(self) -> Rule:
        """Return the rule of a key that may be absent; nil means absent, too."""
        return Rule(
            self.says,
            lambda value: value is None or self.fits(value),
            lambda value: None if value is None else self.read(value),
        )


def _is_sized(value: Any, low: int, high: int) -> bool:
    """Return whether `value` is a string of `low`..`high` bytes of UTF-8."""
    return type(value) is str and (names.fits(value, high) or (not value and not low))


def _is_spoken(value: Any, bytes_max: int) -> bool:
    return _is_sized(value, 1, bytes_max) and not value.isspace()


def _are_distinct(values: tuple[str, ...]) -> bool:
    return len(dict.fromkeys(values)) == len(values)


def _listed(value: Any) -> Any:
    """Return a list of msgpack as the tuple that a field holds."""
    return tuple(value) if type(value) in _LIST else value


def whole(low: int, high: int) -> Rule:
    return Rule(f"int, {low}..{high}", lambda value: type(value) is int and low <= value <= high)


def text(low: int, high: int) -> Rule:
    """Return the rule of a string of so many bytes, whatever its characters."""
    return Rule(f"str, {low}..{high} bytes", lambda value: _is_sized(value, low, high))


def spoken(bytes_max: int) -> Rule:
    """Return the rule of a string that says something: more than white space."""
    return Rule(f"str, 1..{bytes_max} bytes, not blank", lambda value: _is_spoken(value, bytes_max))


def _matching(what: str, pattern: re.Pattern[str], bytes_max: int) -> Rule:
    """Return the rule of a string of ASCII, since that is all that `pattern` matches."""
    return Rule(
        f"str, {what} of 1..{bytes_max} bytes",
        lambda value: type(value) is str and len(value) <= bytes_max and pattern.fullmatch(value) is not None,
    )


def an_id(bytes_max: int) -> Rule:
    """Return the rule of what an app calls a thing of its own. Two ids that differ look different (threat T23)."""
    return _matching("an id", _ID, bytes_max)


def data(low: int, high: int) -> Rule:
    return Rule(
        f"bytes {low}" if low == high else f"bytes, {low}..{high}",
        lambda value: type(value) is bytes and low <= len(value) <= high,
    )


def choices(low: int, high: int, bytes_max: int) -> Rule:
    """Return the rule of what a poll lets its voters choose from."""
    return Rule(
        f"[str], {low}..{high}, distinct, each 1..{bytes_max} bytes, not blank",
        lambda values: (
            type(values) in _TUPLE
            and low <= len(values) <= high
            and all(_is_spoken(each, bytes_max) for each in values)
            and _are_distinct(values)
        ),
        _listed,
    )


def _are_names(values: Any) -> bool:
    return (
        type(values) in _TUPLE
        and len(values) <= MENTIONS_MAX
        and all(type(each) is str and names.is_name(each) for each in values)
        and _are_distinct(values)
    )


YES_OR_NO = Rule("bool", lambda value: type(value) is bool)
NO = Rule("bool, false", lambda value: value is False)
ANY_TEXT = Rule("str", lambda value: type(value) is str)
SOME_TEXT = Rule("str, not empty", lambda value: type(value) is str and value != "")
NAMES = Rule(f"[str], at most {MENTIONS_MAX} distinct names (9.8)", _are_names, _listed)
A_NAME = Rule("str, a name (9.8)", lambda value: type(value) is str and names.is_name(value))
URL = _matching("a URL", _URL, 2048)
MEDIA_TYPE = _matching("a media type", _MEDIA_TYPE, 128)
WORD = _matching("a word", _WORD, 32)
CURRENCY = Rule("str, 3 capital letters", lambda value: type(value) is str and _CURRENCY.fullmatch(value) is not None)
