"""What lines of the terminal do in the rooms of streams."""

from __future__ import annotations

from attrs import evolve

from chatd import messages
from chatd.model import RoomKind
from chatd.rights import Archive
from chatd_client.events import Cheers, Unwatched, Watchers
from chatd_client.streaming_verbs import told
from tests.client.fakes import on_both
from tests.client.scrolls import ROOM
from tests.client.test_terminal import ACK, session

KEY = bytes(16)


def test_what_passes_is_printed_so_that_nothing_of_it_moves_the_cursor() -> None:
    assert told(Watchers(ROOM, 1_900), "show") == "[show] (1900 watching)"
    assert told(Cheers(ROOM, {"+": 3, "\x1b": 1}), "show") == "[show] + 3 \\x1b 1"
    assert told(Unwatched(ROOM, "ended\n"), "show") == "[show] (watched no more: ended\\n)"


@on_both
async def test_a_host_opens_cheers_and_ends_a_stream() -> None:
    lines = ["/cheer + 3", "/cheer +", "/end staff", "/end", "/unwatch"]
    replies: list[messages.Reply] = [ACK, messages.Done(), messages.Done(), ACK, ACK]
    screen, commands = await session(
        replies, ("connected", "/live my show"), ("open: my show", lines[0]), *[("", each) for each in lines[1:]]
    )
    made, *others = commands
    assert isinstance(made, messages.CreateGroup)
    assert (made.title, made.kind) == ("my show", RoomKind.LIVE)
    assert f"(/watch {ROOM.hex()})" in screen.shown
    assert [evolve(each, key=KEY) if isinstance(each, messages.End) else each for each in others] == [
        messages.Cheer(room=ROOM, emoji="+", count=3),
        messages.Cheer(room=ROOM, emoji="+"),
        messages.End(room=ROOM, key=KEY, archive=Archive.STAFF),
        messages.End(room=ROOM, key=KEY),
    ]


@on_both
async def test_a_stream_is_watched_by_its_id() -> None:
    screen, commands = await session(
        [messages.Refused(code="ended", verdict="never")], ("connected", f"/watch {ROOM.hex()}"), ("no more: ended", "")
    )
    [watch] = commands
    assert isinstance(watch, messages.Watch)
    assert watch.room == ROOM
    assert any("watched no more: ended" in each for each in screen.shown)


@on_both
async def test_what_cannot_be_meant_is_said() -> None:
    lines = ["/watch x", "/watch", "/cheer + often", "/end soon"]
    screen, commands = await session(
        [ACK], ("connected", "/dm bo"), ("open", lines[0]), *[("", each) for each in lines[1:]]
    )
    assert len(commands) == 1
    said = ["a room's id is needed", "how often", "keep it for whom"]
    assert [word for word in said if not any(word in each for each in screen.shown)] == []
    assert sum("a room's id is needed" in each for each in screen.shown) == 2
