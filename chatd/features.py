"""What is on in a room, by its kind, its size and its settings (protocol 5.63): for server and clients the same.

A feature that a room outgrows comes back only when the room is a tenth smaller again than it may be. So somebody who
comes and goes at the very size does not turn it off and on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from chatd.limits import Limits
from chatd.model import RoomKind, RoomRecord
from chatd.rights import Feature


def of_kind(kind: RoomKind) -> tuple[Feature, ...]:
    """Return what is on in a small room of this kind with the usual settings, in the order of `Feature`."""
    match kind:
        case RoomKind.DIRECT | RoomKind.GROUP:
            return tuple(Feature)
        case RoomKind.BROADCAST | RoomKind.LIVE | RoomKind.SELF:
            return ()
    assert_never(kind)


def on(kind: RoomKind, off: Sequence[Feature]) -> tuple[Feature, ...]:
    """Return what is on in a room of this kind of which so much is off."""
    return tuple([each for each in of_kind(kind) if each not in off])


def in_force(record: RoomRecord, limits: Limits) -> tuple[Feature, ...]:
    """Return what is on in a room now."""
    return on(record.kind, off(record, limits))


def sizes(limits: Limits) -> dict[Feature, int]:
    """Return, for what depends on the size of a room, how many members it may have."""
    return {Feature.RECEIPTS: limits.receipts_members_max, Feature.TYPING: limits.typing_members_max}


def back_at(most: int) -> int:
    """Return with how many members a feature is on again which a room of more than `most` has lost."""
    return most - (most + 9) // 10


def outgrown(members: int, before: Sequence[Feature], limits: Limits) -> tuple[Feature, ...]:
    """Return what a room of so many members is too large for, when it was too large for `before` until now.

    Asked again about the same room it says the same.
    """
    if not before and members <= min(limits.receipts_members_max, limits.typing_members_max):
        return ()
    most = {each: back_at(size) if each in before else size for each, size in sizes(limits).items()}
    return tuple([each for each, size in most.items() if members > size])


def told_off(record: RoomRecord) -> tuple[Feature, ...]:
    """Return what is off in a room as far as its entries have told."""
    return tuple([each for each in of_kind(record.kind) if each in record.settings.off or each in record.outgrown])


def off(record: RoomRecord, limits: Limits) -> tuple[Feature, ...]:
    """Return what is off in a room: what its entries have told, but by the limits of today."""
    size = outgrown(record.members, record.outgrown, limits)
    if not (size or record.settings.off):
        return ()
    return tuple([each for each in of_kind(record.kind) if each in record.settings.off or each in size])


def words(features: Sequence[Feature]) -> tuple[str, ...]:
    """Return the names of `features`, as they travel."""
    return tuple([each.value for each in features])


def known(words: Sequence[object]) -> tuple[Feature, ...]:
    """Return the features that `words` names. One that a newer server has is left out."""
    return tuple([each for each in Feature if each.value in words])
