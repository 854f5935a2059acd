"""What an endpoint is told of an entry, and the id of the call that tells it."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from attrs import evolve

from chatd import facts
from chatd.chain import pack
from chatd.model import Entry, EntryKind, RoomKind
from chatd.server.hooks.calls import Target
from chatd.server.hooks.endpoints import Endpoint
from chatd.server.hooks.payload import event, name_of
from chatd.wire import content
from tests.server.hooks.test_endpoints import ENTRY

TARGET = Target(host="app.example", port=443, path="/", secure=True, secrets=())
IDS = Endpoint(name="push", target=TARGET)
FULL = evolve(IDS, content=True)
POST = evolve(ENTRY, seq=7, time=1_800_000_000_001, target=3, body=content.text("green tea"))


def test_an_event_is_named_by_the_kind_of_its_entry_and_tells_where_and_by_whom() -> None:
    assert json.loads(event(IDS, POST, RoomKind.GROUP)) == {
        "type": "entry.post",
        "timestamp": "2027-01-15T08:00:00.001+00:00",
        "data": {
            "room": POST.room.hex(),
            "room_kind": "group",
            "seq": 7,
            "kind": "post",
            "sender": "ana",
            "key": "00" * 16,
            "time": 1_800_000_000_001,
            "target": 3,
            "erased": False,
        },
    }


def test_what_was_said_is_told_where_the_endpoint_wants_it() -> None:
    assert POST.body is not None
    data = json.loads(event(FULL, POST, RoomKind.GROUP))["data"]
    assert data["body"] == b64encode(POST.body).decode()
    assert (data["content_type"], data["text"]) == ("text", "green tea")


@pytest.mark.parametrize(
    ("kind", "body"), [(EntryKind.TITLE, facts.titled("tea")), (EntryKind.POST, pack({"no": "content"}))]
)
def test_what_is_no_content_is_told_as_it_is(kind: EntryKind, body: bytes) -> None:
    data = json.loads(event(FULL, evolve(POST, kind=kind, body=body), RoomKind.GROUP))["data"]
    assert data["body"] == b64encode(body).decode()
    assert "text" not in data


def test_what_is_erased_is_told_as_a_stub() -> None:
    """Invariant A9."""
    data = json.loads(event(FULL, evolve(POST, body=None, salt=None), RoomKind.GROUP))["data"]
    assert data["erased"] is True
    assert not {"body", "text", "content_type"} & {*data}


def test_the_id_is_the_endpoint_s_and_the_entry_s_and_stays_when_it_is_erased() -> None:
    names = [name_of(IDS, POST), name_of(evolve(IDS, name="other"), POST), name_of(IDS, _another(POST))]
    assert len({*names}) == 3
    assert name_of(FULL, evolve(POST, body=None, salt=None)) == names[0]


def _another(entry: Entry) -> Entry:
    return evolve(entry, hash=bytes([1]) * 32)
