"""Payload bytes <-> messages (protocol 2.2 - 2.5).

Strict where it matters: exact types, no coercion, bounds before meaning. Liberal where versions grow: unknown body
keys are ignored. What is no frame at all raises RemoteProtocolError and ends the connection; a frame whose body does
not fit raises Unfit, which a server answers with a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from itertools import product
from typing import Any, get_args, get_origin

from attrs import NOTHING, Attribute, fields, has, resolve_types

from chatd.chain import HASH_BYTES, pack, short
from chatd.checked import Checked
from chatd.codes import CloseCode, RefusalCode
from chatd.limits import REQUEST_ID_MAX
from chatd.messages import Edit, Entered, FromClient, FromServer, KeyedCommand, Message, Post, Unfit
from chatd.model import Entry
from chatd.wire import content
from chatd.wire.errors import RemoteProtocolError
from chatd.wire.exact import converter, mismatch
from chatd.wire.framing import encode_frame
from chatd.wire.strict import unpack

_ARRAY = (list,)
_MAP = (dict,)
_FRAME_TYPES = (int, int, dict)
_CLIENT_CLASSES: dict[int, type[Any]] = {cls.tag: cls for cls in get_args(FromClient)}
_SERVER_CLASSES: dict[int, type[Any]] = {cls.tag: cls for cls in get_args(FromServer)}


class _Hooks(dict[type[Any], Callable[..., Any]]):
    """How each kind of message is read, or written: made when the first one comes, for making all takes 0.1 s."""

    def __init__(self, make: Callable[[type[Any]], Callable[..., Any]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, cls: type[Any]) -> Callable[..., Any]:
        hook = self[cls] = self._make(cls)
        return hook


_READERS = _Hooks(converter.get_structure_hook)
_WRITERS = _Hooks(converter.get_unstructure_hook)


def encode(message: Message, request: int = 0) -> bytes:
    """Return the whole frame of `message`: its length, then [tag, request, body].

    Fields that hold their default are left out. Raises LocalProtocolError when the frame would be too large, and
    Unfit when a text cannot be encoded.
    """
    try:
        return encode_frame(pack([message.tag, request, _WRITERS[type(message)](message)]))
    except UnicodeEncodeError as error:
        raise Unfit(RefusalCode.BAD_REQUEST, "a text is not encodable as UTF-8") from error


def entered(entry: Entry) -> Entered:
    """Return what the wire tells of `entry`: everything but `g`, and the body hash of a stub alone."""
    return Entered(
        room=entry.room,
        seq=entry.seq,
        kind=entry.kind,
        sender=entry.sender,
        key=entry.key,
        time=entry.time,
        posts=entry.posts,
        h8=short(entry.hash),
        target=entry.target,
        body=entry.body,
        salt=entry.salt,
        body_hash=entry.body_hash if entry.body is None else None,
        expires=entry.expires,
    )


def encode_entry(entry: Entry) -> bytes:
    """Return the very bytes of `encode(entered(entry))`, without the objects between: every delivery comes here."""
    body: dict[str, Any] = {
        "room": entry.room,
        "seq": entry.seq,
        "kind": entry.kind,
        "sender": entry.sender,
        "key": entry.key,
        "time": entry.time,
        "posts": entry.posts,
        "h8": short(entry.hash),
    }
    if entry.target is not None:
        body["target"] = entry.target
    if entry.body is None:
        body["body_hash"] = entry.body_hash
    else:
        body["body"] = entry.body
        body["salt"] = entry.salt
    if entry.expires is not None:
        body["expires"] = entry.expires
    return encode_frame(pack([Entered.tag, 0, body]))


def digest(command: KeyedCommand) -> bytes:
    """Return the 32 bytes that tell a repeat from a conflict: BLAKE2b of the command without its id and `retry`."""
    body = _WRITERS[type(command)](command)
    body.pop("retry", None)
    return blake2b(pack([command.tag, body]), digest_size=HASH_BYTES).digest()


def decode_payload(payload: bytes, containers_max: int) -> tuple[int, int, dict[str, Any]]:
    """Return tag, request id and body of one frame. Raises RemoteProtocolError, and nothing else, for all but that."""
    try:
        frame = unpack(payload, containers_max)
    except ValueError as error:
        raise _no_frame(str(error) or type(error).__name__) from error
    if type(frame) not in _ARRAY or len(frame) != 3:
        raise _no_frame("an array of 3 expected")
    tag, request, body = frame
    if (type(tag), type(request), type(body)) != _FRAME_TYPES:
        raise _no_frame("tag, request id and body expected")
    if not 0 <= request <= REQUEST_ID_MAX:
        raise _no_frame("the request id is out of its range")
    return tag, request, body


def from_client(tag: int, body: dict[str, Any], content_bytes_max: int, *, allow_system: bool = False) -> FromClient:
    """Return the message that a server received; the content of a post is checked with it, see `content.check`.

    Raises Unfit with the code of the refusal: UNKNOWN_COMMAND for a tag that no client may send.
    """
    return checked(tag, body, content_bytes_max, allow_system=allow_system)[0]


def checked(
    tag: int, body: dict[str, Any], content_bytes_max: int, *, allow_system: bool = False
) -> tuple[FromClient, Checked | None]:
    """Return what `from_client` does, and what a decision may need to know of its content.

    That is None for a text that mentions nobody, and for what has no content.
    """
    cls = _CLIENT_CLASSES.get(tag)
    if cls is None:
        raise Unfit(RefusalCode.UNKNOWN_COMMAND, f"tag {tag}")
    message: FromClient = _structure(cls, body)
    if type(message) is Post or type(message) is Edit:
        said = content.check(message.content, content_bytes_max, allow_system=allow_system)
        if said is not None or (isinstance(message, Post) and message.origin is not None):
            _check_use(message, said)
        return message, said
    return message, None


def _check_use(message: Post | Edit, said: Checked | None) -> None:
    """Raise Unfit where a content stands in the wrong command: a poll and a forward begin as what they are."""
    quotes = said is not None and said.quote is not None
    if isinstance(message, Post):
        if message.origin is not None and not quotes:
            raise Unfit(RefusalCode.BAD_REQUEST, "origin: only of a forward")
        if message.origin is None and quotes:
            raise Unfit(RefusalCode.BAD_CONTENT, "content: type: a forward has an origin")
    else:
        content.check_edited(said)


def from_server(tag: int, body: dict[str, Any]) -> FromServer | None:
    """Return the message that a client received, None where this version does not know it. Raises Unfit."""
    cls = _SERVER_CLASSES.get(tag)
    return None if cls is None else _structure(cls, body)


def _structure(cls: type[Any], body: dict[str, Any]) -> Any:
    try:
        return _READERS[cls](body, cls)
    except Unfit:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise Unfit(RefusalCode.BAD_REQUEST, _reason(cls, body)) from error


def _reason(cls: type[Any], body: Any) -> str:
    """Return which field does not fit. Only a refusal pays for this second look."""
    if type(body) not in _MAP:
        return str(mismatch("map", body))
    reasons = (_field_reason(attribute, body) for attribute in fields(resolve_types(cls)))
    return next((reason for reason in reasons if reason is not None), "the body does not fit")


def _field_reason(attribute: Attribute[Any], body: dict[str, Any]) -> str | None:
    if attribute.name not in body:
        return f"{attribute.name}: missing" if attribute.default is NOTHING else None
    value = body[attribute.name]
    try:
        converter.structure(value, attribute.type)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        return f"{attribute.name}: {_inner_reason(attribute.type, value) or error}"
    return None


def _inner_reason(of: Any, value: Any) -> str | None:
    """Return what does not fit in `value`, or in the first of a list of such, where that is a map with fields."""
    kinds: list[type[Any]] = [each for each in (of, *get_args(of)) if each and has(each)]
    origin: Any = get_origin(of)
    items: list[Any] = [value]
    if origin is tuple:
        items = value if type(value) in _ARRAY else []
    for kind, item in product(kinds[:1], items):
        try:
            converter.structure(item, kind)
        except (KeyError, TypeError, ValueError):
            return _reason(kind, item)
    return None


def _no_frame(text: str) -> RemoteProtocolError:
    return RemoteProtocolError(CloseCode.PROTOCOL_ERROR, f"frame: {text}")
