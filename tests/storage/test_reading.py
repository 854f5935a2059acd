"""How queries are answered: within their deadline, and at a cost that does not grow with the tables."""

from __future__ import annotations

import pytest

from chatd.storage import statements
from chatd.storage.base import StoreError
from chatd.storage.queries import GetEntries, GetHead
from chatd.storage.sqlite import SqliteStore
from tests.storage.scenes import OTHER, ROOM, ask, execute, page, posts, scanned

STATEMENTS = [name for name in vars(statements) if name.isupper() and name not in ("ENTRY", "TOKEN", "EDIT")]
"""All but what others begin with."""


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_no_statement_goes_through_a_whole_table(sqlite: SqliteStore, statement: str) -> None:
    assert await scanned(sqlite, getattr(statements, statement)) == []


async def test_a_read_beyond_its_deadline_fails_alone(sqlite: SqliteStore) -> None:
    await sqlite.append(posts(3000))
    heavy = GetEntries(room=ROOM, first=1, last=3000, entries_max=3000, bytes_max=10**9)
    slow, quick = (await sqlite.read([heavy, GetHead(OTHER)], deadline_s=0)).values
    assert isinstance(slow, StoreError)
    assert not isinstance(quick, StoreError)
    assert len((await page(sqlite, entries_max=3000)).entries) == 3000


async def test_a_deadline_binds_reads_and_never_a_commit(sqlite: SqliteStore) -> None:
    await sqlite.read([GetHead(ROOM)], deadline_s=0)
    assert len((await sqlite.append(posts(3000))).outcomes) == 3000


async def test_a_damaged_row_fails_its_own_read_alone(sqlite: SqliteStore) -> None:
    await sqlite.append(posts(3))
    await execute(sqlite, "UPDATE entries SET sender = CAST(x'ff' AS TEXT) WHERE seq = 2")
    damaged = GetEntries(room=ROOM, first=1, last=3, entries_max=9, bytes_max=10**6)
    first, second = (await sqlite.read([damaged, GetHead(ROOM)])).values
    assert isinstance(first, StoreError)
    assert second == await ask(sqlite, GetHead(ROOM))
