"""Bugs planted in the decoders, the session and the client: mutation finds each, from dialogues that are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any

import msgpack
import pytest
from attrs import frozen

from chatd.messages import Entered, Message
from chatd.rooms.router import Router
from chatd.server.journal import Journal
from chatd.server.session import Session as ServerSession
from chatd.wire import codec, strict
from chatd.wire.framing import Framing
from chatd_client.follow import Follower
from chatd_client.ledger import Ledger
from tests.fuzz import seeds
from tests.fuzz.client import Client
from tests.fuzz.decoding import Frames, Messages
from tests.fuzz.engine import Notes, Report, fuzz_until
from tests.fuzz.session import Session
from tests.fuzz.target import Target

SEED = 3


def findings(target: Target, executions: int) -> list[str]:
    """Return the first thing that is found, if any is."""
    notes = Notes(target, Report(target.name, "own", SEED), findings_max=1, shrinks=False)
    return [found.what for found in fuzz_until(notes, executions).findings]


# -- planted bugs: the decoders ----------------------------------------------------------------------------------------


class Trusting(Framing):
    """Believes every length that fits three bytes."""

    def take(self, bytes_max: int) -> bytes | None:
        return super().take(1 << 24)


class Off(Framing):
    """Takes a length of 0 for a frame of nothing."""

    def take(self, bytes_max: int) -> bytes | None:
        if len(self._data) >= self._taken + 4 and Struct(">I").unpack_from(self._data, self._taken)[0] == 0:
            self._taken += 4
            return b""
        return super().take(bytes_max)


def loosely(**options: Any) -> Callable[[bytes, int], Any]:
    """Return a decoder that surveys what it is given, and decodes it with other options."""

    def unpack(data: bytes, containers_max: int) -> Any:
        strict._survey(data, containers_max)
        return msgpack.unpackb(data, **{"object_pairs_hook": strict._map, **options})

    return unpack


def overlooking(text: str, **options: Any) -> Callable[[bytes, int], Any]:
    """Return a decoder that takes what the survey refuses with `text`."""

    def unpack(data: bytes, containers_max: int) -> Any:
        try:
            return strict.unpack(data, containers_max)
        except ValueError as error:
            if text not in str(error):
                raise
            return msgpack.unpackb(data, **{"object_pairs_hook": strict._map, **options})

    return unpack


def without_keys(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    return dict(pairs)


def first_key(data: bytes, containers_max: int) -> Any:
    value = strict.unpack(data, containers_max)
    if isinstance(value, dict):
        keys = list(value)
        return {keys[0]: value[keys[0]], **value}
    return value


def cut_short(data: bytes, containers_max: int) -> Any:
    try:
        return strict.unpack(data, containers_max)
    except ValueError:
        return strict.unpack(data[:1], containers_max)


def dialogues() -> tuple[bytes, ...]:
    """Nothing wrong to begin with: what is found, mutation has found."""
    return seeds.of_files("")


def planted_in_frames(**wrong: Any) -> Frames:
    return Frames(begin=dialogues, **wrong)


DECODERS: dict[str, Frames] = {
    "a length is trusted": planted_in_frames(framing=Trusting),
    "a length of nothing is a frame": planted_in_frames(framing=Off),
    "an empty map is an IndexError": planted_in_frames(unpack=first_key),
    "keys are not checked": planted_in_frames(unpack=loosely(object_pairs_hook=without_keys)),
    "ext types are allowed": planted_in_frames(unpack=overlooking("not allowed", ext_hook=msgpack.ExtType)),
    "an array may have any length": planted_in_frames(unpack=overlooking("exceed")),
    "depth is not checked": planted_in_frames(unpack=overlooking("deeper")),
    "what follows the value is ignored": planted_in_frames(unpack=cut_short),
    "bad UTF-8 is replaced": planted_in_frames(unpack=loosely(unicode_errors="replace")),
    "NaN is allowed": planted_in_frames(unpack=overlooking("no number")),
    "containers are not counted": planted_in_frames(unpack=overlooking("containers")),
    "values are not counted": planted_in_frames(unpack=overlooking("values")),
    "bytes are texts": planted_in_frames(unpack=loosely(raw=True, strict_map_key=False)),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DECODERS)
def test_a_planted_bug_of_the_decoder_is_found(name: str) -> None:
    assert findings(DECODERS[name], 40_000) != []


def unvalidated(tag: int, body: dict[str, Any], _: int) -> Message:
    """The reader of a server that looks up fields by itself."""
    if tag == 10 and type(body["content"]) is not bytes:
        raise TypeError("content")
    return codec.from_client(tag, body, 1 << 20)


def narrow(tag: int, body: dict[str, Any]) -> Message | None:
    """The reader of a client that keeps a number in 32 bits."""
    message = codec.from_server(tag, body)
    if isinstance(message, Entered):
        Struct(">I").pack(message.posts)
    return message


MESSAGES: dict[str, Messages] = {
    "a field is taken for granted": Messages(begin=dialogues, from_client=unvalidated),
    "a number is kept in 32 bits": Messages(begin=dialogues, from_server=narrow),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MESSAGES)
def test_a_planted_bug_of_the_messages_is_found(name: str) -> None:
    assert findings(MESSAGES[name], 40_000) != []


# -- planted bugs: the session and the client --------------------------------------------------------------------------

Method = Callable[..., Any]


@frozen
class Planted:
    """A method of the code under test, and what it becomes."""

    owner: type[Any]
    method: str
    broken: Callable[[Method], Method]


def never(_: Method) -> Method:
    return lambda *_arguments: None


def fails_on_a_page(handle: Method) -> Method:
    def broken(router: Any, actor: Any, request: int, command: Any, *rest: Any) -> Any:
        if getattr(command, "limit", None) == 1:
            raise IndexError("the page before the first")
        return handle(router, actor, request, command, *rest)

    return broken


def answers_twice(reply: Method) -> Method:
    """What is committed at a seq that four divides is told twice."""

    def broken(session: Any, answers: Sequence[Any], frames: bytes = b"") -> Any:
        again = [answer for answer in answers if getattr(answer[1], "seq", 1) % 4 == 0]
        return reply(session, [*answers, *again], frames)

    return broken


def tells_twice(entered: Method) -> Method:
    def broken(follower: Any, message: Any) -> Any:
        told = entered(follower, message)
        return [*told, *told] if message.seq == 3 else told

    return broken


def knows_two_codes(answered: Method) -> Method:
    known = {"none": 0, "busy": 1, "forbidden": 2}

    def broken(ledger: Any, request: int, reply: Any, now: float) -> Any:
        if known[getattr(reply, "code", "none")] < 0:
            raise ValueError("a code below nothing")
        return answered(ledger, request, reply, now)

    return broken


SESSIONS = {
    "credit is kept": Planted(Journal, "give_back", never),
    "a handler fails": Planted(Router, "handle", fails_on_a_page),
    "a reply goes out twice": Planted(ServerSession, "reply", answers_twice),
    "who leaves stays attached": Planted(ServerSession, "leave", never),
}
CLIENTS = {
    "an entry is told twice": Planted(Follower, "entered", tells_twice),
    "a new code is a KeyError": Planted(Ledger, "answered", knows_two_codes),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SESSIONS)
def test_a_planted_bug_of_the_session_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = SESSIONS[name]
    monkeypatch.setattr(planted.owner, planted.method, planted.broken(getattr(planted.owner, planted.method)))
    assert findings(Session(), 120) != []


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIENTS)
def test_a_planted_bug_of_the_client_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planted = CLIENTS[name]
    monkeypatch.setattr(planted.owner, planted.method, planted.broken(getattr(planted.owner, planted.method)))
    assert findings(Client(), 60) != []
