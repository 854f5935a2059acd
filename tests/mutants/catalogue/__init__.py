"""All planted bugs, by what they break."""

from __future__ import annotations

from tests.mutants.catalogue import (
    backups,
    bounds,
    broadcasts,
    devices,
    durability,
    expiry,
    features,
    hooks,
    mentions,
    moderation,
    once,
    operating,
    order,
    personal,
    polling,
    presences,
    rights,
    searching,
    streaming,
    talking,
)

MUTANTS = (
    *durability.MUTANTS,
    *order.MUTANTS,
    *once.MUTANTS,
    *rights.MUTANTS,
    *moderation.MUTANTS,
    *personal.MUTANTS,
    *bounds.MUTANTS,
    *broadcasts.MUTANTS,
    *devices.MUTANTS,
    *backups.MUTANTS,
    *searching.MUTANTS,
    *talking.MUTANTS,
    *features.MUTANTS,
    *hooks.MUTANTS,
    *mentions.MUTANTS,
    *expiry.MUTANTS,
    *polling.MUTANTS,
    *presences.MUTANTS,
    *streaming.MUTANTS,
    *operating.MUTANTS,
)
