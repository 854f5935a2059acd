"""When a session lets others go on, and for how long."""

from __future__ import annotations

import trio
from trio.testing import MockClock, assert_checkpoints

from chatd.server.turns import COMMANDS_A_TURN, FLOOD_S, REST_S, Turn


async def test_a_turn_is_over_after_so_many_commands() -> None:
    turn = Turn()
    assert [turn.count(at_once=False) for _ in range(COMMANDS_A_TURN)] == [False] * (COMMANDS_A_TURN - 1) + [True]


async def test_commands_that_come_slowly_need_no_rest(autojump_clock: MockClock) -> None:
    turn = Turn()
    turn.count(at_once=True)
    await trio.sleep(2 * FLOOD_S)
    for _ in range(COMMANDS_A_TURN - 1):
        turn.count(at_once=True)
    began = trio.current_time()
    await turn.pass_on()
    assert trio.current_time() == began


async def test_after_a_turn_of_commands_in_flight_others_go_on_at_once(mock_clock: MockClock) -> None:
    turn = Turn(taken=COMMANDS_A_TURN, at_once=COMMANDS_A_TURN // 2)
    with assert_checkpoints():
        await turn.pass_on()
    assert (turn.taken, turn.at_once) == (0, 0)


async def test_after_a_turn_of_commands_answered_at_once_the_session_rests(autojump_clock: MockClock) -> None:
    turn = Turn()
    for number in range(COMMANDS_A_TURN):
        turn.count(at_once=number > 2)
    await turn.pass_on()
    assert trio.current_time() == REST_S
    assert (turn.taken, turn.at_once) == (0, 0)
