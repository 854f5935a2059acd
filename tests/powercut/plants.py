"""Bugs to be planted under the store. Each must be found: what cannot fail proves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import apsw
from attrs import define

from tests.powercut.driver import Cursor, Driver, Parameters
from tests.powercut.run import Run


class Plant(StrEnum):
    NORMAL = "normal"
    """`synchronous = NORMAL`: a commit is not synced."""
    OFF = "off"
    """`synchronous = OFF`: nothing is."""
    EARLY = "early"
    """An ack before the commit."""
    SPLIT = "split"
    """The entries of a batch in one transaction, its records in the next."""
    UNSETTLED = "unsettled"
    """What recovery finds in the log is shown although it was never synced."""
    LIAR = "liar"
    """No bug of ours: a disk that says "synced" and is not."""


@define(eq=False)
class _Settings(Driver):
    """Another `synchronous` than the store asks for."""

    synchronous: str

    def execute(self, statement: str, parameters: Parameters = ()) -> Cursor:
        return Driver.execute(self, statement.replace("synchronous = FULL", self.synchronous), parameters)


@define(eq=False)
class _Early(Driver):
    run: Run

    def execute(self, statement: str, parameters: Parameters = ()) -> Cursor:
        if statement == "COMMIT":
            self.run.acknowledge_early()
        return Driver.execute(self, statement, parameters)


@define(eq=False)
class _SplitCursor(Cursor):
    def executemany(self, statement: str, rows: Iterable[Parameters]) -> Cursor:
        Cursor.execute(self, "COMMIT")
        Cursor.execute(self, "BEGIN IMMEDIATE")
        return Cursor.executemany(self, statement, rows)


@define(eq=False)
class _Split(Driver):
    def cursor(self) -> Cursor:
        return _SplitCursor(self.apsw.cursor())


@define(eq=False)
class _Unsettled(Driver):
    def execute(self, statement: str, parameters: Parameters = ()) -> Cursor:
        if "wal_checkpoint(PASSIVE)" in statement:
            statement = "SELECT 0, 0, 0"
        return Driver.execute(self, statement, parameters)


def planted(plant: Plant | None, run: Run, connection: apsw.Connection) -> Driver:
    """Return the connection that a store gets with `plant` under it."""
    match plant:
        case Plant.NORMAL | Plant.OFF:
            return _Settings(connection, f"synchronous = {plant.value}")
        case Plant.EARLY:
            return _Early(connection, run)
        case Plant.SPLIT:
            return _Split(connection)
        case Plant.UNSETTLED:
            return _Unsettled(connection)
        case Plant.LIAR:
            run.record.recorder.deaf = True
            return Driver(connection)
        case None:
            return Driver(connection)
