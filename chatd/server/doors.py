"""Where a daemon listens: for operators on the control socket, for users, and for operators who have a credential."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import trio
from attrs import evolve

from chatd.server.arrivals import Arrivals
from chatd.server.config import Config
from chatd.server.core import Core
from chatd.server.listener import CONTROL_NAME, OPERATOR_MODE, open_listeners, open_unix


async def open_doors(
    accept: Callable[..., Any],
    core: Core,
    config: Config,
    nursery: trio.Nursery,
    doors: trio.Nursery,
    ready: Callable[[Sequence[str]], None],
) -> None:
    """Listen; tell `ready` once every door is open. Raises ListenError: then, and when cancelled, none is."""
    arrivals = Arrivals(core.journal.is_at_work)
    with ExitStack() as opened:
        control = open_unix(str(config.data / CONTROL_NAME), config, mode=OPERATOR_MODE)
        opened.callback(control.close)
        users = await open_listeners(config, arrivals)
        for listener in users:
            opened.callback(listener.close)
        operators = await open_listeners(evolve(config, listen=config.admin.listen), arrivals)
        opened.pop_all()
    doors.start_soon(control.serve, partial(accept, nursery, operators=True), nursery)
    for listener in users:
        doors.start_soon(listener.serve, partial(accept, nursery, operators=False), nursery)
    known = config.admin.names()
    for listener in operators:
        doors.start_soon(listener.serve, partial(accept, nursery, operators=True, credentials=known), nursery)
    ready([*(listener.url for listener in users), *(f"{listener.url} for operators" for listener in operators)])
