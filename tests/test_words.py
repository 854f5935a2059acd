"""What a text is found by: in every script what its readers would type, and no more of it than is there."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from chatd import words
from chatd.limits import QUERY_BYTES_MAX, TERM_BYTES_MAX, TERMS_MAX
from chatd.words import BadQuery, LargeQuery, Term
from tests.memory_index import has
from tests.wire.strategies import steady


def found(query: str, text: str) -> bool:
    return all(has(words.words(text), term) for term in words.terms(query))


FOUND = [
    ("hello", "Hello, world!"),
    ("WORLD", "hello world"),
    ("cafe", "Un café crème"),
    ("café", "CAFE"),
    ("cafe\u0301", "caf\u00e9"),
    ("strasse", "Straße"),
    ("naive", "naïve"),
    ("ﬁne", "fine"),
    ("\uff11\uff12\uff13", "123"),
    ("привет", "ПРИВЕТ, мир"),
    ("елка", "Ёлка"),
    ("σοφος", "ΣΟΦΌΣ"),
    ("istanbul", "İstanbul"),
    ("السلام", "اَلسَّلَامُ عليكم"),
    ("احمد", "أحمد"),
    ("שלום", "שָׁלוֹם"),
    ("हिन्दी", "मैं हिन्दी बोलता हूँ"),
    ("東京", "明日は東京タワーに行く"),
    ("京タ", "明日は東京タワーに行く"),
    ("東京タワー", "明日は東京タワーに行く"),
    ("明", "明日"),
    ("日", "明日"),
    ("你好", "大家你好吗"),
    ("好", "大家你好"),
    ("ﾃﾞｰﾀ", "データを見る"),
    ("학교", "학교에서 만나"),
    ("서울", "우리는서울에산다"),
    ("ภาษา", "ฉันพูดภาษาไทยได้"),
    ("ไทย", "ฉันพูดภาษาไทยได้"),
    ("မြန်မာ", "မြန်မာနိုင်ငံ"),
    ("😀", "nice 😀!"),
    ("👍", "ok 👍🏽"),
    ("👨‍👩‍👧", "us: 👨‍👩‍👧"),
    ("❤️", "❤"),
    ("python入門", "今日からPython入門です"),
    ("#chatd", "we build #chatd"),
    ("foo-bar", "a foo bar"),
    ("foo_bar", "foo_bar()"),
    ("wor*", "hello world"),
    ("при*", "привет"),
    ('"hello world"', "well, hello world"),
    ('"hello wor"*', "well, hello world"),
    ("world hello", "hello big world"),
    ("rock & roll", "Rock and Roll: rock, roll"),
    ('"unclosed', "unclosed quote"),
    ("a" * 64, "a" * 64),
    ("می‌خواهم", "من میخواهم"),
]


@pytest.mark.parametrize(("query", "text"), FOUND)
def test_a_text_is_found_by_what_its_readers_type(query: str, text: str) -> None:
    assert found(query, text)


NOT_FOUND = [
    ("hell", "hello"),
    ("ello", "hello"),
    ("ello*", "hello"),
    ("hello bye", "hello"),
    ('"world hello"', "hello world"),
    ("京東", "東京タワー"),
    ("京都", "東京 都"),
    ("東京都", "東京"),
    ("bc", "b c"),
    ("か", "が"),
    ("😀", "😃"),
    ("кот", "котик"),
    ("AND", "one or other"),
    ("NEAR(a b)", "a b"),
]


@pytest.mark.parametrize(("query", "text"), NOT_FOUND)
def test_a_text_is_not_found_by_what_is_not_there(query: str, text: str) -> None:
    assert not found(query, text)


@pytest.mark.parametrize("query", ["", " ", "*", "**", '"*"', '""', "!? - ()", "\u200b", "\u0301", "\ufe0f"])
def test_a_query_of_nothing_is_bad(query: str) -> None:
    with pytest.raises(BadQuery, match="nothing to search for"):
        words.terms(query)


@pytest.mark.parametrize("query", ["a*", '"x y"*', "é*", "hello 1*"])
def test_too_little_before_a_star_is_bad(query: str) -> None:
    with pytest.raises(BadQuery, match="at least 2 characters"):
        words.terms(query)


def test_a_star_behind_a_character_that_is_a_word_changes_nothing() -> None:
    assert words.terms("猫*") == words.terms("猫")
    assert words.terms("猫犬*") == words.terms("猫犬")
    assert words.terms("😀*") == words.terms("😀")


def test_so_many_terms_are_searched_for_and_no_more() -> None:
    assert len(words.terms("ab " * TERMS_MAX)) == TERMS_MAX
    with pytest.raises(LargeQuery, match="16 terms"):
        words.terms("ab " * (TERMS_MAX + 1))


@pytest.mark.parametrize("term", ["a" * 64, "é" * 32, "猫" * 21, '"' + "a " * 32 + '"'])
def test_a_term_has_so_many_bytes_and_no_more(term: str) -> None:
    assert words.terms(term)
    with pytest.raises(LargeQuery, match=f"{TERM_BYTES_MAX} bytes"):
        words.terms(term.replace("a", "ab", 1).replace("é", "éé", 1).replace("猫", "猫猫", 1))


def test_a_long_word_is_known_by_its_beginning() -> None:
    assert words.words("x" * 1000) == ["x" * words.WORD_CHARS_MAX]


def test_what_one_character_stands_for_is_not_endless() -> None:
    assert len(" ".join(words.words("\ufdfa" * 10_922))) <= words.TEXT_CHARS_MAX


def test_of_marks_in_a_row_the_first_count() -> None:
    """Bringing 16,000 of them into order would take a second."""
    assert words.words("x" + "\u093c" * 16_000 + "y") == ["x" + "\u093c" * words.MARKS_MAX + "y"]


def test_phrases_and_words_become_terms() -> None:
    assert words.terms('Ana "b c" de* 東京都 猫 x猫') == (
        Term(("ana",), open=False),
        Term(("b", "c"), open=False),
        Term(("de",), open=True),
        Term(("東京", "京都"), open=False),
        Term(("猫",), open=True),
        Term(("x", "猫"), open=True),
    )


@given(st.text(max_size=60))
@steady
def test_words_hold_nothing_that_separates(text: str) -> None:
    """FTS5 takes them apart at ASCII characters that are neither letters nor digits, and folds those that are upper."""
    for word in words.words(text):
        assert word
        assert not any(char.isascii() and not (char.isdigit() or char.islower()) for char in word)
        assert "\x80" not in word
        assert "\x81" not in word


@given(st.text(alphabet="ab 東京猫é😀ー", min_size=1, max_size=12), st.text(alphabet="ab 東京猫é😀ー", max_size=12))
@steady
def test_a_text_is_found_by_each_of_its_words(start: str, end: str) -> None:
    text = f"{start} {end}"
    for word in text.split():
        assert found(f'"{word}"', text)


@given(st.text(max_size=300))
@steady
def test_any_query_is_parsed_or_refused(query: str) -> None:
    try:
        terms = words.terms(query)
    except BadQuery:
        return
    assert 0 < len(terms) <= TERMS_MAX
    assert all(term.words and all(term.words) for term in terms)


def test_the_most_terms_of_most_bytes_fit_a_query() -> None:
    assert TERMS_MAX * (TERM_BYTES_MAX + 1) <= QUERY_BYTES_MAX


def test_few_marks_stand_in_a_row_whatever_stands_unheard_between_them() -> None:
    found = words.words("a" + "\u1dce\u200d\u0327\ufe0f" * 100 + "b")
    assert len(found) == 1
    assert len(found[0]) <= 2 + words.MARKS_MAX
    assert words.words("a" + "\u1dce" * 20 + "b" + "\u1dce" * 3) == ["a" + "\u1dce" * 8 + "b" + "\u1dce" * 3]
