"""What fits each rule of a content and what does not, and strategies for bodies of every type.

Both are found by the words of protocol 9.4 alone: a rule whose words change without its tests is a KeyError here.
"""

from __future__ import annotations

from typing import Any, get_args

from attrs import NOTHING, fields
from hypothesis import strategies as st

from chatd import names
from chatd.wire import content
from chatd.wire.bodies import File, Typed
from tests.wire.contents import PICTURE

_ids = st.from_regex(r"[!-~]{1,20}", fullmatch=True)
_words = st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True)
_spoken = st.text(min_size=1, max_size=30).filter(lambda text: not text.isspace())
_durations = st.integers(0, 86_400_000)
_prices = st.sampled_from((0, 1, 2**53 - 1)) | st.integers(0, 2**53 - 1)
_urls = st.from_regex(r"https://[a-z0-9.]{1,20}(:[0-9]{1,5})?(/[a-z0-9%~._-]{0,20})?(\?[a-z=&]{0,9})?", fullmatch=True)
_files = st.deferred(lambda: files)

INSIDE: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(max_size=20),
    "str, not empty": st.text(min_size=1, max_size=20),
    "str, 1..32 bytes": st.sampled_from(("shop.coupon", "x" * 32)),
    "bool": st.booleans(),
    "[str], at most 50 distinct names (9.8)": st.lists(
        st.text(min_size=1, max_size=5).filter(names.is_name), max_size=5, unique=True
    ).map(tuple),
    "str, a URL of 1..2048 bytes": _urls,
    "str, an id of 1..512 bytes": _ids,
    "str, an id of 1..128 bytes": _ids,
    "str, a word of 1..32 bytes": _words,
    "str, a media type of 1..128 bytes": st.sampled_from(("image/svg+xml", "a/b", "application/vnd.a-b.c")),
    "str, 3 capital letters": st.from_regex(r"[A-Z]{3}", fullmatch=True),
    "str, 0..2048 bytes": st.text(max_size=20),
    "str, 1..512 bytes, not blank": _spoken,
    "str, 1..1024 bytes, not blank": _spoken,
    "[str], 2..12, distinct, each 1..256 bytes, not blank": st.lists(_spoken, min_size=2, max_size=12, unique=True).map(
        tuple
    ),
    "int, 0..9007199254740991": _prices,
    "int, 0..253402300799999": st.integers(0, 253_402_300_799_999),
    "int, 1..65535": st.integers(1, 65_535),
    "int, 0..86400000": _durations,
    "int, 1..3600000": st.integers(1, 3_600_000),
    "bytes 32": st.binary(min_size=32, max_size=32),
    "bytes, 1..256": st.binary(min_size=1, max_size=256),
    "map, a File (9.4.2)": _files,
    "bool, false": st.just(False),
    "str, a name (9.8)": st.text(min_size=1, max_size=5).filter(names.is_name),
    "int, 1..255": st.integers(1, 255),
    "bytes, 1..32768": st.text(min_size=1, max_size=20).map(content.text),
    "[map], 1..10 Files (9.4.2)": st.lists(_files, min_size=1, max_size=3).map(tuple),
}
"""By the words of a rule, values that fit it."""

_NO_TEXT = (None, 1, b"text", True, ["text"])
_NO_INT = (None, True, 1.0, "1", b"1")
_NO_ID = (*_NO_TEXT, "", "a b", "a\n", "\x7f", "é", "\u202e", "\u200b")

