"""What `chatd admin` prints of what was committed: JSON, a line each, bytes in hex."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chatd.server import admin_reading, cli
from chatd.server.config import ExitCode
from tests.server.test_admin_cli import ROOM, admin

pytestmark = pytest.mark.usefixtures("restored")


def printed(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> list[Any]:
    return [json.loads(line) for [line] in admin(capsys, data, *arguments)]


def a_room(capsys: pytest.CaptureFixture[str], data: Path) -> str:
    """Return a room of ana's in which something was said that a terminal would act upon."""
    admin(capsys, data, "user", "create", "ana")
    [(room, _)] = admin(capsys, data, "room", "create", "ana", "tea")
    admin(capsys, data, "room", "post", room, "\x1b[2J\u202eclosed")
    return room


def test_history_is_printed_with_what_was_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = a_room(capsys, tmp_path)
    first, second = printed(capsys, tmp_path, "room", "history", room)
    assert (first["kind"], first["body"]["members"]) == ("create", [["ana", "member", "owner"]])
    assert (second["seq"], second["sender"], second["body"]["fallback"]) == (2, "", "\x1b[2J\u202eclosed")
    assert printed(capsys, tmp_path, "room", "history", room, "--before", "2") == [first]
    capsys.readouterr()
    cli.run(["admin", "room", "history", room, "--data", str(tmp_path)])
    assert capsys.readouterr().out.isascii()


def test_an_erased_post_has_no_body(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = a_room(capsys, tmp_path)
    admin(capsys, tmp_path, "room", "delete", room, "2")
    assert [each["body"] for each in printed(capsys, tmp_path, "room", "history", room)[1:]] == [None, {}]


def test_the_audit_tells_which_command_and_by_whom(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = a_room(capsys, tmp_path)
    bodies = [each["body"] for each in printed(capsys, tmp_path, "audit")]
    assert [(each["by"], each["command"]) for each in bodies] == [
        ("control", "CreateUser"), ("control", "CreateFor"), ("control", "Post"),
    ]  # fmt: skip
    assert (bodies[0]["user"], bodies[2]["room"]) == ("ana", room)


def test_the_stream_goes_on_from_a_position(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_reading, "PAGE", 2)
    a_room(capsys, tmp_path)
    everything = printed(capsys, tmp_path, "stream")
    assert [each["room_kind"] for each in everything].count("group") == 2
    assert len(everything) > 4
    assert printed(capsys, tmp_path, "stream", "--after", everything[2]["position"]) == everything[3:]
    assert printed(capsys, tmp_path, "stream", "--most", "1") == everything[:2]


def test_lists_longer_than_a_page_are_printed_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_reading, "PAGE", 2)
    names = ["ana", "bo", "cy", "di", "eve"]
    for name in names:
        admin(capsys, tmp_path, "user", "create", name)
    [(room, _), *_] = admin(capsys, tmp_path, "room", "create", *names[:1], "tea", *names[1:])
    assert [name for name, _, _ in admin(capsys, tmp_path, "user", "list")] == names
    assert [name for name, _, _ in admin(capsys, tmp_path, "room", "members", room)] == names


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["room", "history", ROOM], ExitCode.FAILED, "no such room"),
        (["room", "history", ROOM, "--before", "-1"], ExitCode.BAD_CONFIGURATION, "before"),
        (["room", "members", "zz"], ExitCode.BAD_CONFIGURATION, "ROOM: 32 hex digits expected"),
        (["stream", "--after", "00"], ExitCode.BAD_CONFIGURATION, "after: 64 hex digits expected"),
        (["stream", "--after", "00" * 32], ExitCode.FAILED, "another store"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: ExitCode, said: str
) -> None:
    assert cli.run(["admin", *arguments, "--data", str(tmp_path)]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("chatd: ")]
    assert len(lines) == 1
    assert said in lines[0]
