"""What every session of a daemon shares. `chatd.server.daemon` composes it; nobody else makes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio
from attrs import define, field

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from chatd.rooms.registry import Registry
    from chatd.rooms.router import Router
    from chatd.server.claims import Verify
    from chatd.server.config import Config
    from chatd.server.expiring import Expiries
    from chatd.server.fanout import Fanout
    from chatd.server.feeding import Feeding
    from chatd.server.holds import Holds
    from chatd.server.hooks.asking import Asking
    from chatd.server.hooks.relays import Relays
    from chatd.server.journal import Journal
    from chatd.server.keyring import Keyring
    from chatd.server.loader import Loader
    from chatd.server.metrics import Metrics
    from chatd.server.pages import Pages
    from chatd.server.presence import Presence
    from chatd.server.sessions import Sessions
    from chatd.server.signals import Signals
    from chatd.storage.base import Store


@define(eq=False, kw_only=True)
class Core:
    config: Config
    store: Store
    registry: Registry
    router: Router
    sessions: Sessions
    loader: Loader
    journal: Journal
    fanout: Fanout
    pages: Pages
    holds: Holds
    signals: Signals
    relays: Relays
    expiries: Expiries
    presence: Presence
    metrics: Metrics
    feeding: Feeding | None
    """None where searching is off."""
    log: FilteringBoundLogger
    now: Callable[[], int]
    """The wall clock in ms. Timeouts go by trio's clock."""
    asking: Asking | None = None
    """None where no rule is asked before a post."""
    verify: Verify | None = None
    """Checks tokens that the app has signed; None where it signs none."""
    keyring: Keyring | None = None
    """Reads the keys of the app anew; None where they stay as they are."""
    draining: bool = False
    flushed: trio.Event = field(factory=trio.Event)
    """Set when a draining daemon has answered everything that was in flight."""
