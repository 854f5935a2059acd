"""Help about one command is what the whole help says of it."""

from __future__ import annotations

import pytest

from chatd_client.every_verb import HELP as OTHERS
from chatd_client.usage import HELP, LAST, help_on

WHOLE = HELP + OTHERS + LAST


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("add", ["/add USER,USER...          add members"]),
        ("/add", ["/add USER,USER...          add members"]),
        ("leave", ["/join N|TITLE, /leave      accept an invitation, leave the open room"]),
        (
            "unmute",
            ["/mute [TIME], /unmute      keep quiet about the open room, for TIME (30s, 10m, 2h, 7d) or for good"],
        ),
    ],
)
def test_a_command_is_found_wherever_its_name_stands(words: str, lines: list[str]) -> None:
    assert set(lines) <= set(help_on(words, WHOLE).splitlines())
    assert len(help_on(words, WHOLE).splitlines()) <= 2


def test_all_that_is_said_of_a_command_is_found() -> None:
    assert [line.split()[1] for line in help_on("filter", WHOLE).splitlines()][1:] == [
        "words",
        "hold|refuse",
        "links",
    ]


@pytest.mark.parametrize("words", ["", "dance", "ad", "add bo"])
def test_what_names_no_command_prints_everything(words: str) -> None:
    assert help_on(words, WHOLE) == WHOLE
