"""Who is told of what is checked when the daemon starts."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from attrs import evolve

from chatd.model import Entry, EntryKind, RoomKind
from chatd.server.errors import ConfigError
from chatd.server.hooks.endpoints import Endpoint
from chatd.server.hooks.plan import read_plan

ENVIRONMENT = {"SECRET": b64encode(bytes(32)).decode()}
USUAL = 'url = "https://app.example/"\nsecret_variables = ["SECRET"]\n'
ROOM = bytes(range(16))
ENTRY = Entry(
    room=ROOM,
    seq=1,
    g=1,
    kind=EntryKind.POST,
    sender="ana",
    key=bytes(16),
    time=1,
    target=None,
    posts=1,
    salt=bytes(16),
    body=b"",
    body_hash=bytes(32),
    hash=bytes(32),
)


def read(file: Path, text: str) -> tuple[Endpoint, ...]:
    file.write_text(text)
    return read_plan(file, ENVIRONMENT).webhooks


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hooks.toml"


def test_a_plain_endpoint_is_told_of_all_rooms_but_self_rooms_and_not_what_was_said(file: Path) -> None:
    [push] = read(file, f"[webhooks.push]\n{USUAL}")
    assert (push.name, push.content, push.from_beginning) == ("push", False, False)
    assert (push.calls_max, push.retry_s_max, push.letters_max, push.target.total_s_max) == (4, 3_600, 1_000, 10.0)
    for kind in RoomKind:
        assert push.wants(ENTRY, kind) is (kind is not RoomKind.SELF)


def test_an_endpoint_with_everything(file: Path) -> None:
    [push, other] = read(
        file,
        f'[webhooks.push]\n{USUAL}kinds = ["post", "edit"]\nroom_kinds = ["self", "group"]\nrooms = ["{ROOM.hex()}"]\n'
        'content = true\nstart = "beginning"\ncalls_max = 1\nretry_s_max = 0\nletters_max = 32\nanswer_ms_max = 500\n'
        f"[webhooks.other-1_a]\n{USUAL}",
    )
    assert (push.content, push.from_beginning, push.calls_max) == (True, True, 1)
    assert (push.retry_s_max, push.letters_max, push.target.total_s_max) == (0, 32, 0.5)
    assert push.wants(ENTRY, RoomKind.SELF)
    assert not push.wants(ENTRY, RoomKind.DIRECT)
    assert not push.wants(evolve(ENTRY, kind=EntryKind.REACT), RoomKind.GROUP)
    assert not push.wants(evolve(ENTRY, room=bytes(16)), RoomKind.GROUP)
    assert other.name == "other-1_a"


def test_without_endpoints_nobody_is_told(file: Path) -> None:
    assert read(file, "[webhooks]\n") == ()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (f"[webhooks.Push]\n{USUAL}", "Push: a name of"),
        (f'[webhooks."{"a" * 33}"]\n{USUAL}', "a name of"),
        ("[webhooks]\npush = 1\n", "push: a table expected"),
        ("[webhooks.push]\n", "push: url: "),
        (f'[webhooks.push]\n{USUAL}kinds = ["posts"]\n', "push: kinds: 'posts' is not a valid"),
        (f'[webhooks.push]\n{USUAL}room_kinds = ["room"]\n', "push: room_kinds: "),
        (f'[webhooks.push]\n{USUAL}rooms = ["00"]\n', "push: rooms: '00' is not the 32 hex digits"),
        (f'[webhooks.push]\n{USUAL}rooms = ["{"zz" * 16}"]\n', "push: rooms: "),
        (f"[webhooks.push]\n{USUAL}letters_max = 31\n", "push: letters_max: 31 is not within"),
        (f"[webhooks.push]\n{USUAL}other = 1\n", "push: other: no such setting"),
        ("".join(f"[webhooks.p{number}]\n{USUAL}" for number in range(17)), "at most 16 endpoints"),
    ],
)
def test_what_does_not_fit_is_named(file: Path, text: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        read(file, text)
