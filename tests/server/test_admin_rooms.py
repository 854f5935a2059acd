"""`chatd admin room`: filters, what waits for review, what is handed on, and the end of a stream, over a store."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve

from chatd.model import EntryKind, HeldRecord, MessageRecord, RoomId
from chatd.server import admin_rooms, cli
from chatd.server.config import ExitCode
from chatd.storage import open_store
from chatd.storage.queries import GetRoom, RoomState
from chatd.wire import content
from tests.server.test_admin_cli import ROOM, admin
from tests.server.test_admin_reading import printed
from tests.storage.scenes import entry, item, records

pytestmark = pytest.mark.usefixtures("restored")

HELD = ("buy spam", "more spam", "spam again")


def a_room(capsys: pytest.CaptureFixture[str], data: Path, *, kind: str = "group") -> str:
    """Return a room of ana's in which bo is."""
    for name in ("ana", "bo"):
        admin(capsys, data, "user", "create", name)
    return admin(capsys, data, "room", "create", "ana", "market", "bo", "--kind", kind)[0][0]


async def _hold(data: Path, room: RoomId) -> None:
    now = int(time.time() * 1000)  # what has waited too long is rejected by the daemon itself
    async with open_store(data, new_epoch=bytes(16)) as store:
        state = (await store.read([GetRoom(room)])).values[0]
        assert isinstance(state, RoomState)
        held = [
            HeldRecord(
                room=room, number=number, user="bo", key=bytes([number] * 16), time=now, content=content.text(said)
            )
            for number, said in enumerate(HELD, 1)
        ]
        await store.append(records(evolve(state.record, held=len(held), held_ever=len(held)), *held))


async def _say(data: Path, room: RoomId, said: str, edited: str) -> None:
    """Let bo say something at 2, and edit it where that is given."""
    async with open_store(data, new_epoch=bytes(16)) as store:
        await store.append([item(entry(1, room, sender="bo", body=content.text(said)))])
        if edited:
            edit = entry(2, room, kind=EntryKind.EDIT, sender="bo", body=content.text(edited), target=2, counts=False)
            await store.append([item(edit, records=[MessageRecord(room=room, seq=2, edits=1)])])


def test_a_filter_is_set_shown_and_unset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = a_room(capsys, tmp_path)
    given = ["--words", "spam, free money", "--links", "listed", "--hosts", "a.org", "--exempt", "admin"]
    admin(capsys, tmp_path, "room", "set-filter", room, *given, "--action", "hold")
    [shown] = printed(capsys, tmp_path, "room", "filter", room)
    assert shown == {
        "words": ["spam", "free money"], "links": "listed", "hosts": ["a.org"], "exempt": "admin", "action": "hold",
    }  # fmt: skip
    admin(capsys, tmp_path, "room", "set-filter", room, "--words", "")
    [shown] = printed(capsys, tmp_path, "room", "filter", room)
    assert (shown["words"], shown["links"]) == ([], "listed")
    admin(capsys, tmp_path, "room", "unset-filter", room)
    [shown] = printed(capsys, tmp_path, "room", "filter", room)
    assert shown == {"words": [], "links": "any", "hosts": [], "exempt": "moderator", "action": "refuse"}


def test_what_waits_is_listed_and_let_in_or_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_rooms, "PAGE", 2)
    room = a_room(capsys, tmp_path)
    trio.run(_hold, tmp_path, bytes.fromhex(room))
    listed = printed(capsys, tmp_path, "room", "held", room)
    assert [(each["number"], each["user"], each["content"]["text"]) for each in listed] == [
        (number, "bo", said) for number, said in enumerate(HELD, 1)
    ]
    admin(capsys, tmp_path, "room", "approve", room, "2")
    admin(capsys, tmp_path, "room", "reject", room, "1", "--reason", "enough")
    assert [each["number"] for each in printed(capsys, tmp_path, "room", "held", room)] == [3]
    said: list[Any] = printed(capsys, tmp_path, "room", "history", room)
    assert (said[-1]["sender"], said[-1]["body"]["text"], said[-1]["seq"]) == ("bo", "more spam", 2)
    noted = [each["body"] for each in printed(capsys, tmp_path, "audit")][-2:]
    assert [(each["command"], each["user"]) for each in noted] == [("Review", "bo")] * 2


LONG = "much to say " * 2600
"""So long that of a post and its edit one alone fits a page."""


@pytest.mark.parametrize(
    ("said", "edited", "reads"), [("hello", "", "hello"), ("hello", "bye", "bye"), (LONG, LONG + "!", LONG + "!")]
)
def test_a_post_is_handed_on_as_it_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str, edited: str, reads: str
) -> None:
    room = a_room(capsys, tmp_path)
    trio.run(_say, tmp_path, bytes.fromhex(room), said, edited)
    [(there, _)] = admin(capsys, tmp_path, "room", "create", "bo", "den")
    admin(capsys, tmp_path, "room", "forward", there, room, "2", "--text", "look")
    last = printed(capsys, tmp_path, "room", "history", there)[-1]
    assert (last["sender"], last["body"]["author"], last["body"]["text"]) == ("", "bo", "look")
    assert content.shown(content.parse(bytes.fromhex(last["body"]["content"]))) == reads


def test_a_stream_is_ended_and_what_was_said_erased(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = a_room(capsys, tmp_path, kind="live")
    admin(capsys, tmp_path, "room", "end", room, "--archive", "staff")
    last = printed(capsys, tmp_path, "room", "history", room)[-1]
    assert (last["kind"], last["body"]) == ("end", {"archive": "staff"})


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["end", ROOM], ExitCode.FAILED, "no such room"),
        (["end", ROOM, "--archive", "some"], ExitCode.BAD_CONFIGURATION, "some"),
        (["filter", ROOM], ExitCode.FAILED, "no such room"),
        (["set-filter", ROOM, "--words", "?"], ExitCode.BAD_CONFIGURATION, "words"),
        (["set-filter", "tea"], ExitCode.BAD_CONFIGURATION, "ROOM: 32 hex digits expected"),
        (["unset-filter", ROOM], ExitCode.FAILED, "no such room"),
        (["held", ROOM], ExitCode.FAILED, "no such room"),
        (["approve", ROOM, "1"], ExitCode.FAILED, "no such room"),
        (["approve", ROOM, "0"], ExitCode.BAD_CONFIGURATION, "NUMBER"),
        (["reject", ROOM, "x"], ExitCode.BAD_CONFIGURATION, "x"),
        (["forward", ROOM, ROOM, "1"], ExitCode.FAILED, "no such room"),
        (["forward", "tea", ROOM, "1"], ExitCode.BAD_CONFIGURATION, "ROOM: 32 hex digits expected"),
        (["forward", ROOM, ROOM, "-1"], ExitCode.BAD_CONFIGURATION, "around"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: ExitCode, said: str
) -> None:
    assert cli.run(["admin", "room", *arguments, "--data", str(tmp_path)]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("chatd: ")]
    assert len(lines) == 1
    assert said in lines[0]


def test_what_does_not_wait_and_what_is_no_post_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = a_room(capsys, tmp_path)
    for arguments, said in (
        (["approve", room, "1"], "no such post waits"),
        (["forward", room, room, "1"], "no such post"),
    ):
        assert cli.run(["admin", "room", *arguments, "--data", str(tmp_path)]) == ExitCode.FAILED
        assert said in capsys.readouterr().err
