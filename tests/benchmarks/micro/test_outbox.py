from __future__ import annotations

import pytest

from benchmarks.micro.clock import Micro
from benchmarks.micro.codec import encode_entry
from benchmarks.micro.outbox import BURST, JOINED, MICROS, blob_of, connected, open_outbox, take
from benchmarks.micro.stage import NotAccepted


def test_a_push_reaches_the_other_end() -> None:
    with connected() as (ours, theirs):
        outbox = open_outbox(ours)
        assert outbox.push(b"some bytes")
        assert outbox.queued_bytes == 0
        assert take(theirs, 10) == b"some bytes"


def test_what_the_kernel_does_not_take_ends_the_measurement() -> None:
    with connected() as (ours, _):
        outbox = open_outbox(ours)
        with pytest.raises(NotAccepted, match="did not take"):
            outbox.push(bytes(64 * 1024 * 1024))


def test_a_connection_that_is_closed_ends_the_measurement() -> None:
    with connected() as (ours, theirs):
        ours.close()
        with pytest.raises(NotAccepted, match="closed"):
            take(theirs, 1)


def test_a_blob_is_so_many_frames() -> None:
    frame = encode_entry()()
    assert [blob_of(each) for each in JOINED] == [frame * each for each in JOINED]


@pytest.mark.parametrize("micro", MICROS, ids=lambda micro: micro.name)
def test_it_can_be_measured_over_more_than_one_burst(micro: Micro) -> None:
    assert micro.measure(BURST + 1) > 0.0
