"""No text turns up where it does not belong, in any byte that anybody was ever sent (A7; A1, A2 and A9 by bytes).

A seeded course of all that people write in a whole daemon, each text a canary; what every session was sent is kept to
the byte, and so is every log line. `tests.server.canaries` says who may see what.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from trio.testing import MockClock

from chatd.server.config import Config
from tests.house import open_house
from tests.memory_index import MemoryIndex
from tests.server.canaries import SIGN, WHO, Ledger
from tests.server.canary_course import PEOPLE
from tests.server.canary_deeds import Deeds

TIMES = {
    "post": 30,
    "edit": 16,
    "poll": 8,
    "forward": 10,
    "delete": 8,
    "look": 12,
    "add": 20,
    "join": 14,
    "watch": 8,
    "review": 8,
    "draft": 6,
    "report": 8,
    "promote": 6,
    "restrict": 20,
    "filter": 5,
}
"""How often each is done in a course; all else `OFTEN` times."""
OFTEN = 6
OTHERS = (
    *("remove", "leave", "ask_in", "invite", "use_invite", "ban", "unban", "freeze", "title"),
    *("report_user", "resolve", "undraft", "profile", "attribute", "keep", "query"),
)
SHOWN = 3
"""So many leaks say what is wrong, and print at once."""
UNSEEN = {"query", "code", "refused"}


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


@asynccontextmanager
async def lived(seed: int) -> AsyncGenerator[Deeds, None]:
    """Give what a course of this seed has led to."""
    chance = random.Random(seed)
    config = Config(data=Path("unused"), dev=True, added_by="followed")
    async with open_house(config, seed=seed, index=MemoryIndex()) as house:
        deeds = Deeds(house, chance, Ledger(chance, PEOPLE))
        await deeds.begin()
        course = [name for name, times in TIMES.items() for _ in range(times)]
        course += [name for name in OTHERS for _ in range(OFTEN)]
        chance.shuffle(course)
        for name in (*["add"] * 12, *["post"] * 12, *course):
            await getattr(deeds, name)()
        await deeds.end()
        yield deeds


@pytest.mark.parametrize("seed", range(4))
async def test_every_text_is_sent_to_those_alone_whom_it_is_for(
    mock_clock: MockClock, logs: list[Any], seed: int
) -> None:
    async with lived(seed) as deeds:
        leaks = deeds.ledger.leaks()
        counted = deeds.house.daemon.core.metrics.snapshot()
    assert leaks[:SHOWN] == []
    assert SIGN.findall(repr(counted).encode()) == []
    assert "operator reads" in [line["event"] for line in logs]
    assert SIGN.findall(repr(logs).encode()) == []


async def test_a_course_shows_texts_of_every_kind_that_somebody_may_see(mock_clock: MockClock, logs: list[Any]) -> None:
    kinds: set[str] = set()
    for seed in range(2):
        async with lived(seed) as deeds:
            kinds |= deeds.ledger.shown()
            assert any(text.heard is not None for text in deeds.ledger.texts.values())
    assert kinds == {*WHO} - UNSEEN - {"evidence"}


async def test_a_text_that_was_put_among_the_bytes_of_a_session_is_found(
    mock_clock: MockClock, logs: list[Any]
) -> None:
    async with lived(0) as deeds:
        ledger = deeds.ledger
        draft = next(sign for sign, text in ledger.texts.items() if text.what == "draft")
        other = next(ear for ear in ledger.ears if ear.user not in ledger.texts[draft].may)
        other.heard.extend(b"\x00" + draft.encode() + b"\xff")
        erased, text = next((sign, text) for sign, text in ledger.texts.items() if text.heard and text.what == "post")
        seer = next(ear for ear in ledger.ears if ear.user in text.may and ear is not other)
        seer.heard.extend(erased.encode())
        assert sorted(ledger.leaks()) == sorted(
            [f"{draft} (draft) to {other.user!r}", f"{erased} (post) to {seer.user!r} after it was erased"]
        )
