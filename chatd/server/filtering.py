"""What may not be said anywhere on a server, as its operator sets it."""

from __future__ import annotations

from typing import ClassVar, Literal

from chatd import words
from chatd.frozen import frozen
from chatd.model import NO_FILTER, Filter, Links
from chatd.server.errors import ConfigError

WORDS_MAX = 10_000
WORD_CHARS_MAX = 64
HOSTS_MAX = 1_000


@frozen(kw_only=True)
class FilterConfig:
    group: ClassVar[str] = "filter."
    words: tuple[str, ...] = ()
    """Words, and words one behind another, that nobody says anywhere. At most 10,000."""
    links: Literal["any", "listed", "none"] = "any"
    """Which links may be said: any, those to `hosts` and what lies below them, or none."""
    hosts: tuple[str, ...] = ()
    """Names of hosts, in lower case. At most 1,000."""

    def __attrs_post_init__(self) -> None:
        if len(self.words) > WORDS_MAX or len(self.hosts) > HOSTS_MAX:
            raise ConfigError(f"filter: at most {WORDS_MAX} words and {HOSTS_MAX} hosts")
        for each in self.words:
            if len(each) > WORD_CHARS_MAX or words.term(each) is None:
                raise ConfigError(f"filter.words: {each[:WORD_CHARS_MAX]!r} is no word, or too long")
        for each in self.hosts:
            if each != each.lower() or not each.isascii() or "." not in each:
                raise ConfigError(f"filter.hosts: {each!r} is no host's name in lower-case ASCII")

    def filter(self) -> Filter | None:
        """Return what holds in every room; None where everything may be said."""
        given = Filter(words=self.words, links=Links(self.links), hosts=self.hosts)
        return None if given == NO_FILTER else given
