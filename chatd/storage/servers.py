"""What a store keeps of its whole server: how it is asked for, and how the two backends answer and put it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from chatd.frozen import frozen
from chatd.model import ServerRecord
from chatd.rights import Level


@frozen
class GetServer:
    """Answered with `ServerRecord`."""


PUT_SERVER = "INSERT INTO server (id, level) VALUES (1, ?) ON CONFLICT DO UPDATE SET level = excluded.level"
SERVER = "SELECT level FROM server"


def server_row(record: ServerRecord) -> tuple[Any, ...]:
    """Return the row that `PUT_SERVER` puts."""
    return (record.level.value,)


def server_of(connection: sqlite3.Connection, _: GetServer) -> ServerRecord:
    row = connection.execute(SERVER).fetchone()
    return ServerRecord() if row is None else ServerRecord(level=Level(row[0]))


def _in_memory(tables: Any, _: GetServer) -> ServerRecord:
    record: ServerRecord = tables.server.get(0, ServerRecord())
    return record


IN_MEMORY: dict[type[Any], Callable[[Any, Any], object]] = {GetServer: _in_memory}
"""How the reference backend answers."""
