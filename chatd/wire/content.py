"""The contents of posts (protocol 9.4): what a user wrote, as exact bytes that the server never rewrites."""

from __future__ import annotations

from typing import Any, cast

from attrs import field

from chatd.chain import pack
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.limits import CONTAINERS_MAX, CONTENT_BYTES_MAX
from chatd.messages.fields import Unfit
from chatd.wire.strict import unpack

TYPE_BYTES_MAX = 32
TEXT = "text"


@frozen(kw_only=True)
class Content:
    """What a post holds. `extra` has the keys that this version does not know."""

    type: str
    text: str = ""
    fallback: str = ""
    extra: dict[str, Any] = field(factory=dict[str, Any])


def _bad(text: str) -> Unfit:
    return Unfit(RefusalCode.BAD_CONTENT, f"content: {text}")


def _decode(content: bytes, bytes_max: int) -> dict[str, Any]:
    if len(content) > bytes_max:
        raise Unfit(RefusalCode.TOO_LARGE, f"content: {len(content)} bytes, at most {bytes_max} allowed")
    try:
        facts = unpack(content, CONTAINERS_MAX)
    except ValueError as error:
        raise _bad(str(error) or type(error).__name__) from error
    if not isinstance(facts, dict):
        raise _bad("a map expected")
    return cast("dict[str, Any]", facts)


def _check_facts(facts: dict[str, Any]) -> None:
    kind, text, fallback = facts.get("type"), facts.get("text", ""), facts.get("fallback", "")
    if type(kind) is not str or not 0 < len(kind.encode()) <= TYPE_BYTES_MAX:
        raise _bad(f"type: a string of 1..{TYPE_BYTES_MAX} bytes expected")
    if type(text) is not str or type(fallback) is not str:
        raise _bad("text and fallback are strings")
    if not (text if kind == TEXT else fallback):
        raise _bad("text: empty" if kind == TEXT else "fallback: empty")


def check(content: bytes, bytes_max: int) -> None:
    """Raise Unfit (BAD_CONTENT, or TOO_LARGE over `bytes_max`) unless `content` may be posted."""
    _check_facts(_decode(content, bytes_max))


def text(body: str) -> bytes:
    """Return the content that says `body`. Raises Unfit where `check` would refuse it."""
    try:
        content = pack({"type": TEXT, "text": body})
    except UnicodeEncodeError as error:
        raise _bad("text: not encodable as UTF-8") from error
    check(content, CONTENT_BYTES_MAX)
    return content


def parse(content: bytes) -> Content:
    """Return what `content` holds. Raises Unfit where it does not satisfy `check`."""
    facts = _decode(content, CONTENT_BYTES_MAX)
    _check_facts(facts)
    known = {name: facts.pop(name) for name in ("type", "text", "fallback") if name in facts}
    return Content(**known, extra=facts)


def shown(content: Content) -> str:
    """Return what a client prints that knows no type but `text`."""
    return content.text if content.type == TEXT else content.fallback
