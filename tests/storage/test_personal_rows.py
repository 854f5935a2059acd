"""What is read of users' conversations costs no more where there are many. The rest: test_contract_personal.py."""

from __future__ import annotations

import pytest

from chatd.storage import personal_rows
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import scanned


@pytest.mark.parametrize("statement", ["CONVERSATION", "HIDDEN", "PINNED", "READERS"])
async def test_no_statement_goes_through_a_whole_table(sqlite: SqliteStore, statement: str) -> None:
    assert await scanned(sqlite, getattr(personal_rows, statement)) == []
