"""Every dialogue of tests/dialogues holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from trio.testing import MockClock

from chatd.server.hooks.plan import NO_PLAN
from tests.dialogue import Dialogue, Mismatch, settings
from tests.house import open_house
from tests.memory_index import MemoryIndex
from tests.server.hooks.rules import by_word, plan
from tests.signing import VERIFY

DIALOGUES = {path.stem: path.read_text("utf-8") for path in sorted((Path(__file__).parent / "dialogues").glob("*.txt"))}


@pytest.mark.parametrize("text", DIALOGUES.values(), ids=DIALOGUES)
async def test_the_dialogue_holds(mock_clock: MockClock, text: str) -> None:
    index = MemoryIndex() if "with search=on" in text else None
    rules = plan(by_word) if "with hooks=by_word" in text else NO_PLAN
    async with open_house(settings(text), index=index, plan=rules, verify=VERIFY) as house:
        await Dialogue(house).run(text)


async def test_a_line_that_does_not_hold_is_named(mock_clock: MockClock) -> None:
    async with open_house() as house:
        with pytest.raises(Mismatch, match=r"line 2: ana receives paused\s+came: nothing"):
            await Dialogue(house).run("ana enters\nana receives paused")


async def test_what_no_line_names_fails_a_dialogue(mock_clock: MockClock) -> None:
    async with open_house() as house:
        with pytest.raises(Mismatch, match="bo received what no line names"):
            await Dialogue(house).run(
                "ana enters\nbo enters\nana sends open_direct user=bo as chat\nana ignores the rest"
            )
