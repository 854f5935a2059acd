"""What a decision needs of the store, as the queries that ask for it."""

from __future__ import annotations

from chatd.rooms.effects import Actor, Needs
from chatd.storage import queries as ask
from chatd.storage.personal import CountPinned, CountRooms, GetHidden
from chatd.storage.presences import GetPresences


def lookups(actor: Actor, needs: Needs, *, aside: bool) -> list[ask.Query]:
    """Return what is to be asked of the store for the part of `needs` that no room in memory holds."""
    queries: list[ask.Query] = []
    if needs.key:
        queries.append(ask.GetKey(*needs.key))
    if needs.own_key and aside:
        queries.append(ask.GetKey(*needs.own_key))
    if needs.created:
        queries.append(ask.GetEntries(room=needs.created, first=1, last=1, entries_max=1, bytes_max=1))
    if needs.token:
        queries.append(ask.FindToken(needs.token))
    if needs.hidden:
        room, seq = needs.hidden
        queries.append(GetHidden(room=room, user=actor.user, first=seq, last=seq))
    if needs.shown:
        queries.append(GetPresences((actor.user,)))
    if needs.pinned:
        queries.append(CountPinned(user=actor.user))
    queries.extend(ask.GetUser(user) for user in needs.users)
    queries.extend(CountRooms(user=user) for user in needs.users)
    return queries
