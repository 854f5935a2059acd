from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import example, given, strategies as st

from chatd import names
from chatd.chain import pack
from chatd.checked import Ballot, Checked
from chatd.codes import RefusalCode
from chatd.limits import CONTENT_BYTES_MAX
from chatd.messages import SetTitle, Unfit
from chatd.wire import content
from chatd.wire.content import Content
from tests.wire import contents
from tests.wire.ends import KEY, ROOM
from tests.wire.strategies import steady

NAUGHTY = Path(__file__).parents[2].parent / "shared" / "data" / "blns" / "blns.json"


def naughty_strings() -> list[str]:
    if not NAUGHTY.exists():
        pytest.skip("the big list of naughty strings is not here")
    strings: list[str] = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    return strings


def refusal(data: bytes, bytes_max: int = CONTENT_BYTES_MAX) -> RefusalCode:
    with pytest.raises(Unfit, match="content: ") as caught:
        content.check(data, bytes_max)
    return caught.value.code


GOOD: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": "hi"},
    "text with fallback": {"type": "text", "text": "hi", "fallback": "hi!"},
    "an unknown type": {"type": "poll.v2", "fallback": "a poll"},
    "an unknown type with an empty text": {"type": "quiz", "fallback": "a quiz", "text": ""},
    "unknown keys of every kind": {"type": "text", "text": "x", "a": [1, None, True, 1.5, b"b", {"c": {}}]},
    "the longest type": {"type": "t" * 32, "fallback": "x"},
    "the deepest level": {"type": "text", "text": "x", "a": [[[[[[[]]]]]]]},
    "the most containers": {"type": "text", "text": "x", "a": [[]] * 254},
    "control characters": {"type": "text", "text": "\x00\x1b[31m\u202e"},
}


@pytest.mark.parametrize("facts", GOOD.values(), ids=GOOD.keys())
def test_what_may_be_posted(facts: dict[str, Any]) -> None:
    content.check(pack(facts), CONTENT_BYTES_MAX)


BAD: dict[str, Any] = {
    "nil": None,
    "a string": "hi",
    "an array": ["text", "hi"],
    "no type": {"text": "hi"},
    "a type which is no string": {"type": 1, "fallback": "x"},
    "an empty type": {"type": "", "fallback": "x"},
    "a type of 33 bytes": {"type": "é" * 16 + "x", "fallback": "x"},
    "no text": {"type": "text"},
    "an empty text": {"type": "text", "text": "", "fallback": "x"},
    "a text of bytes": {"type": "text", "text": b"hi"},
    "a text of nil": {"type": "text", "text": None},
    "no fallback": {"type": "poll", "text": "x"},
    "an empty fallback": {"type": "poll", "fallback": ""},
    "a fallback of nil": {"type": "text", "text": "x", "fallback": None},
    "a text which is no string beside a fallback": {"type": "poll", "fallback": "x", "text": 5},
    "a depth of 9": {"type": "text", "text": "x", "a": [[[[[[[[]]]]]]]]},
    "a 257th container": {"type": "text", "text": "x", "a": [[]] * 255},
    "an ext type": {"type": "text", "text": "x", "a": msgpack.ExtType(1, b"")},
    "NaN": {"type": "text", "text": "x", "a": float("nan")},
    "an integer key": {"type": "text", "text": "x", 1: 2},
}


@pytest.mark.parametrize("facts", BAD.values(), ids=BAD.keys())
def test_what_may_not_be_posted(facts: Any) -> None:
    assert refusal(msgpack.packb(facts)) is RefusalCode.BAD_CONTENT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        pack(GOOD["text"]) + b"\x00",
        pack(GOOD["text"])[:-1],
        bytes.fromhex("83a474797065a474657874a474657874a161a474657874a162"),
        bytes.fromhex("82a474797065a474657874a474657874a1ff"),
        b"\x81\xa0" * 10_000 + b"\x80",
    ],
    ids=["empty", "unused byte", "trailing byte", "cut short", "duplicate key", "bad UTF-8", "10,000 nested maps"],
)
def test_bytes_that_are_no_content(data: bytes) -> None:
    assert refusal(data) is RefusalCode.BAD_CONTENT


