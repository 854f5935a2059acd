"""`chatd admin follow`: each event a line, once, in order, from the beginning, from a position, or from now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trio.testing import MockClock, memory_stream_pair

from chatd.messages import Follow
from chatd.server import admin_follow, cli
from chatd.server.config import ExitCode
from chatd.server.operate import Operator, OperatorError
from tests.house import House, open_house
from tests.server.test_streaming_pages import committed, talk


async def operator_of(house: House) -> Operator:
    near, far = memory_stream_pair()
    house.nursery.start_soon(house._accept, far, True)
    operator = Operator(near)
    await operator.hello()
    return operator


def places(lines: list[str]) -> list[tuple[bytes, int]]:
    return [(bytes.fromhex(each["room"]), each["seq"]) for each in map(json.loads, lines)]


def kept(lines: list[str]) -> admin_follow.Tell:
    def tell(line: str) -> bool:
        lines.append(line)
        return True

    return tell


async def test_everything_is_told_in_order_and_so_much_as_was_asked_for(
    mock_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin_follow, "PAGE", 2)
    lines: list[str] = []
    async with open_house() as house:
        await talk(house)
        everything = await committed(house)
        operator = await operator_of(house)
        house.nursery.start_soon(admin_follow.tell_on, operator, Follow(), 5, kept(lines))
        await house.rest()
        assert places(lines) == everything[:5]
        position = bytes.fromhex(json.loads(lines[-1])["position"])
        more = len(everything) - 5
        house.nursery.start_soon(admin_follow.tell_on, operator, Follow(after=position), more, kept(lines))
        await house.rest()
        assert places(lines) == everything


async def test_from_now_on_each_is_told_as_it_comes(mock_clock: MockClock, capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    async with open_house() as house:
        ana, pair, _ = await talk(house)
        operator = await operator_of(house)
        house.nursery.start_soon(admin_follow.tell_on, operator, Follow(now=True), 2, kept(lines))
        await house.rest()
        assert capsys.readouterr().err.startswith("chatd: following from ")
        for text in ("one", "two"):
            posted = await ana.post_on_disk(pair, text)
            await house.sleep(1)
            assert places(lines)[-1] == (pair, posted.seq)
        assert len(lines) == 2


async def test_it_ends_when_nobody_reads_what_is_told(mock_clock: MockClock) -> None:
    lines: list[str] = []
    async with open_house() as house:
        await talk(house)

        def tell(line: str) -> bool:
            lines.append(line)
            return False

        await admin_follow.tell_on(await operator_of(house), Follow(), None, tell)
        assert len(lines) == 1


async def test_a_position_of_another_store_is_told(mock_clock: MockClock) -> None:
    async with open_house() as house:
        with pytest.raises(OperatorError, match="another store"):
            await admin_follow.tell_on(await operator_of(house), Follow(after=bytes(32)), None, kept([]))


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--after", "00"], ExitCode.BAD_CONFIGURATION, "after: 64 hex digits expected"),
        (["--after", "00" * 32, "--from-now"], ExitCode.BAD_CONFIGURATION, "not both"),
        (["--from-now"], ExitCode.FAILED, "no daemon runs there"),
    ],
)
def test_what_cannot_be_followed_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: ExitCode, said: str
) -> None:
    assert cli.run(["admin", "follow", *arguments, "--data", str(tmp_path)]) == code
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("chatd: ")]
    assert len(lines) == 1
    assert said in lines[0]
