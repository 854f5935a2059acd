"""How users show themselves to others: a name, a handle that nobody can confuse with another's, a picture."""

from __future__ import annotations

from attrs import evolve

from chatd import facts
from chatd.chain import self_id
from chatd.codes import RefusalCode
from chatd.messages import SetProfile
from chatd.model import EntryKind, Profile
from chatd.rooms import handles
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.effects import Loaded, Refusal
from chatd.rooms.looks import Looks
from chatd.rooms.refusals import UNCHANGED

CLAIMED_MS = 100
"""After so long it is known whether who was first has the handle."""

_BAD_NAME = Refusal(RefusalCode.BAD_NAME, "no display name")
_BAD_HANDLE = Refusal(RefusalCode.BAD_NAME, "no handle")
_TAKEN = Refusal(RefusalCode.TAKEN, "somebody has a handle that looks like it")
_CLAIMED = Refusal(RefusalCode.BUSY, "somebody is about to have a handle that looks like it", CLAIMED_MS)


def set_profile(command: SetProfile, proposal: Proposal, loaded: Loaded, looks: Looks) -> Decision:
    """Set what is given. Nothing else of the actor's own is in flight (`Needs.settled`)."""
    user = proposal.actor.user
    before = loaded.profile or Profile(user=user)
    after = before
    if command.name is not None:
        name = handles.display_name(command.name) if command.name else ""
        if name is None:
            return _BAD_NAME
        after = evolve(after, name=name)
    if command.handle is not None:
        handle = handles.handle(command.handle) if command.handle else ""
        if handle is None:
            return _BAD_HANDLE
        after = evolve(after, handle=handle, skeleton=handles.skeleton(handle))
    if command.avatar is not None:
        after = evolve(after, avatar=command.avatar)
    if after == before:
        return UNCHANGED
    return _refuse_look_alike(after, loaded, looks) or _set(evolve(after, version=before.version + 1), proposal)


def _refuse_look_alike(profile: Profile, loaded: Loaded, looks: Looks) -> Refusal | None:
    if loaded.holder not in (None, profile.user):
        return _TAKEN
    return _CLAIMED if looks.holder(profile.skeleton) not in (None, profile.user) else None


def _set(profile: Profile, proposal: Proposal) -> Draft:
    body = facts.profile(profile.name, profile.handle, profile.avatar, profile.version)
    return Draft(entries=(entry(proposal, self_id(profile.user), EntryKind.PROFILE, body),), records=(profile,))
