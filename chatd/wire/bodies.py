"""What a content says, by its type: one frozen class for each table of protocol 9.4, whose fields are its keys.

Apps build contents from these classes, the server checks contents by them, and clients read contents as them. Every
rule is kept as an object is built: one that exists fits its table, and one that does not fit raises `Unfit` with a
text that names the key. The server fetches nothing and sells nothing: files, videos, products and orders are the app's.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar, get_args

from attrs import NOTHING, Attribute, AttrsInstance, asdict, field, fields

from chatd.checked import TEXT
from chatd.frozen import frozen
from chatd.limits import CONTENT_BYTES_MAX, HOPS_MAX, OPTIONS_MAX, SEQ_MAX
from chatd.messages.fields import Unfit
from chatd.model import UserId
from chatd.wire import rules
from chatd.wire.rules import Rule, unfit

TYPE_BYTES_MAX = 32
_FILES_MAX = 10
_SHA256_BYTES = 32
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_YEAR_9999 = 253_402_300_799_999
"""The last millisecond that the calendars of most languages know."""

_LIST = (list,)
_MAP = (dict,)
_TUPLE = (tuple,)

T = TypeVar("T", bound=AttrsInstance)


def _given(attribute: Attribute[Any], value: Any) -> bool:
    return bool(value != attribute.default)


def _value(attribute: Attribute[Any], value: Any) -> Any:
    rule: Any = attribute.validator
    try:
        return rule.read(value)
    except Unfit as error:
        raise unfit(f"{attribute.name}.{error}") from error


def _read(cls: type[T], facts: dict[str, Any]) -> T:
    given = dict[str, Any]()
    for attribute in fields(cls):
        if attribute.name in facts:
            given[attribute.name] = _value(attribute, facts[attribute.name])
        elif attribute.default is NOTHING:
            raise unfit(f"{attribute.name}: missing")
    return cls(**given)


@frozen(kw_only=True)
class File:
    """A file that the app keeps: where it is, by a URL or by a reference of the app's own, and what it is."""

    url: str | None = field(default=None, validator=rules.URL.or_none())
    ref: str | None = field(default=None, validator=rules.an_id(512).or_none())
    mime: str = field(validator=rules.MEDIA_TYPE)
    size: int | None = field(default=None, validator=rules.whole(0, SEQ_MAX).or_none())
    """Bytes."""
    hash: bytes | None = field(default=None, validator=rules.data(_SHA256_BYTES, _SHA256_BYTES).or_none())
    """SHA-256 of the file."""
    width: int | None = field(default=None, validator=rules.whole(1, 65_535).or_none())
    """Pixels."""
    height: int | None = field(default=None, validator=rules.whole(1, 65_535).or_none())
    duration_ms: int | None = field(default=None, validator=rules.whole(0, _DAY_MS).or_none())
    caption: str = field(default="", validator=rules.text(0, 2048))

    def __attrs_post_init__(self) -> None:
        if (self.url is None) is (self.ref is None):
            raise unfit("url, ref: exactly one of the two expected")
        if (self.width is None) is not (self.height is None):
            raise unfit("width, height: both or neither expected")


def _file(value: Any) -> Any:
    return _read(File, value) if type(value) in _MAP else value


def _files(value: Any) -> Any:
    """Read no more than may be there: reading costs a hundred times what decoding did."""
    return tuple(map(_file, value)) if type(value) in _LIST and len(value) <= _FILES_MAX else value


def _are_files(values: Any) -> bool:
    return type(values) in _TUPLE and 1 <= len(values) <= _FILES_MAX and all(type(each) is File for each in values)


FILE = Rule("map, a File (9.4.2)", lambda value: type(value) is File, _file)
FILES = Rule(f"[map], 1..{_FILES_MAX} Files (9.4.2)", _are_files, _files)


@frozen(kw_only=True)
class Body:
    """The keys that every content may have."""

    text: str = field(default="", validator=rules.ANY_TEXT)
    fallback: str = field(validator=rules.SOME_TEXT)
    """What a client shows that does not know the type."""
    mentions: tuple[UserId, ...] = field(default=(), validator=rules.NAMES)
    mention_all: bool = field(default=False, validator=rules.YES_OR_NO)


@frozen(kw_only=True)
class Text(Body):
    type: ClassVar[str] = TEXT
    text: str = field(validator=rules.SOME_TEXT)
    fallback: str = field(default="", validator=rules.ANY_TEXT)


@frozen(kw_only=True)
class Media(Body):
    type: ClassVar[str] = "media"
    items: tuple[File, ...] = field(validator=FILES)


