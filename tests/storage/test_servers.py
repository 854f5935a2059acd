"""What holds for the whole server is kept, over every backend."""

from __future__ import annotations

from chatd.model import ServerRecord
from chatd.rights import Level
from chatd.storage.base import Store
from chatd.storage.servers import GetServer, server_row
from tests.storage.scenes import ask, records


async def test_until_it_is_set_the_level_of_a_server_is_the_usual_one(store: Store) -> None:
    assert await ask(store, GetServer()) == ServerRecord()


async def test_the_newest_level_is_kept(store: Store) -> None:
    for level in (Level.FROZEN, Level.KNOWN):
        await store.append(records(ServerRecord(level=level)))
        found = await ask(store, GetServer())
        assert found == ServerRecord(level=level)
        assert type(found.level) is Level


def test_a_row_holds_numbers() -> None:
    assert server_row(ServerRecord(level=Level.FROZEN)) == (4,)
