"""The words of a text, by which it is found, and the terms of a query. Pure rules, on floor 1: messages check by them.

A text is folded first: case, width, ligatures and accents make no difference, nor do vowel points, joiners and skin
tones. What is neither letter, digit, mark nor symbol separates. Then, by script:

- Where words stand apart, a word is a run of letters, digits and marks.
- Where they do not (Chinese, Japanese, Thai, Lao, Khmer, Burmese), and in Korean, whose words carry their particles
  with them, every character begins a word of its own: itself and the next one. So whatever stands somewhere in a run
  is found without a dictionary, two characters as well as twenty. Trigrams would find no word of two characters, of
  which Chinese and Japanese have most, and would triple the index of every other script.
- A symbol, such as an emoji, is a word.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import Enum
from unicodedata import category, combining, normalize, unidata_version

from chatd.frozen import frozen
from chatd.limits import TERM_BYTES_MAX, TERMS_MAX

VERSION = f"2 {unidata_version}"
"""Changes with these rules and with the Unicode data they go by: words of different versions may not be compared."""

WORD_CHARS_MAX = 64
"""A longer word is known by its beginning."""
TEXT_CHARS_MAX = 32_768
"""Of a folded text so much counts: all of a content, but where single characters stand for whole sentences."""
MARKS_MAX = 8
"""Of marks in a row so many count. Bringing n of them into order takes n^2 steps: 16,000 would take a second."""
OPEN_CHARS_MIN = 2
"""So much of a word must be given before `*`: of one character there are too many."""


class BadQuery(ValueError):
    """There is nothing to search for, or too little. `str()` says what, for people."""


class LargeQuery(BadQuery):
    """More terms, or a longer one, than may be searched for."""


@frozen
class Term:
    """A text has it where these words stand one behind another."""

    words: tuple[str, ...]
    """At least one."""
    open: bool
    """The last of them is the beginning of a word."""


class _Kind(Enum):
    NONE = 0
    WORD = 1
    DENSE = 2
    """Of a script that sets no spaces."""
    SYMBOL = 3


_DENSE = (
    ("\u0e00", "\u0eff"),  # Thai, Lao
    ("\u1000", "\u109f"),  # Myanmar
    ("\u1100", "\u11ff"),  # Hangul Jamo
    ("\u1780", "\u17ff"),  # Khmer
    ("\u2e80", "\u9fff"),  # CJK radicals, kana, Bopomofo, ideographs
    ("\ua960", "\ua97f"),  # Hangul Jamo
    ("\ua9e0", "\ua9ff"),  # Myanmar
    ("\uaa60", "\uaa7f"),  # Myanmar
    ("\uac00", "\ud7ff"),  # Hangul
    ("\uf900", "\ufaff"),  # ideographs
    ("\U0001aff0", "\U0001b16f"),  # kana
    ("\U00020000", "\U0003ffff"),  # ideographs
)
_DENSE_STARTS = [first for first, _ in _DENSE]

_UNHEARD = (
    ("\u00ad", "\u00ad"),  # soft hyphen
    ("\u0300", "\u036f"),  # accents of Latin, Greek and Cyrillic
    ("\u0591", "\u05bd"),  # Hebrew points, to \u05c7
    ("\u05bf", "\u05bf"),
    ("\u05c1", "\u05c2"),
    ("\u05c4", "\u05c5"),
    ("\u05c7", "\u05c7"),
    ("\u0610", "\u061a"),  # Arabic points and tatweel, to \u06ed
    ("\u061c", "\u061c"),
    ("\u0640", "\u0640"),
    ("\u064b", "\u065f"),
    ("\u0670", "\u0670"),
    ("\u06d6", "\u06dc"),
    ("\u06df", "\u06e4"),
    ("\u06e7", "\u06e8"),
    ("\u06ea", "\u06ed"),
    ("\u200b", "\u200f"),  # zero widths and directions
    ("\u202a", "\u202e"),
    ("\u2060", "\u2069"),
    ("\ufe00", "\ufe0f"),  # variation selectors
    ("\ufeff", "\ufeff"),
    ("\U0001f3fb", "\U0001f3ff"),  # skin tones
    ("\U000e0020", "\U000e007f"),  # tags
    ("\U000e0100", "\U000e01ef"),  # variation selectors
)
_SILENCE = {code: None for first, last in _UNHEARD for code in range(ord(first), ord(last) + 1)}

_PIECE = re.compile(r'"([^"]*)"(\**)|([^\s"]+)')
"""Of a query: a phrase in quotes, or what stands between spaces."""


def words(text: str) -> list[str]:
    """Return the words of `text` in their order. Each is made of letters, digits, marks or one symbol, and of nothing
    else."""
    return _words(_runs(_folded(text)))


def _words(runs: list[tuple[_Kind, str]]) -> list[str]:
    found: list[str] = []
    for kind, run in runs:
        found.extend(_pairs(run) if kind is _Kind.DENSE else (run[:WORD_CHARS_MAX],))
    return found


def terms(query: str) -> tuple[Term, ...]:
    """Return what a text must have, all of it, to be found by `query`.

    Terms stand between spaces; one in double quotes may hold spaces; one that ends with `*` is the beginning of a
    word. There are no other signs. Raises BadQuery where nothing is left to search for, or too little before a `*`,
    and LargeQuery beyond `TERMS_MAX` terms of `TERM_BYTES_MAX` bytes.
    """
    found: list[Term] = []
    for count, (phrase, star, plain) in enumerate(_PIECE.findall(query), 1):
        if count > TERMS_MAX:
            raise LargeQuery(f"at most {TERMS_MAX} terms")
        piece = phrase or plain.rstrip("*")
        if len(piece.encode("utf-8", "surrogatepass")) > TERM_BYTES_MAX:
            raise LargeQuery(f"at most {TERM_BYTES_MAX} bytes a term")
        if term := _term(piece, open_ended=bool(star) or plain.endswith("*")):
            found.append(term)
    if not found:
        raise BadQuery("nothing to search for")
    return tuple(found)


def term(piece: str) -> Term | None:
    """Return what a text must have to hold `piece`, as whole words; None where that has no word."""
    return _term(piece, open_ended=False)


def _term(piece: str, *, open_ended: bool) -> Term | None:
    """Return the term of `piece`, None where it has no word. In a text a dense run may go on where `piece` ends."""
    runs = _runs(_folded(piece))
    if not runs:
        return None
    found = _words(runs)
    kind, last = runs[-1]
    if kind is _Kind.DENSE:
        return Term(tuple(found[:-1] if len(last) > 1 else found), open=len(last) == 1)
    if open_ended and kind is _Kind.WORD and len(last) < OPEN_CHARS_MIN:
        raise BadQuery(f"at least {OPEN_CHARS_MIN} characters before *")
    return Term(tuple(found), open=open_ended and kind is _Kind.WORD)


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    apart = normalize("NFKD", normalize("NFKD", calm(text)).casefold())
    return normalize("NFC", apart.translate(_SILENCE))[:TEXT_CHARS_MAX]


def calm(text: str) -> str:
    """Return `text` with at most `MARKS_MAX` marks in a row, what is not heard between them left out of account."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        if combining(char):
            marks += 1
        elif ord(char) not in _SILENCE:
            marks = 0
        if marks <= MARKS_MAX:
            kept.append(char)
    return "".join(kept)


def _runs(folded: str) -> list[tuple[_Kind, str]]:
    """Return what the words of a folded text are made from: runs of one kind each, and symbols one by one."""
    runs: list[tuple[_Kind, str]] = []
    kind, start = _Kind.NONE, 0
    for place, char in enumerate(folded + " "):
        now = _kind(char, kind)
        if now is not kind or now is _Kind.SYMBOL:
            if kind is not _Kind.NONE:
                runs.append((kind, folded[start:place]))
            kind, start = now, place
    return runs


def _kind(char: str, before: _Kind) -> _Kind:
    """Return what `char` is a part of. A mark belongs to what stands before it."""
    group = category(char)
    if group == "So":
        return _Kind.SYMBOL
    if group[0] == "M":
        return before if before is _Kind.DENSE else _Kind.WORD
    if group[0] not in "LN":
        return _Kind.NONE
    place = bisect_right(_DENSE_STARTS, char) - 1
    return _Kind.DENSE if place >= 0 and char <= _DENSE[place][1] else _Kind.WORD


def _pairs(run: str) -> list[str]:
    """Return for each character itself and the next one; the last stands alone."""
    return [run[place : place + 2] for place in range(len(run))]
