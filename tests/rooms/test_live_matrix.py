"""Every command in a live room, by its host, a helper, the audience and others, is answered as the table says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rooms.live_matrix import LIVE, Stage
from tests.rooms.matrix import READS, Row, rows
from tests.rooms.pieces import code
from tests.rooms.places import command_of
from tests.rooms.words import PAGES, WORDS

PROTOCOL = Path(__file__).parents[2] / "protocol.md"


def by_label(row: Row) -> str:
    return row.label


@pytest.mark.parametrize("row", [row for row in rows(LIVE) if row.command not in READS], ids=by_label)
def test_the_answer_goes_by_ones_part_in_the_stream(row: Row) -> None:
    answers: dict[str, str] = {}
    for standing in row.answers:
        stage = Stage()
        actor = stage.actor(standing)
        command = command_of(row, stage.world, actor.user, stage.room)
        answers[standing] = code(stage.world.scene.do(actor, command))
    assert answers == {standing: WORDS[word] for standing, word in row.answers.items()}


def test_every_row_names_a_clause_of_the_protocol_that_speaks_of_its_command() -> None:
    titles = dict(re.findall(r"^### (\d+\.\d+) (\w+), tag", PROTOCOL.read_text("utf-8"), re.MULTILINE))
    for row in rows(LIVE):
        assert titles[row.clause] == row.command.__name__
        assert [word for word in row.answers.values() if word not in WORDS | PAGES] == []
