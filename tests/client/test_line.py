"""The connections to a server, one after another. What a chat makes of them is tested in test_chat."""

from __future__ import annotations

from chatd_client.line import backoff_s


def test_the_wait_before_an_attempt_is_jittered_over_a_bounded_time() -> None:
    assert backoff_s(0, 1.0) == 0.5
    assert backoff_s(3, 0.5) == 2.0
    assert backoff_s(1000, 1.0) == 30.0