@frozen(kw_only=True)
class Voice(Body):
    type: ClassVar[str] = "voice"
    file: File = field(validator=FILE)
    duration_ms: int = field(validator=rules.whole(1, _HOUR_MS))
    waveform: bytes | None = field(default=None, validator=rules.data(1, 256).or_none())
    """How loud it is, from 0 to 255, at as many moments as there are bytes, equally far apart."""


@frozen(kw_only=True)
class VideoShare(Body):
    """A short video of the app."""

    type: ClassVar[str] = "video_share"
    id: str = field(validator=rules.an_id(128))
    author: str = field(validator=rules.an_id(128))
    cover: File | None = field(default=None, validator=FILE.or_none())
    caption: str = field(default="", validator=rules.text(0, 2048))
    duration_ms: int | None = field(default=None, validator=rules.whole(0, _DAY_MS).or_none())


@frozen(kw_only=True)
class ProductCard(Body):
    type: ClassVar[str] = "product_card"
    id: str = field(validator=rules.an_id(128))
    merchant: str = field(validator=rules.an_id(128))
    title: str = field(validator=rules.spoken(512))
    price: int = field(validator=rules.whole(0, SEQ_MAX))
    """In the smallest unit of the currency."""
    currency: str = field(validator=rules.CURRENCY)
    image: File | None = field(default=None, validator=FILE.or_none())


@frozen(kw_only=True)
class OrderUpdate(Body):
    type: ClassVar[str] = "order_update"
    id: str = field(validator=rules.an_id(128))
    merchant: str = field(validator=rules.an_id(128))
    status: str = field(validator=rules.WORD)
    title: str = field(validator=rules.spoken(512))
    price: int | None = field(default=None, validator=rules.whole(0, SEQ_MAX).or_none())
    """Of the whole order, in the smallest unit of the currency."""
    currency: str | None = field(default=None, validator=rules.CURRENCY.or_none())

    def __attrs_post_init__(self) -> None:
        if (self.price is None) is not (self.currency is None):
            raise unfit("price, currency: both or neither expected")


@frozen(kw_only=True)
class Sticker(Body):
    type: ClassVar[str] = "sticker"
    pack: str = field(validator=rules.an_id(128))
    id: str = field(validator=rules.an_id(128))
    image: File | None = field(default=None, validator=FILE.or_none())


@frozen(kw_only=True)
class Poll(Body):
    type: ClassVar[str] = "poll"
    question: str = field(validator=rules.spoken(1024))
    options: tuple[str, ...] = field(validator=rules.choices(2, OPTIONS_MAX, 256))
    multiple: bool = field(default=False, validator=rules.YES_OR_NO)
    """Whether one voter may choose several."""
    closes: int | None = field(default=None, validator=rules.whole(0, _YEAR_9999).or_none())
    """Milliseconds since 1970; None: it stays open."""
    anonymous: bool = field(default=False, validator=rules.NO)
    """Votes are entries, which name who sent them: a server takes no poll that promises otherwise."""


@frozen(kw_only=True)
class System(Body):
    """What the server or an operator says, and no user may."""

    type: ClassVar[str] = "system"
    event: str = field(validator=rules.WORD)


@frozen(kw_only=True)
class Forward(Body):
    """What somebody said elsewhere, quoted. Nothing in it is acted upon: a poll in a forward takes no votes."""

    type: ClassVar[str] = "forward"
    author: UserId = field(validator=rules.A_NAME)
    time: int = field(validator=rules.whole(0, SEQ_MAX))
    """When they posted it; milliseconds since 1970."""
    hops: int = field(validator=rules.whole(1, HOPS_MAX))
    """How often it was handed on, this time too."""
    content: bytes = field(repr=False, validator=rules.data(1, CONTENT_BYTES_MAX))
    """The exact bytes of what they said, which is no forward itself."""


@frozen(kw_only=True)
class Other(Body):
    """A content whose type an app defines, or a later version: its own keys are not looked at."""

    type: str = field(validator=rules.text(1, TYPE_BYTES_MAX))


Typed = Text | Media | Voice | VideoShare | ProductCard | OrderUpdate | Sticker | Poll | System | Forward | Other
TYPES: dict[str, type[Any]] = {cls.type: cls for cls in get_args(Typed) if cls is not Other}
"""The types that have a table."""


def read(facts: dict[str, Any]) -> Typed:
    """Return what the map of a content says; keys that its type does not know are left out.

    Raises Unfit (BAD_CONTENT) where a key does not fit the table of its type; its text begins with the key.
    """
    body: Typed = _read(TYPES.get(facts["type"], Other), facts)
    return body


def as_map(body: Typed) -> dict[str, Any]:
    """Return the map of the content that says `body`, to be packed: without the keys that hold what absent means."""
    return {"type": body.type, **asdict(body, filter=_given)}
