from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from benchmarks.frames import COMMITTED, ENTERED, Cutter, Order, body_of, request_of, tag_of
from benchmarks.stamps import Stamp
from chatd.chain import pack
from chatd.messages import Committed, Done, Entered
from chatd.wire import codec
from chatd.wire.framing import HEADER_BYTES

COMMIT = Committed(room=b"r" * 16, seq=7, time=8)
ENTRY = Entered(
    room=b"r" * 16,
    seq=7,
    kind="post",
    sender="ana",
    key=b"k" * 16,
    time=8,
    posts=1,
    h8=b"h" * 8,
    body=pack({"type": "text", "text": Stamp(1, 2, 3).encode().decode()}),
    salt=b"s" * 16,
)
FRAMES = [codec.encode(ENTRY), codec.encode(COMMIT, 2**16), codec.encode(Done(), 1)]


@given(frames=st.lists(st.sampled_from(FRAMES), max_size=8), cuts=st.lists(st.integers(0, 2000), max_size=20))
def test_frames_are_cut_alike_however_the_stream_is_cut(frames: list[bytes], cuts: list[int]) -> None:
    data = b"".join(frames)
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    cutter = Cutter()
    payloads = [payload for start, stop in pairwise(places) for payload in cutter.feed(data[start:stop])]
    assert payloads == [frame[HEADER_BYTES:] for frame in frames]


@pytest.mark.parametrize("extra", range(len(FRAMES[0])))
def test_a_frame_is_given_when_its_last_byte_is_here(extra: int) -> None:
    cutter = Cutter()
    assert cutter.feed(FRAMES[0][:extra]) == []
    assert cutter.feed(FRAMES[0][extra:]) == [FRAMES[0][HEADER_BYTES:]]


@pytest.mark.parametrize("request_id", [2**16, 2**31, 2**32 - 1])
def test_tag_and_request_of_an_ack_are_read_in_place(request_id: int) -> None:
    payload = codec.encode(COMMIT, request_id)[HEADER_BYTES:]
    assert (tag_of(payload), request_of(payload)) == (COMMITTED, request_id)


@pytest.mark.parametrize("request_id", [1, 127, 128, 255, 256, 2**16 - 1])
def test_a_request_of_the_setup_is_no_post(request_id: int) -> None:
    assert request_of(codec.encode(COMMIT, request_id)[HEADER_BYTES:]) == 0


def test_the_body_of_an_entry_is_decoded() -> None:
    payload = codec.encode(ENTRY)[HEADER_BYTES:]
    assert (tag_of(payload), body_of(payload)["seq"]) == (ENTERED, 7)


def _body(seq: int, sender: int = 0, number: int = 0) -> dict[str, Any]:
    return {"seq": seq, "body": Stamp(9, sender, number).encode()}


def test_an_entry_gives_its_stamp() -> None:
    assert Order(0).see(_body(1, 2, 3)) == Stamp(9, 2, 3)


@pytest.mark.parametrize("body", [{"seq": 1}, {"seq": 1, "body": None}, {"seq": 1, "body": b"else"}])
def test_what_is_no_measured_post_gives_no_stamp(body: dict[str, Any]) -> None:
    order = Order(0)
    assert order.see(body) is None
    assert order.broken == 0


def test_dense_seqs_and_rising_numbers_are_in_order() -> None:
    order = Order(4)
    for body in [_body(5, 1, 0), _body(6, 2, 0), _body(7, 1, 2)]:
        order.see(body)
    assert order.broken == 0


@pytest.mark.parametrize("seqs", [(1, 3), (1, 1), (2, 3), (1, 2, 0)])
def test_a_seq_that_is_not_the_next_breaks_the_order(seqs: tuple[int, ...]) -> None:
    order = Order(0)
    for seq in seqs:
        order.see({"seq": seq})
    assert order.broken == 1


@pytest.mark.parametrize("number", [0, 4, 5])
def test_a_number_that_does_not_rise_breaks_the_order(number: int) -> None:
    order = Order(0)
    order.see(_body(1, 1, 5))
    order.see(_body(2, 1, number))
    assert order.broken == 1
