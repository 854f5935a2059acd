"""What is read of users costs no more where there are many. The rest: test_contract_people.py."""

from __future__ import annotations

import pytest

from chatd.model import ContactList
from chatd.storage import people_rows
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import scanned

STATEMENTS = {name: getattr(people_rows, name) for name in ("ATTRIBUTES", "SINCE", "BLOCKS", "PROFILE", "HANDLE")} | {
    which.value: people_rows.CONTACTS[which] for which in ContactList
}


@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_statement_goes_through_a_whole_table(sqlite: SqliteStore, name: str) -> None:
    assert await scanned(sqlite, STATEMENTS[name]) == []
