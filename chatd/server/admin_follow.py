"""`chatd admin follow`: what is committed in all rooms, a line each, as it comes."""

from __future__ import annotations

import sys
from collections.abc import Callable

import trio
from attrs import evolve

from chatd.messages import Follow, Followed, Unfit
from chatd.messages.administering import POSITION_BYTES
from chatd.server.admin_reading import ANOTHER_STORE, PAGE, BadArgument, answered, bytes_of, event_line
from chatd.server.config import Config, ExitCode
from chatd.server.console import DEFAULTS, Settings, fail, prepare, say
from chatd.server.operate import Operator, OperatorError, ask_running

Tell = Callable[[str], bool]
"""Takes a line, and returns whether there may be more."""
WAIT_MS = 5_000
"""Less than `chatd.server.operate` waits for an answer."""


def follow(
    *, after: str | None = None, from_now: bool = False, most: int | None = None, config: Settings = DEFAULTS
) -> int:
    """Print what is committed in all rooms, in order, one JSON object a line as it comes, until it is interrupted.
    Needs a daemon that runs. Takes the options of serve.

    Parameters
    ----------
    after
        The position of the last line that was dealt with; from the beginning if not given.
    from_now
        Print nothing of what was there before; the position at which that begins stands on stderr.
    most
        Stop after so many lines.
    """
    try:
        command = Follow(after=None if after is None else bytes_of(after, POSITION_BYTES, "after"), now=from_now)
    except (Unfit, BadArgument) as error:
        return fail(str(error), ExitCode.BAD_CONFIGURATION)
    return _follow(config, command, most)


def _follow(config: Config, command: Follow, most: int | None) -> int:
    async def work(operator: Operator) -> bool:
        await tell_on(operator, command, most, _printed)
        return True

    prepare(config)
    try:
        done = trio.run(ask_running, config, work)
    except OperatorError as error:
        return fail(str(error), error.code)
    except KeyboardInterrupt:
        return ExitCode.OK
    return ExitCode.OK if done else fail("no daemon runs there to be followed", ExitCode.FAILED)


async def tell_on(operator: Operator, command: Follow, most: int | None, tell: Tell) -> None:
    """Give `tell` the line of each event, in order, each once, until there were `most`, or it returns False.

    Raises OperatorError when the daemon refuses or ends: whoever goes on from the position of the last line misses
    nothing.
    """
    left = sys.maxsize if most is None else most
    if command.now:
        command = Follow(after=await _newest(operator))
    while left > 0:
        asked = evolve(command, limit=min(PAGE, left), wait_ms=WAIT_MS)
        page = await answered(operator, asked, Followed)
        if page.status != "ok":
            raise OperatorError(ANOTHER_STORE)
        for event in page.events:
            if not tell(event_line(event)):
                return
        left -= len(page.events)
        command = Follow(after=page.position)


async def _newest(operator: Operator) -> bytes:
    position = (await answered(operator, Follow(now=True), Followed)).position
    say(sys.stderr, f"chatd: following from {position.hex()}\n")
    return position


def _printed(line: str) -> bool:
    """Print a line, and return whether anybody reads it."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        return False
    return True
