"""What a filter catches, in any script, and that it takes no longer than the text is long."""

from __future__ import annotations

from unicodedata import combining

import pytest
from hypothesis import given, strategies as st

from chatd import filters, words
from chatd.model import Filter, Links
from tests.wire.strategies import steady


def catches(text: str, *said: str) -> bool:
    return filters.sieve(Filter(words=said)).catches([text])


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("spam", "no SPAM, please"),
        ("spam", "sp\u00e4m"),
        ("spam", "\uff33\uff50\uff41\uff4d"),
        ("spam", "s\u200bp\u00ada\u2060m"),
        ("spam", "\U0001d4fc\U0001d4f9\U0001d4ea\U0001d4f6"),
        ("spam", "\u0405\u0420\u0410\u041c"),
        ("paypal", "p\u0430yp\u0430l"),
        ("bool", "B001"),
        ("free money", "get free  money!"),
        ("free money", "FREE-MONEY"),
        ("\u043f\u0440\u0438\u0432\u0435\u0442", "\u041f\u0420\u0418\u0412\u0415\u0422"),
        ("\u8d4c\u535a", "\u6211\u4eec\u7684\u8d4c\u535a\u7f51\u7ad9"),
        ("\u732b", "\u9ed2\u732b\u3067\u3059"),
        ("tea \u732b", "my tea \u732b\u3067\u3059"),
        ("\u0e01\u0e32\u0e23", "\u0e1e\u0e19\u0e31\u0e19\u0e01\u0e32\u0e23"),
        ("\U0001f346", "look \U0001f346!"),
        ("a b", "a a b"),
        ("a a b", "a a a b"),
    ],
)
def test_a_word_is_found_however_it_is_dressed(word: str, text: str) -> None:
    assert catches(text, "eggs", word, "bacon")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("spam", "spammer"),
        ("spam", "antispam"),
        ("spam", "s p a m"),
        ("free money", "free the money"),
        ("free money", "money free"),
        ("free money", "free"),
        ("\u8d4c\u535a", "\u535a\u8d4c"),
        ("\u732b", "\u72ac"),
        ("spam", ""),
    ],
)
def test_what_is_another_word_is_not(word: str, text: str) -> None:
    assert not catches(text, word)


@pytest.mark.parametrize("said", [("a b c", "a b"), ("a b", "a b c"), ("a b c", "b")])
def test_a_term_within_another_is_found_by_itself(said: tuple[str, ...]) -> None:
    assert catches("a b", *said)
    assert not catches("a c", *said)


def test_a_term_that_is_open_is_found_within_another() -> None:
    assert catches("\u8336\u732b\u9ce5", "\u8336\u732b\u72ac", "\u732b")


naive_words = st.lists(st.sampled_from("abc"), min_size=1, max_size=4)


@steady
@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(naive_words, min_size=1, max_size=6))
def test_the_tree_finds_what_a_look_at_every_place_finds(said: list[str], terms: list[list[str]]) -> None:
    naive = any(said[at : at + len(term)] == term for term in terms for at in range(len(said)))
    assert catches(" ".join(said), *(" ".join(term) for term in terms)) is naive


dense = st.text("\u732b\u72ac\u9ce5", max_size=9)


@steady
@given(dense, st.lists(st.text("\u732b\u72ac", min_size=1, max_size=4), min_size=1))
def test_a_term_that_is_open_at_its_end_is_found_wherever_it_stands(said: str, terms: list[str]) -> None:
    assert catches(said, *terms) is any(term in said for term in terms)


class Counting(dict[str, filters._Node]):
    """The ways on from a place in the tree, with a count of all the looks at them."""

    looks = 0

    def __contains__(self, key: object) -> bool:
        Counting.looks += 1
        return super().__contains__(key)

    def get(self, key: str, default: filters._Node | None = None) -> filters._Node | None:  # type: ignore[override]
        Counting.looks += 1
        return super().get(key, default)


def watched(node: filters._Node) -> None:
    for each in node.next.values():
        watched(each)
    node.next = Counting(node.next)


@pytest.mark.parametrize("text", ["a " * 2_048, ("a " * 31 + "c ") * 64])
def test_a_text_takes_few_steps_a_word_whatever_the_filter_holds(text: str) -> None:
    sieve = filters.sieve(Filter(words=tuple("a " * count + "b" for count in range(1, 32))))
    watched(sieve._root)
    Counting.looks = 0
    assert not sieve.catches([text])
    assert 0 < Counting.looks <= 3 * len(text.split())


@pytest.mark.parametrize(
    ("texts", "long"),
    [
        (["a" * 4_096], False),
        (["a" * 4_097], True),
        (["a" * 2_048, "a" * 2_048], False),
        (["a" * 2_048, "a" * 2_049], True),
        (["\ud55c" * 4_096], False),
        (["\u1ec7" * 4_096], False),
        (["\ufdfa" * 227], False),
        (["\ufdfa" * 228], True),
        (["\ufdfa" * 114, "\ufdfa" * 114], True),
    ],
)
def test_texts_are_long_together_and_in_what_they_stand_for(texts: list[str], long: bool) -> None:
    assert filters.are_long(texts) is long


