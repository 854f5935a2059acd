"""The server's own filter, as it is configured."""

from __future__ import annotations

from typing import Any

import pytest

from chatd.model import Filter, Links
from chatd.server.errors import ConfigError
from chatd.server.filtering import FilterConfig


def test_what_is_configured_is_what_holds() -> None:
    given = FilterConfig(words=("free money",), links="listed", hosts=("a.example",))
    assert given.filter() == Filter(words=("free money",), links=Links.LISTED, hosts=("a.example",))
    assert FilterConfig().filter() is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"words": ("...",)}, "filter.words: '...'"),
        ({"words": ("x" * 65,)}, "filter.words"),
        ({"words": ("x",) * 10_001}, "at most 10000 words"),
        ({"hosts": ("A.example",)}, "filter.hosts: 'A.example'"),
        ({"hosts": ("\u00e4.example",)}, "filter.hosts"),
        ({"hosts": ("example",)}, "filter.hosts"),
        ({"hosts": ("a.b",) * 1_001}, "1000 hosts"),
    ],
)
def test_what_cannot_be_meant_is_said_at_the_start(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        FilterConfig(**given)