OUTSIDE: dict[str, tuple[Any, ...]] = {
    "str": _NO_TEXT,
    "str, not empty": (*_NO_TEXT, ""),
    "str, 1..32 bytes": (*_NO_TEXT, "", "x" * 33, "é" * 17),
    "bool": (None, 0, 1, "true"),
    "[str], at most 50 distinct names (9.8)": (
        None, "bo", {}, [""], [1], ["b o"], ["bo", "bo"], ["x" * 65], [f"u{n}" for n in range(51)],
    ),
    "str, a URL of 1..2048 bytes": (
        *_NO_TEXT, "", "https://", "http://a/", "HTTPS://a/", "ftp://a/", "//a/", "a.jpg", " https://a/", "https://a b",
        "https://a/\x00", "https://a/\r\n", "https://a/é", "https://u@a/", "https://u:p@a/", "https://a:123456/",
        'https://a/"', "https://a\\b/", "https://a/" + "x" * 2039,
    ),
    "str, an id of 1..512 bytes": (*_NO_ID, "x" * 513),
    "str, an id of 1..128 bytes": (*_NO_ID, "x" * 129),
    "str, a word of 1..32 bytes": (*_NO_TEXT, "", "Paid", "1st", "on its way", "x" * 33, "paid\n", "bezahlté"),
    "str, a media type of 1..128 bytes": (
        *_NO_TEXT, "", "image", "image/", "/png", "Image/png", "image/png; a=b", "a/b/c", "a/b\n", f"a/{'x' * 127}",
    ),
    "str, 3 capital letters": (*_NO_TEXT, "", "EU", "EURO", "eur", "EU1", "ÄÖÜ", "EUR\n"),
    "str, 0..2048 bytes": (*_NO_TEXT, "x" * 2049, "é" * 1025),
    "str, 1..512 bytes, not blank": (*_NO_TEXT, "", " \u3000\n", "x" * 513),
    "str, 1..1024 bytes, not blank": (*_NO_TEXT, "", " ", "é" * 513),
    "[str], 2..12, distinct, each 1..256 bytes, not blank": (
        None, "ab", {}, [], ["a"], ["a", "a"], ["a", ""], ["a", "\t"], ["a", 1], ["a", "x" * 257],
        list("abcdefghijklm"),
    ),
    "int, 0..9007199254740991": (*_NO_INT, -1, 2**53),
    "int, 0..253402300799999": (*_NO_INT, -1, 253_402_300_800_000),
    "int, 1..65535": (*_NO_INT, 0, -1, 65_536),
    "int, 0..86400000": (*_NO_INT, -1, 86_400_001),
    "int, 1..3600000": (*_NO_INT, 0, 3_600_001),
    "bytes 32": (None, "x" * 32, b"", bytes(31), bytes(33)),
    "bytes, 1..256": (None, "x", b"", bytes(257), [1]),
    "bool, false": (None, True, 0, "false"),
    "str, a name (9.8)": (*_NO_TEXT, "", "b o", "x" * 65),
    "int, 1..255": (*_NO_INT, 0, 256),
    "bytes, 1..32768": (None, "x", b"", [1]),
    "map, a File (9.4.2)": (None, {}, [PICTURE], "a.jpg", {"url": "https://a/"}, PICTURE | {"size": -1}),
    "[map], 1..10 Files (9.4.2)": (None, PICTURE, [], [PICTURE] * 11, [PICTURE, "a.jpg"], [{}], [[PICTURE]]),
}  # fmt: skip
"""By the words of a rule, values as msgpack gives them that do not fit it. None fits a key which may be absent."""


def bodies(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Return a strategy of bodies of one type; those keys are left out that may be, now and then."""
    required = {each.name: INSIDE[says_of(each)] for each in fields(cls) if each.default is NOTHING}
    optional = {each.name: INSIDE[says_of(each)] for each in fields(cls) if each.default is not NOTHING}
    return st.fixed_dictionaries(required, optional=optional).map(_consistent).map(lambda given: cls(**given))


def says_of(attribute: Any) -> str:
    """Return the words of the rule that holds for a field."""
    says: str = attribute.validator.says
    return says


def _consistent(given: dict[str, Any]) -> dict[str, Any]:
    """Keep the promises that two keys make together."""
    for one, other in (("width", "height"), ("price", "currency")):
        if (one in given) is not (other in given):
            given.pop(one, None)
            given.pop(other, None)
    if "hops" in given:  # of a forward
        given["fallback"] = content.parse(given["content"]).text[: 1 + len(given["fallback"])]
    return given


def _placed(given: dict[str, Any]) -> File:
    del given["ref" if given.pop("is_public") else "url"]
    return File(**_consistent(given))


files: st.SearchStrategy[File] = st.fixed_dictionaries(
    {
        "is_public": st.booleans(),
        **{name: INSIDE[says_of(getattr(fields(File), name))] for name in ("url", "ref", "mime")},
    },
    optional={each.name: INSIDE[says_of(each)] for each in fields(File) if each.name not in ("url", "ref", "mime")},
).map(_placed)

ANY: st.SearchStrategy[Typed] = st.one_of([bodies(cls) for cls in get_args(Typed)])
"""Bodies of every type."""
