"""What is read of reports costs no more where there are many. The rest: test_contract_reports.py."""

from __future__ import annotations

import pytest

from chatd.storage import report_rows
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import scanned


@pytest.mark.parametrize("statement", ["REPORT", "REPORTS", "REPORTS_OF_ROOM", "PROOFS", "TIME"])
async def test_no_statement_goes_through_a_whole_table(sqlite: SqliteStore, statement: str) -> None:
    assert await scanned(sqlite, getattr(report_rows, statement)) == []
