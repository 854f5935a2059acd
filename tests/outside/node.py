"""A chatd daemon behind Maelstrom's kafka workload: `python -m tests.outside node` is one node, on stdin and stdout.

The first node runs a daemon in its own process, on loopback and in a directory of its own; every other asks it for the
address and connects. A log is a group, a message a post, an offset its seq, and a committed offset a read mark. All
nodes name a group by the same key, so whichever comes first makes it and the others are given the same one.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trio
from attrs import Factory, define, field

from chatd.messages import Unfit
from chatd.model import EntryKind, RoomId
from chatd.server.config import Config
from chatd.server.daemon import serve
from chatd.server.logs import configure
from chatd_client import Chat, ChatError, Refused, Sources, connect

PRODUCER, CONSUMER = "producer", "consumer"
"""Two users, because a post marks the room as read up to it, and that is no committed offset."""
ASK_AGAIN_S = 1.0
POLL_MAX = 100

NOT_SUPPORTED, MALFORMED, CRASH, ABORT = 10, 12, 13, 14
"""Maelstrom's errors. All but CRASH say that it certainly did not happen."""

Body = dict[str, Any]


@define(eq=False)
class Namer:
    """Gives a group's key, which is made of the log's name alone."""

    log: str = ""

    def entropy(self, size: int) -> bytes:
        return blake2b(self.log.encode(), digest_size=size).digest()


@define(eq=False)
class Logs:
    """The logs, by three connections of the node's own."""

    founder: Chat
    namer: Namer
    producer: Chat
    consumer: Chat
    _rooms: dict[str, RoomId] = Factory(dict[str, RoomId])
    _naming: trio.Lock = Factory(trio.Lock)

    async def room(self, log: str) -> RoomId:
        async with self._naming:
            if log not in self._rooms:
                self.namer.log = log
                self._rooms[log] = (await self.founder.create_group(log, [CONSUMER])).room
        return self._rooms[log]

    async def send(self, log: str, message: Any) -> int:
        return (await self.producer.post(await self.room(log), json.dumps(message))).seq

    async def poll(self, log: str, offset: int) -> list[tuple[int, Any]]:
        page = await self.consumer.history(await self.room(log), after=max(0, offset - 1), limit=POLL_MAX)
        return [(each.seq, json.loads(each.text)) for each in page.entries if each.kind == EntryKind.POST]

    async def commit(self, log: str, offset: int) -> None:
        await self.consumer.mark_read(await self.room(log), offset)

    async def committed(self, names: Sequence[str]) -> dict[str, int]:
        rooms = {await self.room(log): log for log in names}
        offsets: dict[str, int] = {}
        page, following = await self.consumer.rooms(), True
        while following:
            offsets.update({rooms[each.room]: each.read for each in page.rooms if each.room in rooms and each.read})
            following = page.next is not None
            if following:
                page = await self.consumer.rooms(following=page.next)
        return offsets


