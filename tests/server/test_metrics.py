"""The counters: all start at nothing, and no other name counts."""

from __future__ import annotations

import pytest

from chatd.server.metrics import Metrics


def test_every_counter_starts_at_0() -> None:
    snapshot = Metrics().snapshot()
    assert snapshot
    assert all(type(value) is int and value == 0 for value in snapshot.values())


def test_a_snapshot_holds_what_was_counted_and_does_not_change() -> None:
    metrics = Metrics()
    metrics.commits += 2
    snapshot = metrics.snapshot()
    metrics.commits += 1
    assert snapshot["commits"] == 2


def test_a_name_that_is_no_counter_is_refused() -> None:
    with pytest.raises(AttributeError):
        setattr(Metrics(), "comits", 1)  # noqa: B010  the type checker knows that it is none
