"""A real daemon asks a real endpoint before each post, and tells it of each: after a kill again, under the same id."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest
import trio

from chatd_client import Refused, connect
from tests.daemons import Process, chatd
from tests.server.hooks.endpoints import HANG, SECRET, Endpoint, Reply, Seen, open_endpoint

pytestmark = pytest.mark.slow

HOOKS = """
[before_post]
url = "{url}"
secret_files = ["{key}"]
allow = ["127.0.0.0/8"]
budget_ms = 10_000

[webhooks.push]
url = "{url}"
secret_files = ["{key}"]
allow = ["127.0.0.0/8"]
kinds = ["post"]
content = true
start = "beginning"
"""


def verdict(seen: Seen) -> Reply | None:
    """Return what is said of a post that is asked about; None of what is told."""
    asked = json.loads(seen.body)
    if asked["type"] != "post.asked":
        return None
    said = {"verdict": "refuse", "reason": "manners"} if asked["data"]["text"] == "rude" else {"verdict": "allow"}
    return Reply(200, json.dumps(said).encode())


def fine(seen: Seen) -> Reply:
    return verdict(seen) or Reply(204)


def hanging(seen: Seen) -> Reply:
    return verdict(seen) or HANG


def told(endpoint: Endpoint) -> list[Seen]:
    return [seen for seen in endpoint.seen if verdict(seen) is None]


async def until_told(endpoint: Endpoint, count: int) -> list[Seen]:
    """Return what was told once it is so much."""
    with trio.fail_after(20):
        while len(told(endpoint)) < count:
            await endpoint.came(len(endpoint.seen) + 1)
    return told(endpoint)


async def test_posts_are_asked_about_and_told_of_over_a_kill(tmp_path: Path) -> None:
    async with open_endpoint(hanging) as endpoint:
        key, hooks, data = tmp_path / "key", tmp_path / "hooks.toml", tmp_path / "data"
        key.write_text(b64encode(SECRET).decode())
        hooks.write_text(HOOKS.format(url=endpoint.url, key=key))
        with Process(data, options=("--dev", "--hooks", str(hooks))) as daemon:
            async with connect(daemon.url, user="ana") as ana:
                room = (await ana.open_direct("bo")).room
                with pytest.raises(Refused, match="rejected") as raised:
                    await ana.post(room, "rude")
                assert raised.value.reason == "manners"
                await ana.post(room, "tea")
            [first] = await until_told(endpoint, 1)
            daemon.end(SIGKILL)
            endpoint.answer = fine
            daemon.start()
            [_, again] = await until_told(endpoint, 2)
            assert json.loads(again.body)["data"]["text"] == "tea"
            assert again.headers["webhook-id"] == first.headers["webhook-id"]
            listed = await trio.to_thread.run_sync(lambda: chatd("webhooks", "list", "--data", str(data)))
            assert listed.stdout.startswith("push\ttold\t"), listed
            assert daemon.end(SIGTERM) == 0
