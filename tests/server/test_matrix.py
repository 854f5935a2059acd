"""Every page, by every standing in every kind of place, shows what `tests.rooms.matrix` says (A1, A2, A4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from attrs import Factory, define
from trio.testing import MockClock

from chatd.messages import (
    ContactsPage,
    HeldPage,
    HistoryPage,
    MembersPage,
    Presences,
    ProfilesPage,
    ReactionsPage,
    Readers,
    Refused,
    ReportsPage,
    RoomsPage,
    SearchPage,
    Subscribed,
    VersionsPage,
    VotesPage,
    WatchPresence,
)
from chatd.model import RoomId, RoomKind
from tests.house import House, Peer, open_house
from tests.memory_index import MemoryIndex
from tests.rooms.anywhere_matrix import ANYWHERE
from tests.rooms.cast import PEOPLE
from tests.rooms.matrix import ELSEWHERE, GROUP, READS, Row, broadcast_rows, rows
from tests.rooms.places import World, command_of
from tests.rooms.words import WORDS

CODES = {code: word for word, code in WORDS.items()}


def by_label(row: Row) -> str:
    return row.label


def shown(reply: Any, room: RoomId, head: int) -> str:
    """Return the word of the table for what a reply shows of `room`, which has `head` entries."""
    match reply:
        case Refused():
            return CODES[reply.code]
        case HistoryPage(entries=()):
            return "none"
        case HistoryPage():
            return "all" if reply.entries[-1].seq == head else "past"
        case RoomsPage():
            return "listed" if room in [each.room for each in reply.rooms] else "hidden"
        case Subscribed(rooms=[sync]):
            return "unknown" if sync.status == "unknown_room" else "live" if sync.attached else "closed"
        case SearchPage():
            return "found" if reply.hits else "none"
        case MembersPage() | VersionsPage() | ReactionsPage() | VotesPage() | Presences() | Readers() | HeldPage():
            return "ok"
        case ContactsPage() | ProfilesPage() | ReportsPage():
            return "ok"
        case _:
            raise TypeError(reply)


@define(eq=False)
class Visit:
    """A daemon over the rooms of the matrix, and who has come to it."""

    world: World
    house: House
    peers: dict[str, Peer] = Factory(dict)

    async def ask(self, row: Row, name: str, room: RoomId) -> str:
        """Return the word of the table for what `name` is shown."""
        if name not in self.peers:
            self.peers[name] = await self.house.enter(name, follow=False)
        if row.command is WatchPresence:
            await self.house.sleep(1)  # a session watches once a second
        reply = await self.peers[name].ask(command_of(row, self.world, name, room))
        return shown(reply, room, len(self.world.scene.log(room)))


@asynccontextmanager
async def visit(kind: RoomKind = RoomKind.GROUP) -> AsyncIterator[Visit]:
    world = World(kind=kind)
    async with open_house(store=world.scene.store, index=MemoryIndex()) as house:
        await house.sleep(1)  # the index takes in what the store holds
        yield Visit(world, house)


@pytest.mark.parametrize("row", [row for row in (*rows(GROUP), *rows(ANYWHERE)) if row.command in READS], ids=by_label)
async def test_what_is_shown_goes_by_ones_standing(row: Row, mock_clock: MockClock) -> None:
    async with visit() as here:
        room = here.world.group
        answers = {each: await here.ask(row, PEOPLE[each][0], room) for each in row.answers}
        assert answers == row.answers


@pytest.mark.parametrize("row", [row for row in broadcast_rows() if row.command in READS], ids=by_label)
async def test_what_is_shown_in_a_broadcast_room_goes_by_ones_standing(row: Row, mock_clock: MockClock) -> None:
    async with visit(RoomKind.BROADCAST) as here:
        room = here.world.group
        answers = {each: await here.ask(row, PEOPLE[each][0], room) for each in row.answers}
        assert answers == row.answers


@pytest.mark.parametrize("row", [row for row in rows(ELSEWHERE) if row.command in READS], ids=by_label)
async def test_what_is_shown_goes_by_the_place(row: Row, mock_clock: MockClock) -> None:
    async with visit() as here:
        asked = [(place, *each) for place in row.answers for each in here.world.who_and_where(place)]
        answers = [(place, name, await here.ask(row, name, room)) for place, name, room in asked]
        assert answers == [(place, name, row.answers[place]) for place, name, _ in asked]
