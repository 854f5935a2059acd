"""What the tests of searching share."""

from __future__ import annotations

from typing import Any

from chatd.messages import Search, SearchPage
from tests.house import House, Peer


async def fed(house: House) -> None:
    """Let the index take in what was committed, a slice and a rest at a time."""
    for _ in range(10):
        await house.sleep(0.1)


async def searched(peer: Peer, query: str, **changes: Any) -> SearchPage:
    page = await peer.ask(Search(query=query, **changes))
    assert isinstance(page, SearchPage), page
    return page


def seqs(page: SearchPage) -> list[int]:
    return [hit.seq for hit in page.hits]
