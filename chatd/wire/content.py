"""The contents of posts (protocol 9.4): what a user wrote, as exact bytes that the server never rewrites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import msgpack
from attrs import field

from chatd.chain import pack
from chatd.checked import Ballot, Checked, Quote
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import CONTAINERS_MAX, CONTENT_BYTES_MAX
from chatd.messages.fields import Unfit
from chatd.wire import bodies
from chatd.wire.bodies import TYPE_BYTES_MAX, Forward, Poll, System, Text, Typed
from chatd.wire.strict import unpack

TEXT = Text.type
_PLAIN = pack({"type": TEXT, "text": ""})[:-1]
"""How the contents begin that clients write most: what follows is one string."""
_FIXSTR, _STR_8, _STR_16 = 0b101, 0xD9, 0xDA
"""How strings begin: of up to 31 bytes by three bits and their size, of more by a byte before it."""
_KEY_CHARS_SHOWN = 32
_KEYS_SEARCHED = 32
"""A refusal does not carry back what it refuses, and does not cost more than it."""


@frozen(kw_only=True)
class Content:
    """What a post holds, as far as every client knows it. `extra` has all other keys: `typed` reads them."""

    type: str
    text: str = ""
    fallback: str = ""
    extra: dict[str, Any] = field(factory=dict[str, Any])


def _bad(text: str) -> Unfit:
    return Unfit(RefusalCode.BAD_CONTENT, f"content: {text}")


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield the bytes of the first keys and values of the map `content`, in turn, as far as they can be told apart."""
    walker = msgpack.Unpacker()
    walker.feed(content)
    with suppress(ValueError, msgpack.UnpackException):
        for _ in range(2 * min(walker.read_map_header(), _KEYS_SEARCHED)):
            start = walker.tell()
            walker.skip()
            yield content[start : walker.tell()]


def _is_shown(key: Any) -> bool:
    return type(key) is str and len(key) <= _KEY_CHARS_SHOWN and key.isascii() and key.isprintable()


def _key_at_fault(content: bytes) -> str:
    """Return the key whose value is not allowed, as the beginning of a text; nothing where that is not the fault.

    Only a refusal pays for this second look.
    """
    pieces = _pieces(content)
    for name, value in zip(pieces, pieces, strict=False):
        try:
            key = unpack(name, 1)
        except ValueError:
            return ""
        try:
            unpack(value, CONTAINERS_MAX)
        except ValueError:
            return f"{key}: " if _is_shown(key) else ""
    return ""


def _decode(content: bytes, bytes_max: int) -> dict[str, Any]:
    if len(content) > bytes_max:
        raise Unfit(RefusalCode.TOO_LARGE, f"content: {len(content)} bytes, at most {bytes_max} allowed")
    try:
        facts = unpack(content, CONTAINERS_MAX)
    except ValueError as error:
        raise _bad(f"{_key_at_fault(content)}{error}") from error
    if not isinstance(facts, dict):
        raise _bad("a map expected")
    return cast("dict[str, Any]", facts)


