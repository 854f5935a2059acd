"""Nodes of Maelstrom's kafka workload, and the daemon behind them, in one process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
from attrs import Factory, define

from tests.outside.node import MALFORMED, NOT_SUPPORTED, Body, Node

pytestmark = pytest.mark.slow

NAMES = ("n0", "n1")


@define(eq=False)
class Pair:
    """Two nodes, whose messages reach each other at once."""

    nodes: dict[str, Node] = Factory(dict[str, Node])
    answers: dict[int, Body] = Factory(dict[int, Body])
    _came: trio.Event = Factory(trio.Event)

    def say(self, message: Body) -> None:
        if message["dest"] in self.nodes:
            self.nodes[message["dest"]].take(message)
        else:
            self.answers[message["body"]["in_reply_to"]] = message["body"]
            self._came.set()
            self._came = trio.Event()

    async def ask(self, node: str, **body: Any) -> Body:
        number = len(self.answers) + 1
        self.nodes[node].take({"src": "c1", "dest": node, "body": {**body, "msg_id": number}})
        while number not in self.answers:
            await self._came.wait()
        return self.answers[number]


@asynccontextmanager
async def two_nodes() -> AsyncGenerator[Pair, None]:
    pair = Pair()
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            for name in NAMES:
                pair.nodes[name] = Node(nursery, pair.say)
            for name in NAMES:
                assert (await pair.ask(name, type="init", node_id=name, node_ids=[*NAMES]))["type"] == "init_ok"
            yield pair
            nursery.cancel_scope.cancel()


async def test_what_is_sent_to_one_node_is_polled_from_the_other() -> None:
    async with two_nodes() as pair:
        offsets = [(await pair.ask("n0", type="send", key="1", msg=message))["offset"] for message in (7, 8, 9)]
        polled = await pair.ask("n1", type="poll", offsets={"1": offsets[1], "2": 0})
    assert offsets == sorted({*offsets})
    assert polled["msgs"] == {"1": [(offsets[1], 8), (offsets[2], 9)]}


async def test_offset_0_polls_from_the_beginning() -> None:
    async with two_nodes() as pair:
        offset = (await pair.ask("n1", type="send", key="1", msg="first"))["offset"]
        polled = await pair.ask("n1", type="poll", offsets={"1": 0})
    assert polled["msgs"] == {"1": [(offset, "first")]}


async def test_a_committed_offset_is_known_to_all_and_never_goes_back() -> None:
    async with two_nodes() as pair:
        offsets = [(await pair.ask("n0", type="send", key="1", msg=message))["offset"] for message in (7, 8)]
        for offset in reversed(offsets):
            await pair.ask("n0", type="commit_offsets", offsets={"1": offset})
        committed = await pair.ask("n1", type="list_committed_offsets", keys=["1", "2"])
    assert committed["offsets"] == {"1": offsets[1]}


async def test_sending_commits_no_offset() -> None:
    async with two_nodes() as pair:
        await pair.ask("n0", type="send", key="1", msg=7)
        committed = await pair.ask("n0", type="list_committed_offsets", keys=["1"])
    assert committed["offsets"] == {}


async def test_another_request_is_not_supported() -> None:
    async with two_nodes() as pair:
        answer = await pair.ask("n0", type="txn", txn=[])
    assert (answer["type"], answer["code"]) == ("error", NOT_SUPPORTED)


async def test_a_log_whose_name_is_no_title_is_malformed() -> None:
    async with two_nodes() as pair:
        answer = await pair.ask("n0", type="send", key="", msg=7)
    assert (answer["type"], answer["code"]) == ("error", MALFORMED)
