from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.chain import body_hash
from chatd_client.cursor import entry_hash
from tests.client.scrolls import Scroll


def test_an_entry_continues_the_hash_before_it() -> None:
    scroll = Scroll()
    one, two = scroll.says("one", "two")
    assert entry_hash(scroll.hashes[0], one) == scroll.hashes[1]
    assert entry_hash(scroll.hashes[1], two) == scroll.hashes[2]
    assert entry_hash(scroll.hashes[0], two) is None


def test_a_stub_continues_it_by_its_body_hash() -> None:
    scroll = Scroll()
    one = scroll.say("one")
    hashed = body_hash(one.salt or b"", one.body or b"")
    stub = evolve(one, salt=None, body=None, body_hash=hashed)
    assert entry_hash(scroll.hashes[0], stub) == scroll.hashes[1]


@pytest.mark.parametrize(
    "change",
    [
        {"room": b"x" * 16}, {"seq": 2}, {"kind": "title"}, {"sender": "eve"}, {"key": b"x" * 16}, {"time": 1},
        {"target": 1}, {"body": b""}, {"salt": b"x" * 16}, {"h8": b"x" * 8}, {"salt": None},
        {"body": None, "salt": None}, {"body": None, "salt": None, "body_hash": b"x" * 32},
    ],
)  # fmt: skip
def test_whatever_is_changed_breaks_the_chain(change: dict[str, Any]) -> None:
    scroll = Scroll()
    assert entry_hash(scroll.hashes[0], evolve(scroll.say("one"), **change)) is None
