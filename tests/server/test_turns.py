"""When a session lets others go on, and for how long."""

from __future__ import annotations

import trio
from trio.testing import MockClock, assert_checkpoints, assert_no_checkpoints

from chatd.server.turns import COMMANDS_A_TURN, REST_S, Turn


async def test_within_a_turn_nobody_is_waited_for(mock_clock: MockClock) -> None:
    turn = Turn()
    with assert_no_checkpoints():
        for _ in range(COMMANDS_A_TURN):
            await turn.take()


async def test_after_a_turn_of_commands_in_flight_others_go_on(mock_clock: MockClock) -> None:
    turn = Turn(taken=COMMANDS_A_TURN, at_once=COMMANDS_A_TURN // 2)
    with assert_checkpoints():
        await turn.take()
    assert (turn.taken, turn.at_once) == (1, 0)


async def test_after_a_turn_of_commands_answered_at_once_the_session_rests(autojump_clock: MockClock) -> None:
    turn = Turn(taken=COMMANDS_A_TURN, at_once=COMMANDS_A_TURN // 2 + 1)
    await turn.take()
    assert trio.current_time() == REST_S
    assert (turn.taken, turn.at_once) == (1, 0)
