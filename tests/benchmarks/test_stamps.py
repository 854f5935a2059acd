from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from benchmarks.stamps import MARK, STAMP_BYTES, Keys, PostTemplate, Stamp, Tally, read_stamp
from chatd.chain import KEY_BYTES
from chatd.limits import CONTAINERS_MAX, CONTENT_BYTES_MAX
from chatd.messages import Post
from chatd.wire import codec, content
from chatd.wire.framing import HEADER_BYTES

ROOM = bytes(range(16))
STAMPS = st.builds(
    Stamp,
    due_ns=st.integers(0, 2**63 - 1),
    sender=st.integers(0, 2**24 - 1),
    number=st.integers(0, 2**32 - 1),
)
PIECES = st.lists(st.sampled_from([MARK, MARK[:3], MARK[3:], MARK[-1:], b"|", b"x", b"||@", b"stamp:"]), max_size=40)


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(places)]


def _count(pieces: list[bytes]) -> Tally:
    tally, buffer = Tally(), bytearray(1024)
    for piece in pieces:
        start = tally.place(buffer)
        buffer[start : start + len(piece)] = piece
        tally.add(buffer, start, start + len(piece))
    return tally


@given(parts=PIECES, cuts=st.lists(st.integers(0, 1000), max_size=30))
def test_markers_are_counted_alike_however_the_stream_is_cut(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    tally = _count(_pieces(data, cuts))
    assert (tally.count, tally.size) == (data.count(MARK), len(data))


def test_markers_are_counted_byte_by_byte() -> None:
    data = b"a" + MARK + MARK + b"b" + MARK[:-1] + MARK
    assert _count([bytes([byte]) for byte in data]).count == 3


def test_streams_that_share_a_buffer_do_not_mix() -> None:
    one, other, buffer = Tally(), Tally(), bytearray(64)
    for tally, piece in [(one, MARK[:4]), (other, MARK[4:]), (one, b"x"), (other, b"x")]:
        start = tally.place(buffer)
        buffer[start : start + len(piece)] = piece
        tally.add(buffer, start, start + len(piece))
    assert (one.count, other.count) == (0, 0)


def test_no_end_of_the_marker_begins_another() -> None:
    assert not any(MARK.startswith(MARK[size:]) for size in range(1, len(MARK)))


@given(stamp=STAMPS, before=st.binary(max_size=20).filter(lambda data: MARK not in data), after=st.binary(max_size=20))
def test_a_stamp_is_found_in_what_surrounds_it(stamp: Stamp, before: bytes, after: bytes) -> None:
    assert read_stamp(before + stamp.encode() + after) == stamp


@given(stamp=STAMPS)
def test_a_stamp_has_one_size_and_less_of_it_is_none(stamp: Stamp) -> None:
    encoded = stamp.encode()
    assert len(encoded) == STAMP_BYTES
    assert all(read_stamp(encoded[:size]) is None for size in range(STAMP_BYTES))


@given(stamp=STAMPS, key=st.binary(min_size=16, max_size=16), request=st.integers(2**16, 2**32 - 1))
def test_a_filled_template_is_the_frame_of_a_post(stamp: Stamp, key: bytes, request: int) -> None:
    frame = PostTemplate.build(ROOM, 100).fill(request, key, stamp)
    tag, number, body = codec.decode_payload(frame[HEADER_BYTES:], CONTAINERS_MAX)
    post = codec.from_client(tag, body, CONTENT_BYTES_MAX)
    assert isinstance(post, Post)
    text = content.parse(post.content).text
    assert (number, post.room, post.key) == (request, ROOM, key)
    assert (len(text), read_stamp(text.encode())) == (100, stamp)
    assert frame == codec.encode(post, request)


def test_filling_a_template_again_leaves_nothing_of_the_first_time() -> None:
    template = PostTemplate.build(ROOM, STAMP_BYTES)
    fresh = PostTemplate.build(ROOM, STAMP_BYTES)
    template.fill(2**32 - 1, b"\xff" * 16, Stamp(2**63, 2**24 - 1, 2**32 - 1))
    assert template.fill(2**16, b"k" * 16, Stamp(1, 2, 3)) == fresh.fill(2**16, b"k" * 16, Stamp(1, 2, 3))


def test_a_text_too_short_for_a_stamp_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold a stamp"):
        PostTemplate.build(ROOM, STAMP_BYTES - 1)


def test_keys_are_keys_and_sort_by_time() -> None:
    keys = Keys(b"salt")
    made = [keys.make(ns) for ns in (0, 0, 5_000_000, 6_000_000, 2**60)]
    assert made == sorted(dict.fromkeys(made))
    assert {len(key) for key in made} == {KEY_BYTES}


def test_two_processes_make_other_keys() -> None:
    assert Keys(b"one.").make(1) != Keys(b"two.").make(1)
