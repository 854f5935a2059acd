from __future__ import annotations

import pytest

from benchmarks.peers.mqtt import Acknowledger, MqttSpeech, packet, remaining_length
from benchmarks.peers.speech import Seat
from benchmarks.stamps import read_stamp

SEAT = Seat(3, 4)
QOS_0, QOS_1 = MqttSpeech(), MqttSpeech(qos=1)


def delivery(number: int, size: int = 20) -> bytes:
    """Return a QoS 1 PUBLISH of `size` bytes to the topic `t`."""
    return packet(0x32, b"\0\1t" + number.to_bytes(2, "big") + bytes(size))


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (16_383, b"\xff\x7f"), (16_384, b"\x80\x80\x01")],
)
def test_a_length_takes_seven_bits_a_byte(size: int, written: bytes) -> None:
    assert remaining_length(size) == written


def test_a_delivery_is_acknowledged_by_its_number() -> None:
    assert Acknowledger().feed(delivery(0x1234)) == b"\x40\x02\x12\x34"


def test_a_resent_delivery_is_acknowledged_too() -> None:
    again = bytes((0x3A,)) + delivery(5)[1:]
    assert Acknowledger().feed(again) == b"\x40\x02\x00\x05"


def test_what_asks_for_nothing_is_not_acknowledged() -> None:
    assert Acknowledger().feed(b"\x20\x02\0\0\x90\x03\0\1\1" + packet(0x30, b"\0\1thello")) == b""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 200])
def test_packets_may_be_cut_anywhere(size: int) -> None:
    stream = delivery(1) + b"\x20\x02\0\0" + delivery(2, 300) + delivery(3)
    acknowledger = Acknowledger()
    answers = [acknowledger.feed(stream[at : at + size]) for at in range(0, len(stream), size)]
    assert b"".join(answers) == b"\x40\x02\0\1\x40\x02\0\2\x40\x02\0\3"


def test_a_session_outlives_its_connection_at_qos_1_alone() -> None:
    flags = [speech.enter(SEAT)[0].send[9] for speech in (QOS_0, QOS_1)]
    assert flags == [0x02, 0x00]


def test_a_connect_says_its_length_and_its_name() -> None:
    sent = QOS_0.enter(SEAT)[0].send
    assert sent[1] == len(sent) - 2
    assert sent.endswith(SEAT.user.encode())


def test_a_subscription_ends_with_its_qos() -> None:
    assert [speech.join(SEAT)[0].send[-1] for speech in (QOS_0, QOS_1)] == [0, 1]


def test_a_post_at_qos_0_has_no_number() -> None:
    frame = QOS_0.post(SEAT, 100).fill(1, 0, 2, 3)
    assert frame[:2] == bytes((0x30, len(frame) - 2))
    assert len(frame) == 2 + 2 + len("room/00003") + 100


def test_numbers_at_qos_1_are_never_zero() -> None:
    template = QOS_1.post(SEAT, 100)
    at = template.serial_at
    numbers = [template.fill(1, number, 2, 3)[at : at + 2] for number in (0, 65_534, 65_535)]
    assert numbers == [b"\0\1", b"\xff\xff", b"\0\1"]


def test_a_post_at_qos_1_can_be_acknowledged() -> None:
    frame = QOS_1.post(SEAT, 100).fill(1, 6, 2, 3)
    assert Acknowledger().feed(frame) == b"\x40\x02\0\7"
    assert read_stamp(frame) is not None


def test_who_comes_back_only_connects() -> None:
    [step] = QOS_1.resume(SEAT, 20)
    assert (step.send, step.times) == (QOS_1.enter(SEAT)[0].send, 20)
