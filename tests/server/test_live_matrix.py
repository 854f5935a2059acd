"""Every page of a live room, by host, helper, audience and others, shows what the table says (A1, A2, A4)."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from chatd.chain import origin, short
from chatd.messages import Watch
from tests.house import open_house
from tests.rooms.live_matrix import CAST, LIVE, Stage
from tests.rooms.matrix import READS, Row, rows
from tests.rooms.places import command_of
from tests.server.test_matrix import by_label, shown


@pytest.mark.parametrize("row", [row for row in rows(LIVE) if row.command in READS], ids=by_label)
async def test_what_is_shown_goes_by_ones_part_in_the_stream(row: Row, mock_clock: MockClock) -> None:
    stage = Stage()
    answers: dict[str, str] = {}
    async with open_house(store=stage.world.scene.store) as house:
        for standing in row.answers:
            peer = await house.enter(CAST[standing][0], follow=False)
            if standing == "viewer":
                room = stage.room
                await peer.ask(Watch(room=room, epoch=peer.epoch, seq=0, h8=short(origin(room)), latest=0))
            reply = await peer.ask(command_of(row, stage.world, peer.user, stage.room))
            answers[standing] = shown(reply, stage.room, len(stage.world.scene.log(stage.room)))
    assert answers == row.answers