def _is_plain(content: bytes) -> bool:
    """Return whether `content` is what clients write for a text, byte for byte: a map of its type and a text.

    Most posts are, and surveying and decoding them would cost five times as much. False says nothing: who looks
    closer may find another form of the same.
    """
    at = len(_PLAIN)
    if not content.startswith(_PLAIN) or len(content) < at + 3:
        return False
    first = content[at]
    if first == _STR_8:
        start, size = at + 2, content[at + 1]
    elif first == _STR_16:
        start, size = at + 3, int.from_bytes(content[at + 1 : at + 3], "big")
    else:
        start, size = at + 1, first & 0x1F if first >> 5 == _FIXSTR else 0
    if not 0 < size == len(content) - start:
        return False
    try:
        str(content[start:], "utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _check_facts(facts: dict[str, Any]) -> None:
    """What every content must be, whatever its type."""
    kind, text, fallback = facts.get("type"), facts.get("text", ""), facts.get("fallback", "")
    if kind != TEXT and (type(kind) is not str or not 0 < len(kind.encode()) <= TYPE_BYTES_MAX):
        raise _bad(f"type: a string of 1..{TYPE_BYTES_MAX} bytes expected")
    if type(text) is not str or type(fallback) is not str:
        raise _bad(f"{'fallback' if type(text) is str else 'text'}: a string expected")
    if not (text if kind == TEXT else fallback):
        raise _bad("text: empty" if kind == TEXT else "fallback: empty")


def _read(facts: dict[str, Any]) -> Typed:
    try:
        return bodies.read(facts)
    except Unfit as error:
        raise _bad(str(error)) from error


def _checked(body: Typed) -> Checked:
    ballot = None
    if isinstance(body, Poll):
        ballot = Ballot(options=len(body.options), multiple=body.multiple, closes=body.closes)
    quote = _quoted(body) if isinstance(body, Forward) else None
    return Checked(type=body.type, mentions=body.mentions, mention_all=body.mention_all, ballot=ballot, quote=quote)


def _quoted(body: Forward) -> Quote:
    """Return what a forward says, whose fallback says nothing that the quoted content does not."""
    try:
        inner = parse(body.content)
    except Unfit as error:
        raise _bad("content: no content") from error
    if isinstance(typed(inner), Forward):
        raise _bad("content: a forward quotes no forward, but what that one quotes")
    if not shown(inner).startswith(body.fallback):
        raise _bad("fallback: not the beginning of what is quoted")
    return Quote(author=body.author, time=body.time, hops=body.hops, content=body.content)


def check(content: bytes, bytes_max: int, *, allow_system: bool = False) -> Checked | None:
    """Return what a decision may need to know of `content`: None for a text that mentions nobody.

    Raises Unfit (BAD_CONTENT, or TOO_LARGE over `bytes_max`) unless it may be posted; the text names the key that is
    at fault. A `system` content may be posted by who has `allow_system`: the server itself and operators.
    """
    if len(content) <= bytes_max and _is_plain(content):
        return None
    facts = _decode(content, bytes_max)
    _check_facts(facts)
    if facts["type"] == TEXT and "mentions" not in facts and "mention_all" not in facts:
        return None
    body = _read(facts)
    if isinstance(body, System) and not allow_system:
        raise _bad("type: only the server and operators say system")
    return _checked(body)


def check_edited(said: Checked | None) -> None:
    """Raise Unfit (BAD_CONTENT) where this may not stand in an edit: a poll and a forward begin as what they are."""
    if said is not None and (said.ballot or said.quote):
        raise _bad("type: nothing becomes a poll or a forward by an edit")


def _packed(facts: dict[str, Any], *, allow_system: bool = False) -> bytes:
    try:
        content = pack(facts)
    except UnicodeEncodeError as error:
        raise _bad("a string is not encodable as UTF-8") from error
    check(content, CONTENT_BYTES_MAX, allow_system=allow_system)
    return content


def text(body: str) -> bytes:
    """Return the content that says `body`. Raises Unfit where `check` would refuse it."""
    return _packed({"type": TEXT, "text": body})


def of(body: Typed, *, allow_system: bool = False) -> bytes:
    """Return the content that says `body`. Raises Unfit where `check` would refuse it."""
    return _packed(bodies.as_map(body), allow_system=allow_system)


def parse(content: bytes) -> Content:
    """Return what `content` holds. Raises Unfit where it is no content at all.

    Keys of a known type are not looked at here: a content that is older or newer than this version, and does not fit
    its table, still has its fallback.
    """
    facts = _decode(content, CONTENT_BYTES_MAX)
    _check_facts(facts)
    known = {name: facts.pop(name) for name in ("type", "text", "fallback") if name in facts}
    return Content(**known, extra=facts)


def typed(content: Content) -> Typed | None:
    """Return what `content` says by its type, None where it does not fit the table of its type.

    `Other` stands for a type that this version does not know.
    """
    facts = {"type": content.type, "text": content.text, "fallback": content.fallback}
    try:
        return bodies.read(content.extra | facts)
    except Unfit:
        return None


def shown(content: Content) -> str:
    """Return what a client prints that knows no type but `text`."""
    return content.text if content.type == TEXT else content.fallback
