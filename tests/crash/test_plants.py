"""The harness finds planted bugs: without this its silence would say nothing."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from attrs import evolve

from tests.crash.account import Account
from tests.crash.deck import Ending, at, at_any_moment
from tests.crash.failpoints import BY_NAME
from tests.crash.life import live

pytestmark = pytest.mark.slow


async def planted(directory: Path, plant: str, endings: list[Ending] | None = None) -> Account:
    return await live(directory, endings or [at_any_moment(plant)] * 2, Random(3), plant)


def found(account: Account, invariant: str) -> bool:
    return any(violation.startswith(invariant) for violation in account.violations)


async def test_an_ack_before_the_commit_is_found_as_loss(tmp_path: Path) -> None:
    acked = at(BY_NAME["after the acks"], Random(1), "ack_before_commit")
    account = await planted(tmp_path, "ack_before_commit", [acked])
    assert account.lost > 0
    assert found(account, "D1")


async def test_keys_that_are_forgotten_are_found_as_duplicates(tmp_path: Path) -> None:
    account = await planted(tmp_path, "forget_keys")
    assert account.duplicated > 0
    assert found(account, "E1")


async def test_a_log_that_a_start_removes_is_found_as_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Rooms are gone with it: nobody will hear the rest of them.
    monkeypatch.setattr("tests.crash.life.HEARD_S_MAX", 0.1)
    account = await planted(tmp_path, "lose_the_log")
    assert account.lost > 0
    assert found(account, "D1")


async def test_records_that_are_committed_apart_from_their_entries_are_found_as_torn(tmp_path: Path) -> None:
    patient = at(BY_NAME["after the acks"], Random(1), "records_apart")
    never = evolve(patient, orders=evolve(patient.orders, call=10**6))
    account = await planted(tmp_path, "records_apart", [never])
    assert found(account, "D7")
