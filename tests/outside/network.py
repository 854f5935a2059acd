"""A small Maelstrom: it starts nodes as processes, carries their messages and its clients', and plays the workload.

The network neither delays nor drops anything; what is tested is the nodes, and the daemon behind them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Literal

import trio
from attrs import Factory, define, frozen

from tests.outside.node import CRASH, Body
from tests.outside.ops import Journal, Op

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tests.outside", "node")
LOGS = ("1", "2", "3")
ANSWER_S_MAX = 30.0
EMPTY_POLLS_MIN = 2
"""So many empty polls in a row end the last reading."""


class NodeError(Exception):
    """A node answered with an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


@define(eq=False)
class _Waiting:
    event: trio.Event = Factory(trio.Event)
    body: Body = Factory(dict[str, Any])


@define(eq=False)
class Network:
    """Nodes, by their names, and the clients' requests that have no answer yet."""

    nodes: dict[str, trio.Process] = Factory(dict[str, trio.Process])
    _waiting: dict[int, _Waiting] = Factory(dict[int, _Waiting])
    _sending: dict[str, trio.Lock] = Factory(lambda: defaultdict(trio.Lock))
    _numbers: count[int] = Factory(count)

    async def ask(self, node: str, body: Body, client: str = "c1") -> Body:
        """Return a node's answer. Raises NodeError, and trio.TooSlowError after `ANSWER_S_MAX` seconds."""
        number = next(self._numbers)
        waiting = self._waiting[number] = _Waiting()
        await self._deliver({"src": client, "dest": node, "body": {**body, "msg_id": number}})
        with trio.fail_after(ANSWER_S_MAX):
            await waiting.event.wait()
        if waiting.body["type"] == "error":
            raise NodeError(waiting.body["code"], waiting.body["text"])
        return waiting.body

    async def _deliver(self, message: Body) -> None:
        if message["dest"] not in self.nodes:
            waiting = self._waiting.pop(message["body"]["in_reply_to"])
            waiting.body = message["body"]
            waiting.event.set()
            return
        stdin = self.nodes[message["dest"]].stdin
        if stdin is None:
            raise RuntimeError("a node without stdin")
        async with self._sending[message["dest"]]:
            await stdin.send_all(json.dumps(message).encode() + b"\n")

    async def carry(self, node: trio.Process) -> None:
        """Carry what a node says, until its end."""
        buffer = b""
        if node.stdout is None:
            raise RuntimeError("a node without stdout")
        async for data in node.stdout:
            *whole, buffer = (buffer + data).split(b"\n")
            for line in whole:
                await self._deliver(json.loads(line))


@asynccontextmanager
async def open_network(names: Sequence[str]) -> AsyncGenerator[Network, None]:
    """Start the nodes, and end them with the block: their stdin ends, and whoever stays is killed."""
    network = Network()
    async with trio.open_nursery() as nursery, AsyncExitStack() as stack:
        for name in names:
            open_process = partial(trio.lowlevel.open_process, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
            node = network.nodes[name] = await open_process(list(COMMAND))
            stack.push_async_callback(_end, node)
            nursery.start_soon(network.carry, node)
        for name in names:
            await network.ask(name, {"type": "init", "node_id": name, "node_ids": [*names]})
        yield network


async def _end(node: trio.Process) -> None:
    with trio.CancelScope(shield=True):
        if node.stdin is not None:
            await node.stdin.aclose()
        with trio.move_on_after(ANSWER_S_MAX):
            await node.wait()
        if node.returncode is None:
            node.kill()


@frozen
class Workload:
    seed: int = 0
    nodes: int = 2
    clients: int = 4
    operations: int = 100
    """Of each client."""


@define(eq=False)
class Client:
    """One process of the history: sends, polls and assigns as it likes, on one node."""

    network: Network
    journal: Journal
    process: int
    node: str
    chance: Random
    offsets: dict[str, int] = Factory(dict[str, int])
    """Of each log that it reads, the offset that it asks for next."""

    def note(self, kind: Literal["invoke", "ok", "fail", "info"], f: str, value: Any) -> None:
        self.journal.note(int(trio.current_time() * 1e9), self.process, kind, f, value)

    async def ask(self, **body: Any) -> Body:
        return await self.network.ask(self.node, body, f"c{self.process}")

    async def play(self, operations: int, messages: count[int]) -> None:
        """Carry out so many operations, or fewer, if nobody knows how one ended."""
        await self.assign()
        for _ in range(operations):
            luck = self.chance.random()
            if luck < 0.1:
                await self.assign()
            elif luck < 0.55:
                await self.poll()
            elif not await self.send(self.chance.choice(LOGS), next(messages)):
                return

    async def assign(self, *, from_the_beginning: bool = False) -> None:
        logs = list(LOGS) if from_the_beginning else self.chance.sample(LOGS, self.chance.randint(1, len(LOGS)))
        self.note("invoke", "assign", logs)
        committed: dict[str, int] = {}
        if not from_the_beginning:
            committed = (await self.ask(type="list_committed_offsets", keys=logs))["offsets"]
        self.offsets = {log: committed.get(log, 0) for log in logs}
        self.note("ok", "assign", logs)

    async def send(self, log: str, message: int) -> bool:
        """Send; return False when nobody knows whether it happened, and the process is over."""
        self.note("invoke", "send", [["send", log, message]])
        try:
            answer = await self.ask(type="send", key=log, msg=message)
        except NodeError as error:
            self.note("info" if error.code == CRASH else "fail", "send", [["send", log, message]])
            return error.code != CRASH
        self.note("ok", "send", [["send", log, [answer["offset"], message]]])
        return True

    async def poll(self) -> int:
        """Poll, and commit what came; return how many messages came."""
        self.note("invoke", "poll", [["poll", {}]])
        messages = (await self.ask(type="poll", offsets=self.offsets))["msgs"]
        reached = {log: max(offset for offset, _ in pairs) for log, pairs in messages.items()}
        if reached:
            await self.ask(type="commit_offsets", offsets=reached)
        self.offsets.update({log: offset + 1 for log, offset in reached.items()})
        self.note("ok", "poll", [["poll", messages]])
        return sum(map(len, messages.values()))

    async def read_all(self) -> None:
        await self.assign(from_the_beginning=True)
        empty = 0
        while empty < EMPTY_POLLS_MIN:
            empty = 0 if await self.poll() else empty + 1


async def play(workload: Workload) -> list[Op]:
    """Return the history of a workload, which ends with a reading of everything through each node."""
    names = [f"n{number}" for number in range(workload.nodes)]
    journal, messages = Journal(), count()
    async with open_network(names) as network:
        clients = [
            Client(network, journal, process, names[process % len(names)], Random(f"{workload.seed} {process}"))
            for process in range(workload.clients + len(names))
        ]
        async with trio.open_nursery() as nursery:
            for client in clients[: workload.clients]:
                nursery.start_soon(client.play, workload.operations, messages)
        for client, name in zip(clients[workload.clients :], names, strict=True):
            client.node = name
            await client.read_all()
    return journal.ops
