"""How a connection whose hello was accepted becomes a session of its user."""

from __future__ import annotations

from chatd.chain import self_id
from chatd.codes import CloseCode
from chatd.limits import VERSION
from chatd.messages import CAPABILITIES, PRESENCE, Hello, Welcome
from chatd.model import UserId
from chatd.rights import Level
from chatd.rooms.audience import Subscriber
from chatd.rooms.policy import TokenBucket
from chatd.server.core import Core


def enter(core: Core, session: int, user: UserId, hello: Hello) -> None:
    """Let a session be heard of; the older one of the same user and device ends here."""
    audience, rates = core.registry.audience, core.config.rates
    older = audience.session_of(user, hello.device)
    if older is not None:
        core.sessions.close(older, CloseCode.REPLACED, "the device connected again")
    bucket = TokenBucket(rates.commands_per_s, rates.burst_commands, rates.burst_commands, core.now())
    audience.open(Subscriber(session, user, hello.device, self_id(user), bucket, PRESENCE in hello.capabilities))
    core.presence.came(user)


def leave(core: Core, session: int, user: UserId) -> None:
    """Let a session be no more; one that never was heard of is ignored."""
    core.registry.audience.close(session)
    core.presence.left(user, session)


def welcome(hello: Hello, user: UserId, heartbeat_s: int, level: Level) -> Welcome:
    """Return the reply to an accepted hello: with those of its capabilities which the server has too."""
    return Welcome(
        version=VERSION,
        capabilities=tuple([each for each in CAPABILITIES if each in hello.capabilities]),
        user=user,
        device=hello.device,
        room=self_id(user),
        heartbeat_s=heartbeat_s,
        level=level.value,
    )
