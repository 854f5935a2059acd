"""What a true forward says of a post."""

from __future__ import annotations

import pytest
from hypothesis import given

from chatd.chain import pack
from chatd.checked import Quote
from chatd.codes import RefusalCode
from chatd.limits import CONTENT_BYTES_MAX
from chatd.messages import Unfit
from chatd.wire import content
from chatd.wire.bodies import Forward, Typed
from chatd.wire.quoting import FALLBACK_CHARS, forward, quote_of
from tests.wire.allowed import ANY
from tests.wire.contents import GOOD
from tests.wire.strategies import steady


def test_a_post_is_quoted_byte_for_byte() -> None:
    assert quote_of(content.text("hi"), "ana", 7) == Quote(author="ana", time=7, hops=1, content=content.text("hi"))


def test_a_forward_is_quoted_as_what_it_quotes_with_one_hop_more() -> None:
    first = quote_of(content.text("hi"), "ana", 7)
    second = quote_of(forward(first, "look"), "bo", 8)
    assert second == Quote(author="ana", time=7, hops=2, content=content.text("hi"))


def test_what_an_older_version_took_for_a_type_of_an_app_is_quoted_whole() -> None:
    said = pack({"type": "forward", "fallback": "x"})
    assert quote_of(said, "ana", 7) == Quote(author="ana", time=7, hops=1, content=said)


@given(body=ANY)
@steady
def test_whatever_was_posted_can_be_forwarded_and_is_told_as_it_is(body: Typed) -> None:
    said = content.of(body, allow_system=True)
    quote = quote_of(said, "ana", 7)
    if quote.hops > 255:
        return
    checked = content.check(forward(quote), CONTENT_BYTES_MAX)
    assert checked is not None
    assert checked.quote == quote


def test_of_a_long_text_the_fallback_keeps_the_beginning() -> None:
    said = content.text("é" * 15_000)
    body = content.typed(content.parse(forward(quote_of(said, "ana", 7))))
    assert isinstance(body, Forward)
    assert (body.content, body.fallback) == (said, "é" * FALLBACK_CHARS)


def test_what_fills_a_content_by_itself_is_too_large_to_be_quoted() -> None:
    said = content.text("x" * (CONTENT_BYTES_MAX - 100))
    with pytest.raises(Unfit) as raised:
        forward(quote_of(said, "ana", 7))
    assert raised.value.code is RefusalCode.TOO_LARGE


def test_a_quoted_poll_is_no_poll_and_calls_nobody() -> None:
    poll = GOOD["poll"] | {"mentions": ["bo"], "mention_all": True}
    checked = content.check(forward(quote_of(pack(poll), "ana", 7)), CONTENT_BYTES_MAX)
    assert checked is not None
    assert (checked.ballot, checked.mentions, checked.mention_all) == (None, (), False)
