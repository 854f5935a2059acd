"""Commands of the server itself: decided, committed and noted like an operator's, whose credential is called chatd."""

from __future__ import annotations

from chatd.messages import KeyedCommand, Refused
from chatd.names import SYSTEM
from chatd.rooms.bounds import bound_of
from chatd.rooms.effects import Actor, Commit, InFlight, Limit, Reply
from chatd.rooms.needs import needs
from chatd.server.core import Core
from chatd.wire import codec

ITSELF = Actor(0, SYSTEM, operator=True, credential="chatd")
"""No session: nobody waits for an answer."""


async def carry_out(core: Core, command: KeyedCommand) -> Refused | None:
    """Carry out a command as an operator's; return when it is on disk and applied, or why it was refused.

    Returns also when the commit failed: then it is unknown whether it was carried out. Raises StoreError when the store
    does not answer. Cancelled, it may be carried out all the same.
    """
    limit = bound_of(ITSELF, command) or Limit(entries=1, bytes=1)
    while not await core.journal.credit(limit, ITSELF.session):
        pass
    flight: InFlight | None = None
    answer: Refused | None = None
    try:
        loaded = await core.loader.load(ITSELF, needs(ITSELF, command))
        effects = core.router.handle(ITSELF, 0, command, codec.digest(command), loaded, core.now())
        for effect in effects:
            if isinstance(effect, Commit):
                flight = effect.flight
                flight.credit = limit
                core.journal.submit_nowait(flight)
            elif isinstance(effect, Reply) and isinstance(effect.message, Refused):
                answer = effect.message
    finally:
        if flight is None:
            core.journal.give_back(limit, ITSELF.session)
    while flight is not None and flight.key and core.registry.in_flight.get(flight.key) is flight:
        await core.fanout.applied.moved()
    return answer
