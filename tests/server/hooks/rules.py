"""Rules that the tests ask before a post."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import trio
from attrs import Factory, define, evolve

from chatd.server.config import Config
from chatd.server.hooks.asking import Budget
from chatd.server.hooks.before_post import Allow, Asked, Hold, Refuse, Replace, Rule, Verdict
from chatd.server.hooks.plan import BeforePost, Plan
from chatd.wire import content

BUDGET = Budget(ms=500, asks_max=4, waiting_max=4, fails_open=False)


def plan(rule: Rule, **budget: Any) -> Plan:
    return Plan(before_post=BeforePost(rule=rule, budget=evolve(BUDGET, **budget)))


def dev(**changes: Any) -> Config:
    return Config(data=Path("unused"), dev=True, **changes)


def by_word(asked: Asked) -> Verdict:
    """Go by what is said: the rule of the dialogues."""
    match asked.text.partition(" ")[0]:
        case "refuse":
            return Refuse("manners", "mind your language")
        case "hold":
            return Hold("somebody will look at it")
        case "replace":
            return Replace(content.text("***"))
        case "break":
            return None  # type: ignore[return-value]
        case _:
            return Allow()


def broken(_: Asked) -> Verdict:
    raise RuntimeError("a bug of the app")


async def never(_: Asked) -> Verdict:
    await trio.sleep_forever()
    raise AssertionError


@define(eq=False)
class Gate:
    """A rule that answers when the test says so."""

    asked: list[Asked] = Factory(list)
    _answers: dict[str, trio.Event] = Factory(dict)
    verdict: Callable[[Asked], Verdict] = by_word

    async def __call__(self, asked: Asked) -> Verdict:
        self.asked.append(asked)
        await self._answers.setdefault(asked.text, trio.Event()).wait()
        return self.verdict(asked)

    def answer(self, text: str) -> None:
        """Let the rule answer what it is asked about `text`."""
        self._answers.setdefault(text, trio.Event()).set()

    @property
    def texts(self) -> Sequence[str]:
        return [each.text for each in self.asked]
