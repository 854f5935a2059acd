"""What a rule may answer is bounded, so that what a client is told of it fits a frame."""

from __future__ import annotations

import pytest

from chatd.server.hooks.before_post import REASON_CHARS_MAX, TEXT_CHARS_MAX, Hold, Refuse, Replace


def test_an_answer_of_the_greatest_length_is_one() -> None:
    assert Refuse("r" * REASON_CHARS_MAX, "é" * TEXT_CHARS_MAX).reason == "r" * REASON_CHARS_MAX
    assert Hold("t" * TEXT_CHARS_MAX).text == "t" * TEXT_CHARS_MAX


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (Refuse, "r" * (REASON_CHARS_MAX + 1)),
        (Refuse, 1),
        (Refuse, "\ud800"),
        (Hold, "t" * (TEXT_CHARS_MAX + 1)),
        (Hold, None),
    ],
)
def test_what_is_longer_or_no_text_is_an_error(make: type[Refuse | Hold], value: str) -> None:
    with pytest.raises(ValueError, match=r"characters expected|surrogates"):
        make(value)


def test_a_content_is_bytes() -> None:
    with pytest.raises(TypeError):
        Replace("text")  # type: ignore[arg-type]
