from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.chain import pack
from chatd.wire import content
from chatd.wire.bodies import Other, Poll
from chatd_client.events import entry
from tests.client.scrolls import Scroll


def test_a_post_has_its_content_its_text_and_its_bytes() -> None:
    told = entry(Scroll().say("hello", sender="ana"), "ana")
    assert (told.text, told.body, told.mine, told.erased) == ("hello", content.text("hello"), True, False)
    assert told.facts == {}


def test_an_unknown_type_of_content_shows_its_fallback() -> None:
    told = entry(Scroll().add(pack({"type": "poll", "fallback": "a poll", "votes": 3})), "ana")
    assert told.text == "a poll"
    assert told.content is not None
    assert told.content.extra == {"votes": 3}


def test_a_post_of_a_known_type_is_read_as_its_body() -> None:
    poll = Poll(question="Lunch?", options=("pizza", "sushi"), fallback="Lunch?", mentions=("ana",))
    told = entry(Scroll().add(content.of(poll)), "ana")
    assert (told.typed, told.text) == (poll, "Lunch?")


def test_a_post_of_an_unknown_type_is_read_as_another() -> None:
    told = entry(Scroll().add(pack({"type": "shop.coupon", "fallback": "a coupon", "mention_all": True})), "ana")
    assert told.typed == Other(type="shop.coupon", fallback="a coupon", mention_all=True)


def test_a_post_that_does_not_fit_its_type_is_read_as_none() -> None:
    told = entry(Scroll().add(pack({"type": "poll", "fallback": "a poll", "options": ["one"]})), "ana")
    assert (told.typed, told.text) == (None, "a poll")


@pytest.mark.parametrize(
    ("more", "mentioned"),
    [
        ({"mentions": ["bo", "ana"]}, True),
        ({"mentions": ["bo"]}, False),
        ({"mentions": "ana"}, False),
        ({"mention_all": True}, True),
        ({"mention_all": 1}, False),
        ({}, False),
    ],
)
def test_a_post_says_whether_it_mentions_its_reader(more: dict[str, Any], mentioned: bool) -> None:
    said = pack({"type": "text", "text": "come", **more})
    for kind in ("post", "edit"):
        assert entry(Scroll().add(said, kind), "ana").mentioned is mentioned
    assert not entry(Scroll().add(said, "title"), "ana").mentioned


def test_a_post_says_until_when_it_lives() -> None:
    assert entry(evolve(Scroll().say("soon gone"), expires=9_000), "ana").expires == 9_000
    assert entry(Scroll().say("stays"), "ana").expires is None


def test_what_has_no_content_is_read_as_none() -> None:
    assert entry(Scroll().add(pack({"title": "x"}), "title"), "ana").typed is None


@pytest.mark.parametrize("body", [b"", b"\xc1", pack({"type": "text"})])
def test_a_content_that_cannot_be_read_is_told_without_it(body: bytes) -> None:
    told = entry(Scroll().add(body), "ana")
    assert (told.content, told.text, told.body) == (None, "", body)


@pytest.mark.parametrize(("body", "facts"), [(pack({"title": "x"}), {"title": "x"}), (pack([1]), {}), (b"\xc1", {})])
def test_another_kind_has_facts_as_far_as_they_can_be_read(body: bytes, facts: dict[str, str]) -> None:
    assert entry(Scroll().add(body, "title"), "ana").facts == facts


def test_an_erased_entry_says_so() -> None:
    told = entry(evolve(Scroll().say("gone"), body=None, salt=None), "ana")
    assert (told.erased, told.text, told.content) == (True, "", None)
