"""What lines of the terminal do about broadcast rooms, and how what their followers come to is printed."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd import messages
from chatd.model import RoomKind
from chatd.rights import JoinBy, Past
from chatd_client.broadcast_verbs import room_of
from chatd_client.events import Summary
from chatd_client.render import summed
from chatd_client.verbs import Misused
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM
from tests.client.test_terminal import ACK, session

KEY = b"k" * 16
OTHER = bytes(range(16))


@on_both
async def test_every_line_about_broadcast_rooms_reaches_the_server() -> None:
    lines = ["/id", "/public on", "/public off", "/past on", "/past off", f"/follow {OTHER.hex()}"]
    replies: list[messages.Reply] = [ACK] * len(lines)
    screen, commands = await session(
        replies, ("connected", "/broadcast daily news"), ("open: daily news", lines[0]), *[("", x) for x in lines[1:]]
    )
    asked: list[Any] = commands
    assert [evolve(each, key=KEY) for each in asked] == [
        messages.CreateGroup(key=KEY, title="daily news", kind=RoomKind.BROADCAST),
        messages.SetSettings(room=ROOM, key=KEY, join_by=JoinBy.OPEN),
        messages.SetSettings(room=ROOM, key=KEY, join_by=JoinBy.INVITATION),
        messages.SetSettings(room=ROOM, key=KEY, history=Past.ALL),
        messages.SetSettings(room=ROOM, key=KEY, history=Past.JOINED),
        messages.Join(room=OTHER, key=KEY),
    ]
    assert ROOM.hex() in screen.shown
    assert f"(open: {OTHER.hex()[:8]})" in screen.shown


@on_both
async def test_what_is_no_id_is_said() -> None:
    screen, commands = await session([ACK], ("connected", "/dm bo"), ("open", "/follow me"), ("", "/public perhaps"))
    assert len(commands) == 1
    assert "(a room's id is needed, in hex)" in screen.shown
    assert "(on or off)" in screen.shown


@pytest.mark.parametrize("word", ["", "00", "x" * 32, "00" * 17])
def test_an_id_is_sixteen_bytes_in_hex(word: str) -> None:
    with pytest.raises(Misused, match="a room's id"):
        room_of(word)


def test_what_followers_came_to_is_a_line_for_each_post_with_reactions() -> None:
    summary = Summary(ROOM, 5, {7: {"+": 3, "\x1b": 1}, 8: {}, 9: {"!": 2}})
    assert summed(summary, "news") == ["[news 7] + 3 \\x1b 1", "[news 9] ! 2"]
    assert summed(Summary(ROOM, 6, {}), "news") == []


def test_how_a_poll_stands_is_a_line_of_its_own() -> None:
    summary = Summary(ROOM, 5, {7: {"+": 3}}, {7: (2, 0), 9: (0, 1)}, {7: 2, 9: 1})
    assert summed(summary, "show") == [
        "[show 7] + 3",
        "[show 7] the votes: (1) 2, (2) 0",
        "[show 9] the votes: (1) 0, (2) 1",
    ]
