"""The rule that is asked by a signed call: what an endpoint gives that hangs, lies, redirects or dies is no verdict."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
import trio
from trio.testing import MockClock

from chatd.messages import Committed, Post
from chatd.server.hooks.asking_calls import ANSWER_BYTES_MAX, question, verdict_of
from chatd.server.hooks.before_post import Allow, Asked, Hold, Refuse, Replace
from chatd.server.hooks.calls import CallFailed, Target
from chatd.server.hooks.plan import BeforePost, Plan
from chatd.server.hooks.signing import headers
from chatd.wire import content
from tests.house import START_MS, Peer, open_house
from tests.server.hooks.endpoints import HANG, HANG_UP, SECRET, Endpoint, Reply, Seen, open_endpoint
from tests.server.hooks.rules import BUDGET
from tests.server.people import group, texts

TEA = content.text("tea")
ASKED = Asked(
    command="post",
    room=bytes(16),
    room_kind="group",
    title="friends",
    sender="ana",
    key=bytes(range(16)),
    content=TEA,
    type="text",
    text="tea",
)


def test_the_question_is_json_with_the_exact_bytes() -> None:
    asked = json.loads(question(ASKED, 17))
    assert asked == {
        "type": "post.asked",
        "time": 17,
        "data": {
            "command": "post",
            "room": "00" * 16,
            "room_kind": "group",
            "title": "friends",
            "sender": "ana",
            "key": bytes(range(16)).hex(),
            "seq": None,
            "type": "text",
            "text": "tea",
            "content": b64encode(TEA).decode(),
        },
    }


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"verdict": "allow", "more": 1}, Allow()),
        ({"verdict": "refuse", "reason": "manners", "text": "no"}, Refuse("manners", "no")),
        ({"verdict": "refuse"}, Refuse()),
        ({"verdict": "hold", "text": "wait"}, Hold("wait")),
        ({"verdict": "replace", "text": "tea"}, Replace(TEA)),
        ({"verdict": "replace", "content": b64encode(TEA).decode()}, Replace(TEA)),
    ],
)
def test_an_answer_is_a_verdict(said: object, verdict: object) -> None:
    assert verdict_of(json.dumps(said).encode()) == verdict


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"allow",
        b"\xff",
        b'"allow"',
        b"[]",
        b"[" * 50_000,
        b"{}",
        b'{"verdict": "ALLOW"}',
        b'{"verdict": true}',
        b'{"verdict": ["allow"]}',
        b'{"verdict": "refuse", "reason": 1}',
        b'{"verdict": "refuse", "text": null}',
        b'{"verdict": "refuse", "text": "\\ud800"}',
        b'{"verdict": "refuse", "reason": "' + b"a" * 65 + b'"}',
        b'{"verdict": "hold", "text": "' + b"a" * 513 + b'"}',
        b'{"verdict": "replace"}',
        b'{"verdict": "replace", "text": ""}',
        b'{"verdict": "replace", "text": "\\ud800"}',
        b'{"verdict": "replace", "text": 1}',
        b'{"verdict": "replace", "content": "no base64!"}',
        b'{"verdict": "replace", "content": "AAAA", "text": "both"}',
    ],
)
def test_what_makes_no_sense_is_no_answer(said: bytes) -> None:
    with pytest.raises(CallFailed):
        verdict_of(said)


def asking(target: Target) -> Plan:
    return Plan(before_post=BeforePost(rule=target, budget=BUDGET))


async def answered(peer: Peer, request: int) -> object:
    """Return the reply to a request, which comes when the endpoint's does: real sockets are not at rest before."""
    for _ in range(100_000):
        if any(each.request == request for each in peer.received):
            return peer.reply(request)
        await trio.lowlevel.checkpoint()
    raise AssertionError("no reply")


async def said(endpoint: Endpoint, text: str = "tea") -> tuple[object, list[str]]:
    """Return what a post is answered, and what others see of it, where that endpoint is asked."""
    async with open_house(plan=asking(endpoint.target(total_s_max=0.5, read_s_max=0.5))) as house:
        ana, bo = await house.enter("ana"), await house.enter("bo")
        room = await group(house, ana, bo)
        reply = await answered(ana, await ana.send(Post(room=room, key=house.key(), content=content.text(text))))
        await house.rest()
        return reply, texts(bo, room)


async def test_a_post_is_asked_about_by_a_signed_call(mock_clock: MockClock) -> None:
    async with open_endpoint(lambda _: Reply(200, b'{"verdict": "replace", "text": "coffee"}')) as endpoint:
        reply, seen = await said(endpoint)
        assert isinstance(reply, Committed)
        assert seen == ["coffee"]
        [came] = endpoint.seen
        name = came.headers["webhook-id"]
        for field, value in headers((SECRET,), name, 1, START_MS, came.body):
            assert came.headers[field] == value
        assert json.loads(came.body)["data"]["text"] == "tea"


def elsewhere(_: Seen) -> Reply:
    return Reply(302, headers=(("location", "http://169.254.169.254/latest"),))


@pytest.mark.parametrize(
    "answer",
    [
        HANG_UP,
        Reply(200, b"{}"),
        Reply(200, b'{"verdict": "allow"}' + bytes(10_000_000)),
        Reply(200, b" " * (ANSWER_BYTES_MAX + 1)),
        Reply(204),
        Reply(500, b'{"verdict": "allow"}'),
        b"HTTP/9.9 what\r\n\r\n",
        elsewhere(Seen({}, b"", "", 0)),
    ],
    ids=["dies", "lies", "10 MB", "too long", "says nothing", "fails", "no http", "redirects inside"],
)
async def test_an_endpoint_that_gives_no_verdict_lets_nothing_through(
    mock_clock: MockClock, answer: Reply | bytes
) -> None:
    async with open_endpoint(lambda _: answer) as endpoint:
        reply, seen = await said(endpoint)
        assert getattr(reply, "code", None) == "not_judged"
        assert seen == []
        assert len(endpoint.seen) == 1


async def test_an_endpoint_that_hangs_costs_its_budget(mock_clock: MockClock) -> None:
    async with open_endpoint(lambda _: HANG) as endpoint:

        async def pass_time() -> None:
            await endpoint.came(1)
            mock_clock.jump(0.5)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(pass_time)
            reply, seen = await said(endpoint)
        assert getattr(reply, "code", None) == "not_judged"
        assert seen == []
