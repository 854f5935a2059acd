"""What a daemon is made of: which part is given which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
import trio

from chatd.filters import sieve
from chatd.limits import Limits
from chatd.model import AboutUser, Answer, PresenceRecord, TokenRecord, UserRecord
from chatd.rooms.effects import InFlight
from chatd.rooms.judge import Judge
from chatd.rooms.policy import Circle, DefaultPolicy
from chatd.rooms.registry import Registry
from chatd.rooms.router import Router
from chatd.rooms.said import Messages
from chatd.rooms.sieves import Sieves
from chatd.rooms.tails import Tails
from chatd.server.catchup import Catchup
from chatd.server.config import Config
from chatd.server.core import Core
from chatd.server.expiring import Expiries
from chatd.server.fanout import Fanout
from chatd.server.feeding import Feeding
from chatd.server.history import Histories
from chatd.server.holds import Holds
from chatd.server.hooks.relays import Relays
from chatd.server.journal import Batch, Journal
from chatd.server.loader import Loader
from chatd.server.metrics import Metrics
from chatd.server.pages import Pages
from chatd.server.presence import Presence
from chatd.server.reports import ReportDesk
from chatd.server.retaining import Retention
from chatd.server.reviewing import Reviews
from chatd.server.searching import Searches
from chatd.server.sessions import Sessions
from chatd.server.signals import Signals
from chatd.server.streaming import Streams
from chatd.server.watermark import Watermark
from chatd.storage.base import Store, StoreError
from chatd.storage.index import Index


def core_of(
    config: Config,
    store: Store,
    committed: trio.MemorySendChannel[Batch],
    failed: Callable[[StoreError, list[InFlight]], Awaitable[None]],
    *,
    now: Callable[[], int],
    salts: Callable[[], bytes],
    index: Index | None,
) -> Core:
    """Return what the sessions of a daemon over `store` share.

    Its journal sends what it has committed to `committed`, and calls `failed` with what a failed commit has lost.
    """
    registry = Registry(
        rooms_max=config.memory.rooms_max,
        slots_max=config.memory.memberships_max,
        tails=Tails(config.memory.tail_bytes_max),
        messages=Messages(config.memory.messages_max),
        g=store.g,
    )
    sessions, metrics, applied = Sessions(), Metrics(), Watermark(store.g)
    loader = Loader(store=store, registry=registry, applied=applied, limits=config.limits)
    journal = Journal(
        store=store, registry=registry, config=config.journal, committed=committed, failed=failed, g=store.g
    )
    fanout = Fanout(registry=registry, sessions=sessions, applied=applied, metrics=metrics, delivered=journal.delivered)
    limits = config.limits
    signals = Signals(registry=registry, sessions=sessions, limits=limits)
    registry.on_level = signals.on_level
    presence = _presence(signals, loader, journal, now)
    registry.on_user = _on_user(signals, presence)
    holds = Holds(store=store, journal=journal, log_bytes_max=config.backup_log_bytes_max)
    relays = Relays(loader=loader, journal=journal, metrics=metrics)
    registry.on_webhook = relays.landed
    feeding = _feeding(index, registry, store, applied, metrics, journal)
    expiries = _expiries(loader, journal, limits, now, salts)
    fanout.on_expiring = expiries.note
    searches = Searches(registry=registry, loader=loader, feeding=feeding, config=config, metrics=metrics)
    streams = Streams(store=store, loader=loader, applied=applied, is_at_work=journal.is_at_work)
    return Core(
        config=config,
        store=store,
        registry=registry,
        router=Router(registry=registry, judge=_judge(config, registry, salts), limits=limits),
        sessions=sessions,
        loader=loader,
        journal=journal,
        fanout=fanout,
        pages=_pages(loader, holds, searches, streams, relays, presence),
        holds=holds,
        signals=signals,
        relays=relays,
        expiries=expiries,
        presence=presence,
        metrics=metrics,
        feeding=feeding,
        log=structlog.get_logger(),
        now=now,
    )


def _presence(signals: Signals, loader: Loader, journal: Journal, now: Callable[[], int]) -> Presence:
    return Presence(
        registry=loader.registry,
        sessions=signals.sessions,
        loader=loader,
        journal=journal,
        limits=signals.limits,
        now=now,
        log=structlog.get_logger(),
    )


def _expiries(
    loader: Loader, journal: Journal, limits: Limits, now: Callable[[], int], salts: Callable[[], bytes]
) -> Expiries:
    registry, applied = loader.registry, loader.applied
    retention = Retention(
        registry=registry, loader=loader, journal=journal, applied=applied, now=now, live_s_max=limits.live_s_max
    )
    return Expiries(
        registry=registry,
        loader=loader,
        journal=journal,
        applied=applied,
        now=now,
        salts=salts,
        retention=retention,
    )


def _on_user(signals: Signals, presence: Presence) -> Callable[[AboutUser], None]:
    def told(record: AboutUser) -> None:
        if isinstance(record, TokenRecord):
            signals.on_token(record)
        elif isinstance(record, UserRecord):
            signals.on_user(record)
        elif isinstance(record, PresenceRecord):
            presence.set(record)

    return told


def _judge(config: Config, registry: Registry, salts: Callable[[], bytes]) -> Judge:
    given = config.filter.filter()
    return Judge(
        registry=registry,
        policy=DefaultPolicy(Answer(config.add_members), Circle(config.direct_by), Circle(config.added_by)),
        limits=config.limits,
        names_make_users=config.dev,
        salts=salts,
        sieves=Sieves(server=sieve(given) if given else None),
    )


def _feeding(
    index: Index | None, registry: Registry, store: Store, applied: Watermark, metrics: Metrics, journal: Journal
) -> Feeding | None:
    if index is None:
        return None
    return Feeding(
        index=index,
        store=store,
        applied=applied,
        metrics=metrics,
        is_full=lambda: journal.full,
        expiries=registry.erased.expiries,
    )


def _pages(
    loader: Loader,
    holds: Holds,
    searches: Searches,
    streams: Streams,
    relays: Relays,
    presence: Presence,
) -> Pages:
    limits, registry, store, now = presence.limits, loader.registry, loader.store, presence.now
    reviews = Reviews(registry=registry, sessions=presence.sessions, loader=loader, limits=limits, now=now)
    registry.on_held = reviews.note
    return Pages(
        registry=registry,
        loader=loader,
        catchup=Catchup(registry=registry, loader=loader, store=store, limits=limits),
        histories=Histories(registry=registry, loader=loader, limits=limits),
        searches=searches,
        streams=streams,
        holds=holds,
        relays=relays,
        presence=presence,
        reports=ReportDesk(registry=registry, loader=loader, now=presence.now),
        reviews=reviews,
        limits=limits,
    )
