"""Who does not speak in a room: the new, those of whom the app does not say what the room requires, and, in an
emergency, those below a rank (protocol 5.3.2).

To speak is to post, edit, react and vote. Pure, and judged by the time of the proposal: what heals by itself needs no
timer.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from chatd.codes import RefusalCode
from chatd.limits import NEWCOMER_S
from chatd.messages import SetSettings
from chatd.model import LED, Attribute, Membership, Role, RoomRecord
from chatd.rights import USUAL, Level, Required, Settings
from chatd.rooms.commands.draft import Proposal
from chatd.rooms.effects import Actor, Loaded, Refusal
from chatd.rooms.policy import RANK
from chatd.rooms.room import Room
from chatd.rooms.watching import watches

_LOWEST = {Level.MODERATORS: Role.MODERATOR, Level.ADMINS: Role.ADMIN}
"""Who speaks in an emergency: this role and those above it."""

FROZEN = Refusal(RefusalCode.EMERGENCY, "an emergency: nothing is written for now")


INELIGIBLE = Refusal(RefusalCode.INELIGIBLE, "what the app says of you does not let you speak here")


def asks_more(room: Room | None, actor: Actor) -> bool:
    """Return whether a gate of `room` asks for an attribute of which the actor's token says nothing.

    That is what must be looked up; of operators nothing is asked, and for strangers nothing is looked up: that would
    tell them that the room exists (invariant A4). Costs a plain room nothing.
    """
    record = room.judged_record() if room else None
    if room is None or record is None or record.settings is USUAL or not record.settings.requires or actor.operator:
        return False
    if room.judged_member(actor.user) is None and not watches(room, actor.user):
        return False
    claimed = dict(actor.claims)
    return any(name not in claimed for name, _ in record.settings.requires)


def said_of(actor: Actor, loaded: Loaded) -> Mapping[str, Attribute]:
    """Return what the app says of the actor. What their token says wins over what is stored under the same name: it
    is as old as the session, and not older than a token may be, while what is stored may be of any age."""
    return {**dict(loaded.attributes), **dict(actor.claims)}


def _fits(requires: tuple[Required, ...], attributes: Mapping[str, Attribute]) -> bool:
    return all(attributes.get(name) in values for name, values in requires)


def gated(settings: Settings, command: SetSettings) -> Settings:
    """Return `settings` with the gates and the level that `command` asks for."""
    if command.member_s is not None:
        settings = evolve(settings, member_s=command.member_s)
    if command.account_s is not None:
        settings = evolve(settings, account_s=command.account_s)
    if command.level is not None:
        settings = evolve(settings, level=Level(command.level))
    if command.requires is not None:
        settings = evolve(settings, requires=tuple(sorted(command.requires.items())))
    return settings


def held_back(record: RoomRecord, own: Membership, proposal: Proposal) -> Refusal | None:
    """Return why a present member may not speak yet, or not in this emergency; else None. Costs a plain room nothing.

    Whoever has a role above member is never new. The level of the server holds in every room that somebody leads; in
    others it holds back new accounts alone.
    """
    if record.settings is USUAL and not proposal.level:
        return None
    is_led, settings = record.kind in LED, record.settings
    lowest = _LOWEST.get(max(settings.level, proposal.level)) if is_led else None
    if lowest is not None and RANK[own.role] < RANK[lowest]:
        return Refusal(RefusalCode.EMERGENCY, "an emergency: you may only read here for now")
    if own.role is not Role.MEMBER:
        return None
    if settings.requires and not _fits(settings.requires, proposal.attributes):
        return INELIGIBLE
    member_s = max(settings.member_s, NEWCOMER_S if settings.level is Level.KNOWN else 0)
    account_s = max(settings.account_s, NEWCOMER_S if proposal.level else 0)
    ready = max(own.since + member_s * 1000, proposal.actor.created + account_s * 1000)
    if proposal.now < ready:
        return Refusal(RefusalCode.TOO_NEW, "you are too new to speak here", wait_ms=ready - proposal.now)
    return None