def test_links_are_looked_for_with_few_marks_in_a_row() -> None:
    plain = filters._plain("a" + "\u1dce\u0600\u0316\u2060" * 100 + "b")
    assert sum(map(combining, plain)) > 0
    assert len(plain) <= 2 + words.MARKS_MAX


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://Example.org/x?y#z", ["example.org"]),
        ("http://a.example:8080", ["a.example"]),
        ("(https://a.example)", ["a.example"]),
        ("[x](https://a.example/y)", ["a.example"]),
        ("www.a.example", ["www.a.example"]),
        ("example.com", ["example.com"]),
        ("a.de, b.io; c.d.xyz", ["a.de", "b.io", "c.d.xyz"]),
        ("go to shop.museum/sale", ["shop.museum"]),
        ("example.com.", ["example.com"]),
        ("t.me/@spam", ["t.me"]),
        ("tiktok.com/@user", ["tiktok.com"]),
        ("evil.com/?a=@", ["evil.com"]),
        ("evil.com?@", ["evil.com"]),
        ("www.evil.com/#@", ["www.evil.com"]),
        ("https://good.example@evil.net/", [""]),
        ("https://good.example\\@evil.net", [""]),
        ("https://localhost/", [""]),
        ("tg://resolve", [""]),
        ("ex\u00e4mple.com", ["ex\u00e4mple.com"]),
        ("example\u3002com", ["example.com"]),
        ("exa\u200bmple.com", ["example.com"]),
        ("\uff45xample.com", ["example.com"]),
        ("xn--80ak6aa92e.com", ["xn--80ak6aa92e.com"]),
        ("https://1.2.3.4/x", ["1.2.3.4"]),
    ],
)
def test_links_are_found_with_where_they_lead(text: str, found: list[str]) -> None:
    assert list(filters.hosts(text)) == found


@pytest.mark.parametrize(
    "text",
    ["", "hello", "the end.Next", "e.g. this", "...", "1.5", "10.000.000", "a.b.c.1", "bo@example.com",
     "bo@example.com/x", ":// hm", "3://", "file.text", "and/or", "a . b", "a..de"],
)  # fmt: skip
def test_what_is_no_link_is_none(text: str) -> None:
    assert list(filters.hosts(text)) == []


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("https://example.org/", True),
        ("https://docs.example.org", True),
        ("example.org/x", True),
        ("https://badexample.org", False),
        ("https://example.org.evil.net", False),
        ("https://example.org@evil.net", False),
        ("https://ex\u00e4mple.org", False),
        ("https://\u0435xample.org", False),
        ("https://example.org and https://evil.net", False),
    ],
)
def test_links_may_lead_to_what_is_listed_and_below_it(text: str, listed: bool) -> None:
    assert filters.sieve(Filter(links=Links.LISTED, hosts=("example.org",))).catches([text]) is not listed


def test_without_links_any_link_is_caught_and_with_any_none_is() -> None:
    assert filters.sieve(Filter(links=Links.NONE, hosts=("a.example",))).catches(["x", "https://a.example"])
    assert not filters.sieve(Filter(words=("x",), links=Links.ANY)).catches(["https://a.example"])


def test_of_a_content_is_looked_through_what_people_read() -> None:
    content = {"type": "poll", "question": "q", "options": ["a", 1, "b"], "caption": 5, "text": "t", "other": "o"}
    assert filters.texts(content) == ["t", "q", "a", "b"]
    assert filters.texts({"type": "text", "options": "x"}) == []


def test_what_stands_under_a_file_is_looked_through_wherever_the_file_stands() -> None:
    items = [{"caption": "one"}, {"caption": 2}, 3, {"caption": "two"}]
    assert filters.texts({"type": "media", "fallback": "f", "items": items}) == ["f", "one", "two"]
    files = {"file": {"caption": "v"}, "cover": {"caption": "c"}, "image": {"caption": "i"}}
    assert filters.texts({"type": "other", **files}) == ["v", "c", "i"]


@steady
@given(st.text(max_size=200))
def test_any_text_can_be_looked_through(text: str) -> None:
    sieve = filters.sieve(Filter(words=("spam",), links=Links.LISTED, hosts=("a.b",)))
    assert sieve.catches([text]) in (True, False)


@steady
@given(st.text(max_size=20).filter(lambda text: words.term(text) is not None))
def test_a_text_is_caught_by_the_word_that_it_is(text: str) -> None:
    assert catches(text, text)


def test_the_size_of_a_sieve_is_what_it_holds() -> None:
    assert [filters.sieve(Filter(words=given)).size for given in ((), ("...",))] == [1, 1]
    assert filters.sieve(Filter(words=("a b c", "a b d", "a"), hosts=("a.b", "c.d"))).size == 1 + 4 + 2