@pytest.mark.parametrize("facts", contents.GOOD.values(), ids=contents.GOOD.keys())
def test_what_fits_the_table_of_its_type_may_be_posted(facts: dict[str, Any]) -> None:
    checked = content.check(pack(facts), CONTENT_BYTES_MAX)
    assert checked is not None
    assert checked.type == facts["type"]
    assert (list(checked.mentions), checked.mention_all) == (facts.get("mentions", []), "mention_all" in facts)


@pytest.mark.parametrize(("facts", "named"), contents.BAD.values(), ids=contents.BAD.keys())
def test_what_breaks_the_table_of_its_type_is_refused_by_the_name_of_its_key(facts: dict[str, Any], named: str) -> None:
    with pytest.raises(Unfit, match=f"^content: {named}") as caught:
        content.check(msgpack.packb(facts), CONTENT_BYTES_MAX)
    assert caught.value.code is RefusalCode.BAD_CONTENT


def test_a_text_that_mentions_nobody_tells_a_decision_nothing() -> None:
    assert content.check(pack(GOOD["unknown keys of every kind"]), CONTENT_BYTES_MAX) is None


def test_a_poll_tells_what_a_vote_is_judged_by() -> None:
    checked = content.check(pack(contents.GOOD["poll of several answers"]), CONTENT_BYTES_MAX)
    ballot = Ballot(options=3, multiple=True, closes=1_800_000_000_000)
    assert checked == Checked(type="poll", ballot=ballot)


def test_only_who_may_say_system_says_it() -> None:
    said = pack(contents.SYSTEM)
    assert content.check(said, CONTENT_BYTES_MAX, allow_system=True) == Checked(type="system")
    assert refusal(said) is RefusalCode.BAD_CONTENT


NAN = msgpack.packb(float("nan"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x82\xa1a\x01\xa5price" + NAN, "price: a float that is no number"),
        (b"\x81\xa5price\x91" + NAN, "price: a float that is no number"),
        (b"\x81\xa5price\xd4\x05\x00", "price: a value of a type"),
        (b"\x81\xa3a\x1bb" + NAN, "a float that is no number"),
        (b"\x81\xd9\x21" + b"x" * 33 + NAN, "a float that is no number"),
        (b"\x81\x01" + NAN, "a float that is no number"),
        (b"\x81\xa1\xff" + NAN, "a float that is no number"),
        (b"\x82\xa1a\x01\xa5price", "the value is cut short"),
        (b"\x82\xa1a\x01\xa1a\x01", "a map holds a key twice"),
        (b"\x91" + NAN, "a float that is no number"),
        (b"\xde\x00\x21" + b"".join(b"\xa1%c\x00" % n for n in range(65, 97)) + b"\xa1b" + NAN, "a float"),
    ],
    ids=[
        "NaN", "NaN in a list", "an ext type", "under a key of control characters", "under a long key",
        "under an integer", "under bad UTF-8", "cut short", "a key twice", "in no map",
        "behind 32 others",
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_named_by_its_key_where_that_can_be_said(data: bytes, said: str) -> None:
    with pytest.raises(Unfit, match=f"^content: {said}"):
        content.check(data, CONTENT_BYTES_MAX)


def test_content_over_the_limit_is_too_large() -> None:
    data = content.text("hi")
    content.check(data, len(data))
    assert refusal(data, len(data) - 1) is RefusalCode.TOO_LARGE


def test_text_is_built_as_the_shortest_map() -> None:
    assert content.text("hi") == bytes.fromhex("82a474797065a474657874a474657874a26869")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", RefusalCode.BAD_CONTENT),
        ("\ud800", RefusalCode.BAD_CONTENT),
        ("x" * CONTENT_BYTES_MAX, RefusalCode.TOO_LARGE),
    ],
)
def test_a_text_that_no_server_would_take_is_not_built(body: str, code: RefusalCode) -> None:
    with pytest.raises(Unfit) as caught:
        content.text(body)
    assert caught.value.code is code


