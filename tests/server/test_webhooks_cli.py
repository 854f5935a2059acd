"""`chatd webhooks`: what it prints and changes, where no daemon runs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import trio

from chatd.messages import Letter, Webhook
from chatd.model import Item, LetterRecord, RelayRecord
from chatd.server import cli, webhooks_cli
from chatd.server.config import ExitCode
from chatd.storage import open_store

pytestmark = pytest.mark.usefixtures("restored")

ROOM = bytes(range(16))


async def _put(data: Path, *records: RelayRecord | LetterRecord) -> None:
    async with open_store(data, new_epoch=bytes(16)) as store:
        await store.append([Item(records=records)])


def letter(seq: int) -> LetterRecord:
    return LetterRecord(endpoint="push", room=ROOM, seq=seq, time=1_000, attempts=3, error="status 500")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    trio.run(partial(_put, tmp_path, RelayRecord(endpoint="push", place=0, time=1_000), letter(1), letter(2)))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], data: Path, *tokens: str) -> str:
    assert cli.run(["webhooks", *tokens, "--data", str(data)]) == ExitCode.OK
    return capsys.readouterr().out


@pytest.mark.slow
def test_endpoints_and_letters_are_listed_and_settled(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, data, "list") == "push\tnot told\t0 behind\t1970-01-01T00:00:01+00:00\t2 letters\t0 failed\t\n"
    first, second = (f"{ROOM.hex()}:{seq}" for seq in (1, 2))
    row = "\t1970-01-01T00:00:01+00:00\t3\t-\tstatus 500\n"
    assert run(capsys, data, "letters", "push") == f"{first}{row}{second}{row}"
    assert run(capsys, data, "drop", "push", second) == ""
    assert run(capsys, data, "redeliver", "push") == ""
    assert run(capsys, data, "letters", "push") == first + row.replace("\t-\t", "\tagain\t")
    assert run(capsys, data, "drop", "push") == ""
    assert run(capsys, data, "letters", "push") == ""


@pytest.mark.slow
def test_what_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["webhooks", "drop", "push", "--data", str(tmp_path)]) == ExitCode.FAILED
    assert "it is so already" in capsys.readouterr().err


@pytest.mark.parametrize("endpoint", ["e" * 33, "\udcff"])
@pytest.mark.parametrize("command", ["letters", "redeliver", "drop"])
def test_what_is_no_name_of_an_endpoint_is_refused(
    tmp_path: Path, command: str, endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["webhooks", command, endpoint, "--data", str(tmp_path)]) == ExitCode.BAD_CONFIGURATION
    assert capsys.readouterr().err.startswith("chatd: endpoint: ")


@pytest.mark.parametrize("place", ["here", "zz:1", f"{'00' * 16}:x", "00:1", f"{'00' * 16}:0"])
def test_what_is_no_place_is_refused(tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["webhooks", "drop", "push", place, "--data", str(tmp_path)]) == ExitCode.BAD_CONFIGURATION
    assert capsys.readouterr().err.startswith("chatd: ")


def test_a_row_tells_what_there_is_to_know() -> None:
    paused = Webhook(endpoint="push", configured=True, lag=7, time=0, letters=9, failures=2, error="x", paused=True)
    assert webhooks_cli._webhook(paused) == "push\tpaused\t7 behind\t-\t9 letters\t2 failed\tx"
    told = Webhook(endpoint="push", configured=True, lag=0, time=0, letters=0)
    assert webhooks_cli._webhook(told) == "push\ttold\t0 behind\t-\t0 letters\t0 failed\t"
    again = Letter(room=ROOM, seq=3, time=0, attempts=1, error="x", again=True)
    assert webhooks_cli._letter(again) == f"{ROOM.hex()}:3\t-\t1\tagain\tx"
