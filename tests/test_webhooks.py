"""What operators ask of endpoints: a place is a room and a seq, or there is none."""

from __future__ import annotations

import pytest

from chatd.codes import RefusalCode
from chatd.messages import DropLetters, Redeliver, Unfit

ROOM = bytes(16)
KEY = bytes(16)


@pytest.mark.parametrize("command", [Redeliver, DropLetters])
def test_room_and_seq_go_together(command: type[Redeliver | DropLetters]) -> None:
    assert command(key=KEY, endpoint="push", room=ROOM, seq=1).seq == 1
    assert command(key=KEY, endpoint="push").room is None
    for room, seq in ((ROOM, None), (None, 1)):
        with pytest.raises(Unfit, match="room and seq go together") as raised:
            command(key=KEY, endpoint="push", room=room, seq=seq)
        assert raised.value.code is RefusalCode.BAD_REQUEST


@pytest.mark.parametrize("command", [Redeliver, DropLetters])
def test_the_name_of_an_endpoint_is_bounded(command: type[Redeliver | DropLetters]) -> None:
    assert command(key=KEY, endpoint="a" * 32).endpoint == "a" * 32
    with pytest.raises(Unfit) as raised:
        command(key=KEY, endpoint="a" * 33)
    assert raised.value.code is RefusalCode.TOO_LARGE
