"""The committed vectors are what the code produces, and the code does with them what they say."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any, get_args

import pytest

from chatd.chain import pack
from chatd.messages import Message, Unfit
from chatd.wire import content
from chatd.wire.connection import Malformed
from tests.wire import golden
from tests.wire.ends import closed_with, events, greeted, opened
from tests.wire.samples import SAMPLES

GREETED_OR_OPEN = {"before hello": greeted, "open": opened}


def loaded(name: str) -> Any:
    return json.loads((golden.DIRECTORY / name).read_text(encoding="utf-8"))


def unhex(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


@pytest.mark.parametrize(("name", "text"), golden.files().items())
def test_committed_vectors_are_what_the_code_produces(name: str, text: str) -> None:
    assert (golden.DIRECTORY / name).read_text(encoding="utf-8") == text


def test_every_message_has_a_vector() -> None:
    sampled = dict.fromkeys(type(message) for _, message, _ in SAMPLES)
    assert [cls for cls in get_args(Message) if cls not in sampled] == []


def test_vectors_have_names_of_their_own() -> None:
    names = [vector["name"] for vector in loaded("valid.json")]
    assert sorted(dict.fromkeys(names)) == sorted(names)


@pytest.mark.parametrize("vector", loaded("invalid.json"), ids=lambda vector: f"{vector['state']}, {vector['name']}")
def test_invalid_frames_end_or_are_refused_as_they_say(vector: dict[str, Any]) -> None:
    connection = GREETED_OR_OPEN[vector["state"]]()
    connection.receive_data(bytes.fromhex(vector["hex"]))
    if "close" in vector:
        assert closed_with(connection) == vector["close"]
    else:
        found = events(connection)
        assert [(each.request, each.code) for each in found if isinstance(each, Malformed)] == [(1, vector["refusal"])]


def test_a_chain_is_verified_from_its_vector_with_nothing_but_the_clause() -> None:
    vector = loaded("chain.json")
    previous = blake2b(unhex(vector["room"]), digest_size=32).digest()
    assert previous == unhex(vector["h0"])
    for entry in vector["entries"]:
        body_hash = unhex(entry["body_hash"])
        if entry["body"] is not None:
            assert blake2b(unhex(entry["salt"]) + unhex(entry["body"]), digest_size=32).digest() == body_hash
        header = [unhex(entry[name]) for name in ("room", "seq", "kind", "sender", "key", "time", "target")]
        previous = blake2b(previous + pack(header) + body_hash, digest_size=32).digest()
        assert previous == unhex(entry["hash"])


@pytest.mark.parametrize("vector", loaded("contents.json")["valid"], ids=lambda vector: vector["name"])
def test_valid_contents_are_shown_as_they_say(vector: dict[str, Any]) -> None:
    assert content.shown(content.parse(bytes.fromhex(vector["hex"]))) == vector["shown"]


@pytest.mark.parametrize("vector", loaded("contents.json")["invalid"], ids=lambda vector: vector["name"])
def test_invalid_contents_are_refused_as_they_say(vector: dict[str, Any]) -> None:
    with pytest.raises(Unfit) as caught:
        content.check(bytes.fromhex(vector["hex"]), 32_768)
    assert caught.value.code == vector["refusal"]
