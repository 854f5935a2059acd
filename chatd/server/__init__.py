"""Floor 3, the world: sockets, tasks, configuration. The only floor that composes the others."""

from __future__ import annotations
