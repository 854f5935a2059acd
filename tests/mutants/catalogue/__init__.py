"""All planted bugs, by what they break."""

from __future__ import annotations

from tests.mutants.catalogue import backups, bounds, devices, durability, once, order, rights

MUTANTS = (
    *durability.MUTANTS,
    *order.MUTANTS,
    *once.MUTANTS,
    *rights.MUTANTS,
    *bounds.MUTANTS,
    *devices.MUTANTS,
    *backups.MUTANTS,
)
