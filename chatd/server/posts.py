"""What a decision about a post must know of it, between the store and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chatd.checked import Quote
from chatd.model import EntryKind, Membership
from chatd.rooms import operators, reading
from chatd.rooms.effects import Actor, Needs
from chatd.rooms.erased import takes
from chatd.rooms.registry import Registry
from chatd.rooms.said import Messages, Place, Said
from chatd.storage import queries as ask
from chatd.storage.polls import GetVote
from chatd.wire.quoting import quote_of

if TYPE_CHECKING:
    from chatd.server.loader import Loader


def missing(messages: Messages, needs: Needs, place: Place) -> list[ask.Query]:
    """Return what is to be asked of the store for the part of `needs` about the post at `place`."""
    said = messages.get(*place)
    queries: list[ask.Query] = [] if said else [ask.GetMessage(*place)]
    if needs.reaction and (said is None or needs.reaction not in said.reactions):
        queries.append(ask.GetReaction(*place, *needs.reaction))
    if needs.vote and (said is None or needs.vote not in said.votes):
        queries.append(GetVote(*place, needs.vote))
    return queries


def install(messages: Messages, query: ask.Query, value: object) -> None:
    """Put the answer to one of these queries into memory, within `Messages.loading` of its place."""
    match query, value:
        case ask.GetMessage(), ask.MessageView():
            messages.install(Said(value.kind, value.sender, value.time, value.record, value.poll))
        case ask.GetReaction(), bool():
            place = (query.room, query.seq)
            messages.install_reaction(place, (query.emoji, query.user), on=value)
        case GetVote(), tuple():
            messages.install_vote((query.room, query.seq), query.user, cast("tuple[int, ...]", value))
        case _:
            pass


# -- forwards ----------------------------------------------------------------------------------------------------------


async def quote(loader: Loader, actor: Actor, place: Place) -> Quote | None:
    """Return what a true forward of the post at `place` says; None where there is none that the actor may see.

    It is read again where the membership changed, or the post was edited, meanwhile: there is no await between the last
    look and the return. Raises StoreError.
    """
    registry, messages = loader.registry, loader.registry.messages
    while (member := seer(registry, actor, place)) is not None:
        with messages.loading(place):
            before = messages.met(place)
            g, [found] = await loader.read_as_of([quote_query(place)])
            if messages.met(place) is not before:
                continue
        page, erasures = cast("ask.Page", found), registry.erased.after(place[0], g)
        if seer(registry, actor, place) == member and erasures is not None:
            gone = any(takes(each, entry) for each in erasures for entry in page.entries)
            return None if gone else quoted(page, reading.until(member))
    return None


def seer(registry: Registry, actor: Actor, place: Place) -> Membership | None:
    """Return the membership by which the actor may see the entry at `place` now; None where they may not."""
    room = registry.rooms.get(place[0])
    member = operators.part(room, actor) if room and room.record else None
    if room is None or member is None:
        return None
    seen = reading.visible(room, member)
    return member if seen.first <= place[1] <= seen.last else None


def quote_query(place: Place) -> ask.Query:
    """Return what is asked of the store for a forward: the entry, and its newest edit."""
    room, seq = place
    return ask.GetEntries(room=room, first=seq, last=seq, entries_max=1, bytes_max=1, changes=True)


def quoted(page: ask.Page, until: int) -> Quote | None:
    """Return what a true forward of the one entry of `page` says; None where that is no post, or was deleted.

    `until` is the last seq that who forwards may see, where they have left: what was edited later is not theirs.
    """
    [post] = page.entries
    edit = page.changes[0].edit if page.changes else None
    newest = (edit or post).body
    if post.kind is not EntryKind.POST or newest is None or (edit and until and edit.seq > until):
        return None
    return quote_of(newest, post.sender, post.time)
