from __future__ import annotations

import json

from benchmarks.peers.nats import NatsSpeech, publish, subscribe
from benchmarks.peers.speech import Seat
from benchmarks.stamps import read_stamp

SEAT = Seat(3, 4)


def test_a_publish_tells_the_size_of_its_payload() -> None:
    assert publish("room.1", b"hello") == b"PUB room.1 5\r\nhello\r\n"


def test_a_publish_may_ask_for_an_answer() -> None:
    assert publish("room.1", b"hello", "inbox.me") == b"PUB room.1 inbox.me 5\r\nhello\r\n"


def test_a_subscription_has_a_number() -> None:
    assert subscribe("room.1", 9) == b"SUB room.1 9\r\n"


def test_entering_and_joining_end_with_a_pong() -> None:
    speech = NatsSpeech()
    steps = [*speech.enter(SEAT), *speech.join(SEAT)]
    assert [(step.send.endswith(b"PING\r\n"), step.until) for step in steps] == [(True, b"PONG\r\n")] * 2


def test_a_post_has_the_size_that_it_tells() -> None:
    head, payload = NatsSpeech().post(SEAT, 100).fill(1, 2, 3, 4).split(b"\r\n", 1)
    assert head == b"PUB room.00003 100"
    assert len(payload.removesuffix(b"\r\n")) == 100
    assert read_stamp(payload) is not None


def test_with_a_stream_a_post_is_done_when_it_is_stored() -> None:
    speech = NatsSpeech(stores=True)
    assert speech.answer is not None
    assert b'{"stream":"ROOMS","seq":17}'.startswith(speech.answer)
    assert b"inbox." + SEAT.user.encode() in speech.post(SEAT, 100).frame
    assert b"SUB inbox." + SEAT.user.encode() in speech.join(SEAT)[0].send


def test_without_a_stream_a_post_is_done_when_it_comes_back() -> None:
    assert NatsSpeech().answer is None


def test_coming_back_asks_for_the_room_s_part_of_the_stream() -> None:
    [step] = NatsSpeech(stores=True).resume(SEAT, 20)
    asked = json.loads(step.send[step.send.index(b"{", step.send.index(b"$JS.")) :])
    assert asked["config"]["filter_subject"] == "room.00003"
    assert f"SUB {asked['config']['deliver_subject']} ".encode() in step.send
    assert step.times == 20


def test_the_stream_keeps_every_room_in_files() -> None:
    sent = NatsSpeech(stores=True).stream()[-1].send
    config = json.loads(sent[sent.index(b"{") :])
    assert (config["subjects"], config["storage"]) == (["room.>"], "file")
