"""Who may know of a user's presence, and in how coarse a step."""

from __future__ import annotations

import pytest

from chatd.model import Seen, Shown
from chatd.rooms.presence import DAY_MS, may_see_presence, seen_of

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("shown", "allowed"),
    [
        (Shown.NOBODY, [False, False, False, False]),
        (Shown.CONTACTS, [False, False, True, True]),
        (Shown.EVERYBODY, [False, True, True, True]),
    ],
)
def test_who_may_know_is_said_by_whom_it_is_about(shown: Shown, allowed: list[bool]) -> None:
    answers = [
        may_see_presence("ana", "bo", shown, is_blocked=False, is_contact=contact, is_together=together)
        for contact in (False, True)
        for together in (False, True)
    ]
    assert answers == allowed


def test_everybody_knows_of_themselves() -> None:
    assert may_see_presence("ana", "ana", Shown.NOBODY, is_blocked=False, is_contact=False, is_together=False)


def test_who_is_blocked_knows_nothing() -> None:
    assert not may_see_presence("ana", "bo", Shown.EVERYBODY, is_blocked=True, is_contact=True, is_together=True)


@pytest.mark.parametrize(
    ("ago_ms", "seen"),
    [
        (0, Seen.RECENTLY),
        (DAY_MS - 1, Seen.RECENTLY),
        (DAY_MS, Seen.WEEK),
        (7 * DAY_MS - 1, Seen.WEEK),
        (7 * DAY_MS, Seen.MONTH),
        (30 * DAY_MS - 1, Seen.MONTH),
        (30 * DAY_MS, Seen.LONG_AGO),
        (NOW, Seen.LONG_AGO),
    ],
)
def test_the_last_time_is_told_in_coarse_steps(ago_ms: int, seen: Seen) -> None:
    assert seen_of(NOW - ago_ms, NOW, online=False) is seen


def test_who_has_a_session_is_online_whenever_they_were_seen() -> None:
    assert seen_of(0, NOW, online=True) is Seen.ONLINE
