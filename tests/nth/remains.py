"""What a daemon still holds for somebody who is gone, or for a command that is over. At rest that is nothing."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from typing import Any

import structlog

from chatd.rooms.registry import Registry
from chatd.server.core import Core
from chatd.server.journal import Journal
from chatd.server.presence import Presence


def hushed(core: Core) -> list[str]:
    """Let `core` log nothing; return the list to which the traceback of every session that fails will be added."""
    failures: list[str] = []

    def note(_: Any, method: str, __: Any) -> Any:
        if method == "exception":
            failures.append(traceback.format_exc())
        raise structlog.DropEvent

    core.log = structlog.wrap_logger(None, [note], structlog.BoundLogger)
    return failures


def remains(core: Core, present: Iterable[int]) -> list[str]:
    """Return what `core` holds beyond the sessions `present`, by their numbers; nothing when all is well.

    The daemon must be at rest: no command under way, no batch waiting for the disk.
    """
    here = sorted(present)
    left = [*_credit(core.journal), *_sessions(core, here), *_registry(core.registry, here), *_lookups(core)]
    return [*left, *_watches(core.pages.presence, here)]


def _watches(presence: Presence, here: list[int]) -> Iterator[str]:
    watchers = [session for sessions in presence._watchers.values() for session in sessions]
    known = [*presence._watches, *presence._begun_ms, *watchers]
    if any(session not in here for session in known):
        yield f"presence: {sorted(dict.fromkeys(known))} watch others"


def _credit(journal: Journal) -> Iterator[str]:
    config = journal.config
    if (journal._entries_left, journal._bytes_left) != (config.entries_max, config.bytes_max):
        entries, size = config.entries_max - journal._entries_left, config.bytes_max - journal._bytes_left
        yield f"journal: credit of {entries} entries and {size} bytes is not given back"
    if journal._shares:
        yield f"journal: shares of {sorted(journal._shares)}"
    if journal._waiting or journal._delivering or journal._shut:
        yield "journal: a batch is under way, or the gate is shut"


def _sessions(core: Core, here: list[int]) -> Iterator[str]:
    sessions = core.sessions
    if sorted(sessions.connected) != here or sorted(sessions.by_id) != here:
        yield f"sessions: {sorted(sessions.connected)} connected, {sorted(sessions.by_id)} open, {here} expected"
    if sessions._waiting or sessions._waiting_from:
        yield "sessions: a hello is waited for"


def _registry(registry: Registry, here: list[int]) -> Iterator[str]:
    audience = registry.audience
    if sorted(audience.sessions) != here:
        yield f"audience: {sorted(audience.sessions)} present, {here} expected"
    known = sorted(session for devices in audience._devices.values() for session in devices.values())
    if known != here:
        yield f"audience: the devices of {known} are known, {here} expected"
    if registry.in_flight or registry._loading or not registry.keys.idle:
        yield "registry: a command or a load is under way"
    for room in registry.rooms.values():
        if room.in_flight or room._pending or room.creation or room.last_change:
            yield f"room {room.id.hex()}: something is pending"
        if any(session not in here for session in room.attachments):
            yield f"room {room.id.hex()}: {sorted(room.attachments)} listen"
        if room.live and any(session not in here for session in room.live.sessions):
            yield f"room {room.id.hex()}: {sorted(room.live.sessions)} watch"


def _lookups(core: Core) -> Iterator[str]:
    if core.loader._waiting:
        yield "loader: somebody waits"
    if core.signals._watched:
        yield "signals: a token is watched"
    if core.pages.holds._holder is not None:
        yield "holds: the store's file is held"
