from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from chatd import names
from tests.wire.strategies import steady

CONTROLS = ["\x00", "\x07", "\n", "\r", "\t", "\x1b", "\x7f", "\x85", "\x9b", "\u2028", "\u2029"]
BIDI = ["\u061c", "\u200e", "\u200f", *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]


@pytest.mark.parametrize("name", ["a", "ana", "user:42", "Zoë", "李", "😀", "x" * 64, "é" * 32, "-", "0"])
def test_a_name(name: str) -> None:
    assert names.is_name(name)


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "é" * 33, " ", "   ", "a b", "a\u00a0b", "a\u3000", "\ud800", "a\udfff"]
)
def test_no_name(name: str) -> None:
    assert not names.is_name(name)


@pytest.mark.parametrize("char", [*CONTROLS, *BIDI, "\u200b", "\u200d", "\u00ad", "\ufeff", "\U000e0041"])
def test_no_name_holds_a_control_or_format_character(char: str) -> None:
    assert not names.is_name(f"a{char}b")


@pytest.mark.parametrize("title", ["a", "Friends & Co", " spaced ", "👩\u200d👩\u200d👧", "x" * 512, "é" * 256, "日本"])
def test_a_title(title: str) -> None:
    assert names.is_title(title)


@pytest.mark.parametrize("title", ["", "x" * 513, "é" * 257, " ", "\u3000\u00a0", "\ud800"])
def test_no_title(title: str) -> None:
    assert not names.is_title(title)


@pytest.mark.parametrize("char", [*CONTROLS, *BIDI])
def test_no_title_holds_a_control_character_or_a_bidi_mark(char: str) -> None:
    assert not names.is_title(f"a{char}b")


@given(text=st.text(alphabet=st.characters()))
@steady
def test_every_name_is_a_title_and_fits_in_its_bytes(text: str) -> None:
    if names.is_name(text):
        assert names.is_title(text)
        assert len(text.encode()) <= names.NAME_BYTES_MAX


def test_nobody_can_be_called_what_operators_are() -> None:
    assert not names.is_name(names.SYSTEM)
