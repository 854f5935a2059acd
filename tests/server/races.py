"""What commits while something is being read for another."""

from __future__ import annotations

from typing import Any

from chatd.messages import FromClient
from chatd.storage.queries import Query
from tests.house import House, Peer
from tests.server.stores import GatedStore


async def overtaken(
    house: House,
    store: GatedStore,
    first: tuple[Peer, FromClient],
    then: tuple[Peer, FromClient],
    *,
    of: type[Query] | None = None,
) -> Any:
    """Let the `first` command commit, and be applied, between what the other one reads and what becomes of that; `of`:
    those reads alone are held. Return the reply to the other one."""
    store.hold_appends()
    peer, command = first
    await peer.send(command)
    await house.rest()
    store.hold_reads(of)
    peer, command = then
    request = await peer.send(command)
    await house.rest()
    store.release_appends()
    await house.rest()
    store.release_reads()
    await house.rest()
    return peer.reply(request)
