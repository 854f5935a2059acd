"""`chatd admin`: what the app says of users, and what users have reported, over a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio

from chatd.model import Proof, ReportRecord
from chatd.server import cli
from chatd.server.config import ExitCode
from chatd.storage import open_store
from chatd.wire import content
from tests.server.test_admin_cli import ROOM, admin
from tests.storage.scenes import post, records, stored

pytestmark = pytest.mark.usefixtures("restored")

REPORTS_MADE = 26
"""More than a page has."""


async def _put(data: Path) -> None:
    async with open_store(data, new_epoch=bytes(16)) as store:
        [entry] = stored(await store.append([post(1, body=content.text("buy this"))]))
        for number in range(REPORTS_MADE):
            report = ReportRecord(
                report=number.to_bytes(16, "big"),
                reporter="cy",
                time=number,
                room=entry.room,
                seq=entry.seq,
                user="bo",
                reason="spam",
                evidence=(Proof(bytes(32), entry),),
            )
            await store.append(records(report))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return where a store holds reports of a post."""
    trio.run(_put, tmp_path)
    return tmp_path


def test_what_is_said_of_users_is_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    admin(capsys, tmp_path, "user", "tell", "ana", '{"level": 3, "fan": true, "region": "eu"}')
    [[said]] = admin(capsys, tmp_path, "user", "attributes", "ana")
    assert json.loads(said) == {"level": 3, "fan": True, "region": "eu"}


def test_users_are_related_and_no_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ana", "bo"):
        admin(capsys, tmp_path, "user", "create", name)
    for more in (["--since", "5"], ["--off"]):
        admin(capsys, tmp_path, "user", "relate", "ana", "bo", "follow", *more)
    noted = [json.loads(line)["body"]["command"] for [line] in admin(capsys, tmp_path, "audit")]
    assert noted == ["CreateUser"] * 2 + ["SetRelation"] * 2


def test_reports_are_listed_shown_and_settled(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listed = [json.loads(line) for [line] in admin(capsys, data, "report", "list")]
    assert [each["time"] for each in listed] == list(range(REPORTS_MADE))
    assert {(each["reporter"], each["user"], each["reason"]) for each in listed} == {("cy", "bo", "spam")}
    first = listed[0]["report"]
    [[shown]] = admin(capsys, data, "report", "evidence", first)
    assert json.loads(shown)["body"] == {"type": "text", "text": "buy this"}
    assert admin(capsys, data, "report", "resolve", first) == []
    [[settled]] = admin(capsys, data, "report", "list", "--resolved", "--room", listed[0]["room"])
    assert json.loads(settled)["report"] == first
    assert admin(capsys, data, "report", "evidence", first) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["user", "tell", "ana", "level=3"], ExitCode.BAD_CONFIGURATION, "ATTRIBUTES: a JSON object"),
        (["user", "tell", "ana", "[]"], ExitCode.BAD_CONFIGURATION, "ATTRIBUTES: a JSON object"),
        (["user", "tell", "ana", '{"level": 1.5}'], ExitCode.BAD_CONFIGURATION, "ATTRIBUTES: a JSON object"),
        (["user", "tell", "ana", "[" * 100_000], ExitCode.BAD_CONFIGURATION, "ATTRIBUTES: a JSON object"),
        (["user", "tell", "ana", '{"a": "\\ud800"}'], ExitCode.BAD_CONFIGURATION, "not encodable"),
        (["user", "tell", "ana", '{"A": 1}'], ExitCode.BAD_CONFIGURATION, "a name is no word"),
        (["user", "attributes", "nobody"], ExitCode.FAILED, "no such user"),
        (["user", "relate", "ana", "ana", "follow"], ExitCode.BAD_CONFIGURATION, "two users"),
        (["user", "relate", "ana", "bo", "follow"], ExitCode.FAILED, "no such user"),
        (["user", "relate", "ana", "bo", "like"], ExitCode.BAD_CONFIGURATION, "like"),
        (["report", "list", "--room", "tea"], ExitCode.BAD_CONFIGURATION, "ROOM: 32 hex digits expected"),
        (["report", "evidence", "first"], ExitCode.BAD_CONFIGURATION, "REPORT: 32 hex digits expected"),
        (["report", "evidence", ROOM], ExitCode.FAILED, "no such report"),
        (["report", "resolve", ROOM], ExitCode.FAILED, "no such report"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: ExitCode, said: str
) -> None:
    assert cli.run(["admin", *arguments, "--data", str(tmp_path)]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("chatd: ")]
    assert len(lines) == 1
    assert said in lines[0]
