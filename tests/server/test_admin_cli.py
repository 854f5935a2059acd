"""`chatd admin`: every command of it over a store, one after another; what it prints, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.server import cli
from chatd.server.auth import token_hash
from chatd.server.config import AdminConfig, ExitCode

pytestmark = pytest.mark.usefixtures("restored")

ROOM = "00" * 16


def admin(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> list[list[str]]:
    """Return the columns of each line that a command prints. It must succeed."""
    capsys.readouterr()
    assert cli.run(["admin", *arguments, "--data", str(data)]) == ExitCode.OK, capsys.readouterr().err
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_users_are_made_listed_and_closed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("bo", "ana"):
        admin(capsys, tmp_path, "user", "create", name)
    admin(capsys, tmp_path, "user", "close", "bo", "--reason", "gone")
    listed = admin(capsys, tmp_path, "user", "list")
    assert [(name, closed != "-") for name, _, closed in listed] == [("ana", False), ("bo", True)]


def test_a_room_is_made_filled_and_emptied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ana", "bo", "cy"):
        admin(capsys, tmp_path, "user", "create", name)
    [(room, _), answer] = admin(capsys, tmp_path, "room", "create", "ana", "tea time", "bo", "--kind", "broadcast")
    assert answer == ["bo", "added"]
    assert admin(capsys, tmp_path, "room", "add", room, "cy")[1] == ["cy", "added"]
    admin(capsys, tmp_path, "room", "role", room, "bo", "admin")
    admin(capsys, tmp_path, "room", "remove", room, "cy")
    assert admin(capsys, tmp_path, "room", "members", room) == [["ana", "member", "owner"], ["bo", "member", "admin"]]


def test_a_room_is_written_to_and_frozen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    admin(capsys, tmp_path, "user", "create", "ana")
    [(room, _)] = admin(capsys, tmp_path, "room", "create", "ana", "tea")
    [(_, seq)] = admin(capsys, tmp_path, "room", "post", room, "closed today", "--event", "closed")
    for command in (["freeze", room, "--reason", "spam"], ["delete", room, seq], ["unfreeze", room]):
        admin(capsys, tmp_path, "room", *command)
    assert [line[0] for line in admin(capsys, tmp_path, "audit")] != []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["user", "create", "no name"], ExitCode.BAD_CONFIGURATION, "user: not a name"),
        (["user", "close", "nobody"], ExitCode.FAILED, "no such user"),
        (["room", "create", "nobody", "tea"], ExitCode.FAILED, "no such user"),
        (["room", "create", "ana", "tea", "--kind", "self"], ExitCode.BAD_CONFIGURATION, "nobody creates"),
        (["room", "freeze", "tea"], ExitCode.BAD_CONFIGURATION, "ROOM: 32 hex digits expected"),
        (["room", "freeze", ROOM], ExitCode.FAILED, "no such room"),
        (["room", "post", ROOM, ""], ExitCode.BAD_CONFIGURATION, "fallback: "),
        (["room", "role", ROOM, "ana", "king"], ExitCode.BAD_CONFIGURATION, "king"),
        (["room", "delete", ROOM, "zero"], ExitCode.BAD_CONFIGURATION, "zero"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: ExitCode, said: str
) -> None:
    assert cli.run(["admin", *arguments, "--data", str(tmp_path)]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("chatd: ")]
    assert len(lines) == 1
    assert said in lines[0]


def test_a_credential_is_made_whose_hash_alone_the_configuration_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["admin", "credential", "shop"]) == ExitCode.OK
    printed = capsys.readouterr()
    secret = printed.out.strip()
    assert AdminConfig(credentials=(printed.err.strip(),)).names() == {token_hash(secret): "shop"}
    assert secret not in printed.err
    assert cli.run(["admin", "credential", "the shop"]) == ExitCode.BAD_CONFIGURATION
