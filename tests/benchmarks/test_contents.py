from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from benchmarks.contents import content_of, text_of
from chatd.chain import pack
from chatd.limits import CONTENT_BYTES_MAX
from chatd.messages import Unfit
from chatd.wire import content


@given(text=st.binary(min_size=1))
def test_every_text_comes_back_byte_for_byte(text: bytes) -> None:
    assert text_of(content_of(text)) == text


@given(text=st.binary(min_size=1, max_size=1000))
def test_every_text_is_one_that_the_daemon_takes(text: bytes) -> None:
    content.check(content_of(text), CONTENT_BYTES_MAX)


def test_utf_8_is_posted_as_it_is() -> None:
    assert content_of("caf\u00e9".encode()) == content.text("caf\u00e9")


def test_other_bytes_are_shown_as_latin_1() -> None:
    parsed = content.parse(content_of(b"caf\xe9"))
    assert (parsed.text, parsed.extra) == ("caf\u00e9", {"encoding": "latin-1"})


def test_two_texts_that_look_alike_stay_apart() -> None:
    assert content_of(b"caf\xe9") != content_of("caf\u00e9".encode())


@pytest.mark.parametrize("data", [b"", b"\xc1", pack({"type": "text"}), pack({"type": "text", "text": ""})])
def test_what_is_no_content_has_no_text(data: bytes) -> None:
    with pytest.raises(Unfit):
        text_of(data)


def test_an_encoding_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(LookupError):
        text_of(pack({"type": "text", "text": "a", "encoding": "klingon"}))