@define(eq=False)
class Node:
    """Answers Maelstrom's messages, each in a task of `nursery`, with `say`."""

    nursery: trio.Nursery
    say: Callable[[Body], None]
    name: str = ""
    first: str = ""
    _url: str = field(default="", init=False)
    _logs: Logs | None = field(default=None, init=False)
    _found: trio.Event = Factory(trio.Event)
    """Set when the daemon's address is known."""
    _ready: trio.Event = Factory(trio.Event)
    _numbers: count[int] = Factory(count)

    def take(self, message: Body) -> None:
        """Take a message. Never blocks: what has to wait does so in its own task."""
        body = message["body"]
        match body["type"]:
            case "init":
                self.name, self.first = body["node_id"], body["node_ids"][0]
                self.reply(message, {"type": "init_ok"})
                self.nursery.start_soon(self.live)
            case "where":
                self.nursery.start_soon(self._tell_where, message)
            case "where_ok":
                self._be_at(body["url"])
            case _:
                self.nursery.start_soon(self.answer, message)

    def reply(self, message: Body, body: Body) -> None:
        in_reply_to = {"in_reply_to": message["body"].get("msg_id")}
        self.say({"src": self.name, "dest": message["src"], "body": {**body, **in_reply_to}})

    async def _tell_where(self, message: Body) -> None:
        await self._found.wait()
        self.reply(message, {"type": "where_ok", "url": self._url})

    def _be_at(self, url: str) -> None:
        self._url = url
        self._found.set()

    async def live(self) -> None:
        """Find or start the daemon, and talk to it until cancelled."""
        if self.name == self.first:
            with TemporaryDirectory(prefix="chatd-node-") as directory:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._daemon, Path(directory))
                    await self._found.wait()
                    await self._talk()
        else:
            await self._ask_where()
            await self._talk()

    async def _daemon(self, data: Path) -> None:
        """Run the daemon; the node ends with it."""
        config = Config(data=data, listen=("tcp://127.0.0.1:0",), dev=True)
        await serve(config, ready=lambda urls: self._be_at(urls[0]))
        self.nursery.cancel_scope.cancel()

    async def _ask_where(self) -> None:
        while not self._found.is_set():
            body = {"type": "where", "msg_id": next(self._numbers)}
            self.say({"src": self.name, "dest": self.first, "body": body})
            with trio.move_on_after(ASK_AGAIN_S):
                await self._found.wait()

    async def _talk(self) -> None:
        namer = Namer()
        naming = Sources(wall_ms=lambda: 0, entropy=namer.entropy)
        joined = partial(connect, self._url, follow=False)
        async with (
            joined(user=PRODUCER, device=f"{self.name}-founder", sources=naming) as founder,
            joined(user=PRODUCER, device=self.name) as producer,
            joined(user=CONSUMER, device=self.name) as consumer,
        ):
            self._logs = Logs(founder, namer, producer, consumer)
            self._ready.set()
            await trio.sleep_forever()

    async def answer(self, message: Body) -> None:
        """Answer a request of the workload, in the end."""
        await self._ready.wait()
        try:
            fields = await self._answer(message["body"])
        except Unfit as error:
            self._fail(message, MALFORMED, str(error))
        except Refused as error:
            self._fail(message, ABORT, str(error))
        except ChatError as error:
            self._fail(message, CRASH, str(error))
        else:
            if fields is None:
                self._fail(message, NOT_SUPPORTED, "no request of the kafka workload")
            else:
                self.reply(message, {"type": f"{message['body']['type']}_ok", **fields})

    async def _answer(self, body: Body) -> Body | None:
        logs = self._logs
        if logs is None:
            raise RuntimeError("ready without logs")
        match body:
            case {"type": "send", "key": str(log), "msg": message}:
                return {"offset": await logs.send(log, message)}
            case {"type": "poll", "offsets": dict()}:
                return {"msgs": await self._poll(logs, body["offsets"])}
            case {"type": "commit_offsets", "offsets": dict()}:
                await self._commit(logs, body["offsets"])
                return {}
            case {"type": "list_committed_offsets", "keys": list()}:
                return {"offsets": await logs.committed(body["keys"])}
            case _:
                return None

    async def _commit(self, logs: Logs, offsets: Mapping[str, int]) -> None:
        for log, offset in offsets.items():
            await logs.commit(log, offset)

    async def _poll(self, logs: Logs, offsets: Mapping[str, int]) -> dict[str, list[tuple[int, Any]]]:
        polled = {log: await logs.poll(log, offset) for log, offset in offsets.items()}
        return {log: pairs for log, pairs in polled.items() if pairs}

    def _fail(self, message: Body, code: int, text: str) -> None:
        self.reply(message, {"type": "error", "code": code, "text": text})


async def lines(descriptor: int) -> AsyncIterator[bytes]:
    """Yield the lines that come from a pipe, each when it is whole."""
    buffer = b""
    async with trio.lowlevel.FdStream(os.dup(descriptor)) as stream:
        async for data in stream:
            *whole, buffer = (buffer + data).split(b"\n")
            for line in whole:
                yield line


def say(message: Body) -> None:
    """Write one line to stdout, whole, and wait until it is taken."""
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


async def run() -> None:
    """Be a node until stdin ends, or the daemon does."""
    configure("warning")
    async with trio.open_nursery() as nursery:
        node = Node(nursery, say)
        async for line in lines(sys.stdin.fileno()):
            if line.strip():
                node.take(json.loads(line))
        nursery.cancel_scope.cancel()
