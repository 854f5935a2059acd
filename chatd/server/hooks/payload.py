"""What an endpoint is told of an entry: JSON, one event a call."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from chatd.messages import Unfit
from chatd.model import Entry, EntryKind, RoomKind
from chatd.server.hooks.endpoints import Endpoint
from chatd.server.hooks.signing import call_id
from chatd.wire import content

SAID = (EntryKind.POST, EntryKind.EDIT)


def name_of(endpoint: Endpoint, entry: Entry) -> str:
    """Return the id of the call that tells an endpoint of an entry: the same on every attempt, after every restart.

    The chain hash names an entry of one history; after a restore another one at the same place has another id.
    """
    return call_id(b"entry", endpoint.name.encode(), entry.hash)


def event(endpoint: Endpoint, entry: Entry, kind: RoomKind) -> bytes:
    """Return the body of that call. What was said is told where the endpoint wants it, and only until it is erased."""
    time = datetime.fromtimestamp(entry.time / 1000, UTC)
    data: dict[str, Any] = {
        "room": entry.room.hex(),
        "room_kind": kind.value,
        "seq": entry.seq,
        "kind": entry.kind.value,
        "sender": entry.sender,
        "key": entry.key.hex(),
        "time": entry.time,
        "target": entry.target,
        "erased": entry.body is None,
    }
    if endpoint.content and entry.body is not None:
        data |= {"body": b64encode(entry.body).decode(), **_said(entry.kind, entry.body)}
    told = {"type": f"entry.{entry.kind.value}", "timestamp": time.isoformat(timespec="milliseconds"), "data": data}
    return json.dumps(told).encode()


def _said(kind: EntryKind, body: bytes) -> dict[str, str]:
    """Return the type of a content and what people read of it; nothing of an entry that is no content."""
    if kind not in SAID:
        return {}
    try:
        said = content.parse(body)
    except Unfit:
        return {}
    return {"content_type": said.type, "text": content.shown(said)}
