"""What may stand in a field: the error of a body that does not fit, and the validators that raise it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from attrs import Attribute

from chatd import names, words
from chatd.chain import KEY_BYTES, ROOM_BYTES, SHORT_HASH_BYTES
from chatd.codes import RefusalCode
from chatd.limits import SEQ_MAX
from chatd.rights import SWITCHED, Feature

Validator = Callable[[Any, "Attribute[Any]", Any], None]

WORD = re.compile(r"[a-z][a-z0-9_]{0,31}")
"""What names a thing of the app's own choice (protocol 9.4.1)."""
USERS_PER_CALL_MAX = 100
SUBSCRIBE_ROOMS_MAX = 512


class Unfit(ValueError):
    """A field holds what its clause in protocol.md does not allow. `str()` says which, for people."""

    def __init__(self, code: RefusalCode, text: str) -> None:
        super().__init__(text)
        self.code = code


def exact_bytes(size: int) -> Validator:
    """Return a validator: exactly `size` bytes."""

    def check(_: Any, attribute: Attribute[Any], value: bytes | None) -> None:
        if value is not None and len(value) != size:
            raise Unfit(
                RefusalCode.BAD_REQUEST,
                f"{attribute.name}: {size} bytes expected, {len(value)} given",
            )

    return check


def within(low: int, high: int) -> Validator:
    """Return a validator: a number from `low` to `high`, both allowed."""

    def check(_: Any, attribute: Attribute[Any], value: int | None) -> None:
        if value is not None and not low <= value <= high:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: {value} is not within {low}..{high}")

    return check


def at_most(most: int) -> Validator:
    """Return a validator: a list of at most `most` values; more is TOO_LARGE."""

    def check(_: Any, attribute: Attribute[Any], value: tuple[Any, ...]) -> None:
        if len(value) > most:
            raise Unfit(
                RefusalCode.TOO_LARGE,
                f"{attribute.name}: {len(value)} given, at most {most} allowed",
            )

    return check


def ascending(below: int) -> Validator:
    """Return a validator: numbers from 0 to `below` - 1, each greater than the one before."""

    def check(_: Any, attribute: Attribute[Any], value: tuple[int, ...]) -> None:
        ordered = all(low < high for low, high in pairwise(value))
        if not ordered or (value and not 0 <= value[0] <= value[-1] < below):
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: not ascending within 0..{below - 1}")

    return check


def text_within(bytes_max: int) -> Validator:
    """Return a validator: at most `bytes_max` bytes of UTF-8; more is TOO_LARGE, what is no UTF-8 BAD_REQUEST."""

    def check(_: Any, attribute: Attribute[Any], value: str) -> None:
        try:
            size = len(value.encode())
        except UnicodeEncodeError as error:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: not encodable as UTF-8") from error
        if size > bytes_max:
            raise Unfit(RefusalCode.TOO_LARGE, f"{attribute.name}: over {bytes_max} bytes")

    return check


def a_name(_: Any, attribute: Attribute[Any], value: str | None) -> None:
    if value is not None and not names.is_name(value):
        raise Unfit(RefusalCode.BAD_NAME, f"{attribute.name}: not a name")


def all_names(_: Any, attribute: Attribute[Any], value: tuple[str, ...]) -> None:
    for each in value:
        a_name(_, attribute, each)


def a_word(_: Any, attribute: Attribute[Any], value: str) -> None:
    if not WORD.fullmatch(value):
        raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: a word expected")


def switched(_: Any, attribute: Attribute[Any], value: tuple[Feature, ...] | None) -> None:
    for each in value or ():
        if each not in SWITCHED:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: {each.value} cannot be turned off")


def an_emoji(_: Any, attribute: Attribute[Any], value: str | None) -> None:
    if value is None or names.is_emoji(value):
        return
    if len(value.encode("utf-8", "surrogatepass")) > names.EMOJI_BYTES_MAX:
        raise Unfit(RefusalCode.TOO_LARGE, f"{attribute.name}: over {names.EMOJI_BYTES_MAX} bytes")
    raise Unfit(RefusalCode.BAD_EMOJI, f"{attribute.name}: not an emoji")


def a_query(_: Any, attribute: Attribute[Any], value: str) -> None:
    try:
        words.terms(value)
    except words.BadQuery as error:
        large = isinstance(error, words.LargeQuery)
        raise Unfit(RefusalCode.TOO_LARGE if large else RefusalCode.BAD_QUERY, f"{attribute.name}: {error}") from error


def a_title(_: Any, attribute: Attribute[Any], value: str) -> None:
    if not names.is_title(value):
        raise Unfit(RefusalCode.BAD_TITLE, f"{attribute.name}: not a title")


room_id = exact_bytes(ROOM_BYTES)
command_key = exact_bytes(KEY_BYTES)
a_seq = within(0, SEQ_MAX)
an_entry = within(1, SEQ_MAX)
"""The seq of an entry that is acted on."""
a_wait = within(0, SEQ_MAX)
"""Milliseconds until somebody may come again."""
user_list = [at_most(USERS_PER_CALL_MAX), all_names]


def cursor_triples(_: Any, attribute: Attribute[Any], value: tuple[Any, ...]) -> None:
    """A flat list room, seq, h8, room, seq, h8, ...: three values a room cost no container each."""
    if len(value) % 3 or len(value) > 3 * SUBSCRIBE_ROOMS_MAX:
        raise Unfit(
            RefusalCode.BAD_REQUEST,
            f"{attribute.name}: triples expected, at most {SUBSCRIBE_ROOMS_MAX}",
        )
    for room, seq, h8 in zip(value[::3], value[1::3], value[2::3], strict=True):
        if type(room) is not bytes or type(seq) is not int or type(h8) is not bytes:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: room, seq and h8 expected")
        if len(room) != ROOM_BYTES or not 0 <= seq <= SEQ_MAX or len(h8) != SHORT_HASH_BYTES:
            raise Unfit(RefusalCode.BAD_REQUEST, f"{attribute.name}: a value is out of its range")
