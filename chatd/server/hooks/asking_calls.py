"""The rule that is asked by a signed call: what goes out as JSON, and what its answer means."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, cast

from attrs import define

from chatd.messages import Unfit
from chatd.server.hooks.before_post import Allow, Asked, Hold, Refuse, Replace, Verdict
from chatd.server.hooks.calls import Call, Caller, CallFailed
from chatd.server.hooks.signing import call_id
from chatd.wire import content

ANSWER_BYTES_MAX = 64 * 1024
"""More than a content of 32 KiB in base64, and what surrounds it."""
OK = 200


@define(eq=False, kw_only=True)
class CalledRule:
    """A `Rule`."""

    caller: Caller
    now: Callable[[], int]

    async def __call__(self, asked: Asked, /) -> Verdict:
        """Return what the endpoint answers. Raises CallFailed for everything else than a verdict."""
        name = call_id(b"post.asked", asked.room, asked.sender.encode(), asked.key)
        now = self.now()
        call = Call(name=name, attempt=1, body=question(asked, now), now_ms=now)
        answer = await self.caller.post(call, ANSWER_BYTES_MAX, whole=True)
        if answer.status != OK:
            raise CallFailed(f"status {answer.status}")
        return verdict_of(answer.body)


def question(asked: Asked, now_ms: int) -> bytes:
    """Return the body of the call."""
    data = {
        "command": asked.command,
        "room": asked.room.hex(),
        "room_kind": asked.room_kind,
        "title": asked.title,
        "sender": asked.sender,
        "key": asked.key.hex(),
        "seq": asked.seq,
        "type": asked.type,
        "text": asked.text,
        "content": b64encode(asked.content).decode(),
    }
    return json.dumps({"type": "post.asked", "time": now_ms, "data": data}).encode()


def verdict_of(body: bytes) -> Verdict:
    """Return the verdict that the JSON `body` holds. Raises CallFailed."""
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CallFailed("the answer is no JSON") from error
    if not isinstance(answer, dict):
        raise CallFailed("the answer is no object")
    try:
        return _verdict(cast("dict[str, Any]", answer))
    except (ValueError, binascii.Error) as error:
        raise CallFailed(f"the answer makes no sense: {error}") from error


def _verdict(answer: dict[str, Any]) -> Verdict:
    match answer.get("verdict"):
        case "allow":
            return Allow()
        case "refuse":
            return Refuse(answer.get("reason", ""), answer.get("text", ""))
        case "hold":
            return Hold(answer.get("text", ""))
        case "replace":
            return Replace(_content(answer))
        case _:
            raise ValueError("no verdict")


def _content(answer: dict[str, Any]) -> bytes:
    """Return the content in base64, or that which says a plain `text`."""
    said, text = answer.get("content"), answer.get("text")
    if type(said) is str and text is None:
        return b64decode(said, validate=True)
    if type(text) is not str or said is not None:
        raise ValueError("either content or text expected")
    try:
        return content.text(text)
    except Unfit as error:
        raise ValueError(str(error)) from error
