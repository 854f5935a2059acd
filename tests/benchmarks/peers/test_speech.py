from __future__ import annotations

import pytest

from benchmarks.peers.speech import Seat, Template, plain_template, text_of
from benchmarks.stamps import STAMP_BYTES, Stamp, read_stamp


def test_all_names_have_one_width() -> None:
    assert len(Seat(0, 0).user) == len(Seat(99_999, 99_999).user)


def test_a_template_is_filled_with_the_stamp_of_a_post() -> None:
    frame = plain_template(b"say " + text_of(60) + b"\n").fill(7, 8, 9, 10)
    assert read_stamp(frame) == Stamp(9, 7, 8)
    assert (frame[:4], frame[-1:], len(frame)) == (b"say ", b"\n", 65)


def test_a_serial_counts_and_begins_again() -> None:
    template = Template(
        frame=b"##" + text_of(40), stamp_at=2, serial_at=0, serial_bytes=2, serial_first=1, serial_span=3
    )
    assert [template.fill(0, number, 0, 0)[1] for number in range(5)] == [1, 2, 3, 1, 2]


def test_keys_differ_by_sender_and_by_number_and_rise_with_time() -> None:
    template = Template(frame=bytes(16) + text_of(40), stamp_at=16, key_at=0)
    made = [(0, 0, 1_000_000), (0, 1, 1_000_000), (1, 0, 1_000_000), (0, 0, 2_000_000)]
    keys = [template.fill(sender, number, 0, now_ns)[:16] for sender, number, now_ns in made]
    assert keys == sorted(dict.fromkeys(keys))


def test_a_text_too_short_for_a_stamp_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold a stamp"):
        text_of(STAMP_BYTES - 1)
