"""What holds for a whole server."""

from __future__ import annotations

from chatd.frozen import frozen
from chatd.rights import Level


@frozen(kw_only=True)
class ServerRecord:
    """There is one in every store; until it is put, it is as it is here."""

    level: Level = Level.NORMAL