@given(body=st.text(min_size=1))
@steady
def test_a_text_comes_back_exactly(body: str) -> None:
    parsed = content.parse(content.text(body))
    assert parsed == Content(type="text", text=body)
    assert content.shown(parsed) == body


def test_what_is_unknown_is_kept_beside_its_fallback() -> None:
    parsed = content.parse(pack({"type": "quiz", "fallback": "a quiz", "options": ["a", "b"]}))
    assert parsed == Content(type="quiz", fallback="a quiz", extra={"options": ["a", "b"]})
    assert content.shown(parsed) == "a quiz"


def test_a_content_that_does_not_fit_its_type_still_has_its_fallback() -> None:
    parsed = content.parse(pack({"type": "poll", "fallback": "a poll", "options": ["a"]}))
    assert (content.shown(parsed), content.typed(parsed)) == ("a poll", None)


def test_a_text_is_shown_before_its_fallback() -> None:
    assert content.shown(Content(type="text", text="new", fallback="old")) == "new"


@pytest.mark.parametrize("data", [b"", pack({"type": "text"})])
def test_parsing_refuses_what_checking_refuses(data: bytes) -> None:
    with pytest.raises(Unfit):
        content.parse(data)


PLAIN = b"\x82\xa4type\xa4text\xa4text"
after = (
    st.text(max_size=40).map(pack) | st.integers(30, 300).map(lambda size: pack("x" * size)) | st.binary(max_size=50)
)


@given(first=st.integers(-1, 255), rest=after, more=st.sampled_from((b"", b"x", b"\xff")))
@example(first=-1, rest=pack("x" * 31), more=b"")
@example(first=-1, rest=pack("x" * 65_500), more=b"")
@example(first=0xA2, rest=b"?\xc3\x28", more=b"")
@example(first=0xC4, rest=b"\x04" + b"x" * 35, more=b"")
@steady
def test_a_text_told_at_a_glance_is_one_that_decoding_finds(first: int, rest: bytes, more: bytes) -> None:
    data = PLAIN + (rest if first < 0 else bytes([first]) + rest[1:]) + more
    try:
        found: Content | None = content.parse(data)
    except Unfit:
        found = None
    if found is None:
        with pytest.raises(Unfit):
            content.check(data, CONTENT_BYTES_MAX)
    else:
        assert content.check(data, CONTENT_BYTES_MAX) is None


@given(data=st.binary(max_size=80))
@steady
def test_garbage_is_refused_or_parsed(data: bytes) -> None:
    try:
        content.check(data, CONTENT_BYTES_MAX)
    except Unfit:
        with pytest.raises(Unfit):
            content.parse(data)
    else:
        assert content.shown(content.parse(data))


def test_naughty_strings_are_posted_unchanged() -> None:
    for body in filter(None, naughty_strings()):
        assert content.shown(content.parse(content.text(body))) == body


def test_naughty_strings_are_titles_or_refused_as_such() -> None:
    for title in naughty_strings():
        if names.is_title(title):
            assert SetTitle(room=ROOM, key=KEY, title=title).title == title
        else:
            with pytest.raises(Unfit) as caught:
                SetTitle(room=ROOM, key=KEY, title=title)
            assert caught.value.code is RefusalCode.BAD_TITLE


def test_naughty_names_hold_nothing_that_forges_a_line() -> None:
    strings = naughty_strings()
    accepted = [name for name in strings if names.is_name(name)]
    assert "undefined" in accepted
    assert len(accepted) < len(strings)
    for name in accepted:
        assert name.split() == [name]
        assert not any(char in name for char in "\x00\x07\x1b\x7f\x9b\u00ad\u200b\u200e\u202e\u2066\ufeff")
