"""What a filter catches: words that are not said, and links that lead elsewhere. Pure rules, on floor 1.

A text is taken apart into words as it is for searching (`chatd.words`): so case, accents, width, joiners and ligatures
make no difference. Then letters of other scripts that look like Latin ones count as these. Both take time in proportion
to the text, whatever a filter holds: its words are a tree that is walked once, word by word, as Aho and Corasick have
it (1975), and no pattern of a user is ever run. How much text is looked through has a limit: `are_long`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from unicodedata import category, normalize

from attrs import Factory, define

from chatd import words
from chatd.frozen import frozen
from chatd.limits import FILTERED_CHARS_MAX
from chatd.model import Filter, Links

TEXT_KEYS = ("text", "fallback", "caption", "title", "question")
"""Of a content, what people read; besides the `options` of a poll and the captions of files."""
FILE_KEYS = ("items", "file", "cover", "image")
"""Where the files of a content stand, one or a list of them."""

_LOOKS = str.maketrans(
    "01\u0251\u0261\u0131\u0237"  # digits, and letters of Latin itself
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445"  # Cyrillic
    "\u0455\u0456\u0458\u04bb\u04cf\u0501\u051b\u051d"
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",  # Greek
    "olagijabekmhopctyxsijhldqwaikvoptux",
)
"""What looks like a letter of Latin, once it is folded."""

_BREAKS = re.compile(r"[\s<>()\[\]{}\"'`,;!*]+")
"""What stands between two links."""
_AUTHORITY_ENDS = re.compile(r"[/?#]")
_PORT = re.compile(r":[0-9]{1,5}")
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
_HOST = re.compile(r"[\w-]{1,63}(\.[\w-]{1,63})+")
_GENERIC = frozenset(
    ("com", "net", "org", "info", "biz", "app", "dev", "shop", "xyz", "online", "site", "store", "top", "club", "live")
)
"""Ends of names that are links though nothing else says so; and those of two letters, which countries have."""


@define(eq=False)
class _Node:
    """A place in the tree of words: the beginning of a term that was just said."""

    next: dict[str, _Node] = Factory(dict[str, Any])
    begins: frozenset[str] = frozenset()
    """Characters: a word that begins with one of them ends a term here."""
    is_end: bool = False
    fall: _Node | None = None
    """The longest beginning of a term that was just said besides, but shorter than this one; None of the root."""


@frozen
class Sieve:
    """A filter, ready for use."""

    filter: Filter
    size: int
    """What it takes of memory: places in its tree, and hosts. Each is some 400 bytes."""
    _root: _Node
    _hosts: frozenset[str]

    def catches(self, texts: Iterable[str]) -> bool:
        """Return whether the filter lets one of `texts` not pass."""
        return any(self._says(text) or self._leads_away(text) for text in texts)

    def _says(self, text: str) -> bool:
        if not self.filter.words:
            return False
        node = self._root
        for said in words.words(text):
            word = _looks(said)
            if word[0] in node.begins:
                return True
            node = _after(node, word)
            if node.is_end:
                return True
        return False

    def _leads_away(self, text: str) -> bool:
        if self.filter.links is Links.ANY:
            return False
        return any(self.filter.links is Links.NONE or not self._is_listed(host) for host in hosts(text))

    def _is_listed(self, host: str) -> bool:
        while host and host not in self._hosts:
            host = host.partition(".")[2]
        return bool(host)


def sieve(given: Filter) -> Sieve:
    """Return `given`, ready for use. It is worth keeping: for the largest filter of a room it takes some ms."""
    root = _Node()
    for each in given.words:
        if term := words.term(each):
            _plant(root, term)
    places = _join(root)
    return Sieve(given, places + len(given.hosts), root, frozenset(given.hosts))


def _plant(root: _Node, term: words.Term) -> None:
    node, looks = root, [_looks(word) for word in term.words]
    for word in looks[:-1] if term.open else looks:
        node = node.next.setdefault(word, _Node())
    if term.open:
        node.begins |= {looks[-1]}
    else:
        node.is_end = True


def _join(root: _Node) -> int:
    """Let each place know where it falls to, nearest first, and what ends there. Return how many places there are."""
    waiting, count = deque([root]), 0
    while waiting:
        node = waiting.popleft()
        count += 1
        for word, after in node.next.items():
            after.fall = _after(node.fall, word) if node.fall else root
            after.is_end = after.is_end or after.fall.is_end
            after.begins = after.begins | after.fall.begins if after.begins else after.fall.begins
            waiting.append(after)
    return count


def _after(node: _Node, word: str) -> _Node:
    """Return where `word` leads from `node`. Who falls has risen before: a text takes two steps a word at most."""
    while node.fall and word not in node.next:
        node = node.fall
    return node.next.get(word, node)


def _looks(word: str) -> str:
    return word.translate(_LOOKS)


def texts(facts: Mapping[str, Any]) -> list[str]:
    """Return what people read of a content."""
    found = [facts[key] for key in TEXT_KEYS if isinstance(facts.get(key), str)]
    options = facts.get("options")
    if isinstance(options, list):
        found.extend(each for each in cast("list[object]", options) if isinstance(each, str))
    for key in FILE_KEYS:
        found.extend(_captions(facts.get(key)))
    return found


def _captions(files: object) -> Iterator[str]:
    for each in cast("list[object]", files) if isinstance(files, list) else [files]:
        caption = cast("dict[str, object]", each).get("caption") if isinstance(each, dict) else None
        if isinstance(caption, str):
            yield caption


def are_long(texts: Sequence[str]) -> bool:
    """Return whether `texts` together have more than `FILTERED_CHARS_MAX` characters: too many to look through.

    They are counted in the form NFKC, for one character may stand for eighteen.
    """
    if sum(map(len, texts)) > FILTERED_CHARS_MAX:
        return True
    return sum([len(normalize("NFKC", words.calm(text))) for text in texts]) > FILTERED_CHARS_MAX


def hosts(text: str) -> Iterator[str]:
    """Yield where each link in `text` leads, empty where that is not clear.

    A link is what has `://` in it; a name that ends as names of hosts do, or has something behind a slash; and `www.`
    with a name. Addresses of mail are none: what has an `@` before the path is no host's name.
    """
    for piece in _BREAKS.split(_plain(text)):
        scheme, there, rest = piece.partition("://")
        if there and rest and scheme[-1:].isalnum():
            yield _host(_AUTHORITY_ENDS.split(rest, maxsplit=1)[0])
        elif "." in scheme and _is_link(scheme):
            yield _host(_AUTHORITY_ENDS.split(scheme, maxsplit=1)[0])


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    shown = "".join([char for char in text.translate(_DOTS) if category(char) != "Cf"])
    return normalize("NFKC", normalize("NFKC", words.calm(shown)).casefold())


def _host(authority: str) -> str:
    """Return the name of a host, empty where it is none or hides behind another name."""
    name = _PORT.sub("", authority, count=1).rstrip(".:")
    return name if _HOST.fullmatch(name) else ""


def _is_link(piece: str) -> bool:
    name, *behind = _AUTHORITY_ENDS.split(piece, maxsplit=1)
    host = _host(name)
    last = host.rpartition(".")[2]
    if not host or last.isdecimal():
        return False
    is_usual = last in _GENERIC or (len(last) == 2 and last.isascii() and last.isalpha()) or last.startswith("xn--")
    return is_usual or bool(behind and behind[0]) or host.startswith("www.")
