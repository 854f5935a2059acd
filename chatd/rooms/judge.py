"""Where each keyed command is decided: a proposal is made, who asks is looked at, and the noun's rules say the rest."""

from __future__ import annotations

from collections.abc import Callable

from attrs import Factory, define

from chatd.limits import Limits
from chatd.messages import (
    Administer,
    Block,
    Create,
    Edit,
    Enter,
    Join,
    KeyedCommand,
    Leave,
    Manage,
    Moderate,
    Personal,
    Post,
    Report,
    Review,
    SetPresence,
    SetProfile,
    Talk,
    Vote,
    Voting,
)
from chatd.model import Membership, RoomId, RoomRecord, UserId
from chatd.rights import Level
from chatd.rooms import operators
from chatd.rooms.commands import (
    administering,
    appearing,
    blocking,
    creating,
    holding,
    inviting,
    managing,
    membership,
    moderating,
    personal,
    polling,
    profiles,
    reporting,
    talking,
)
from chatd.rooms.commands.draft import NO_ATTRIBUTES, Decision, Draft, Proposal
from chatd.rooms.commands.streaming import is_over
from chatd.rooms.effects import Actor, InFlight, Loaded, Refusal, let_through
from chatd.rooms.gates import FROZEN, said_of
from chatd.rooms.needs import keyed_needs, own_key
from chatd.rooms.permissions import is_banned
from chatd.rooms.policy import Policy, is_present
from chatd.rooms.refusals import ENDED, NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.rooms.sieves import Sieves
from chatd.rooms.watching import passing, watches

_Quiet = Personal | SetPresence | Block | Report
"""What a user does in their self room that nobody else sees: it goes on whatever the emergency."""
_Own = _Quiet | SetProfile
"""What a user does in their self room."""
_Other = Administer | Create | _Own | Enter | Join | Leave | Manage | Moderate


@define(eq=False, kw_only=True)
class Judge:
    registry: Registry
    policy: Policy
    limits: Limits
    names_make_users: bool
    """In a development server whoever is named exists."""
    salts: Callable[[], bytes]
    """Returns 16 random bytes."""
    sieves: Sieves = Factory(Sieves)
    """What may not be said anywhere on this server, and in its rooms."""

    def decide(self, actor: Actor, room: Room | None, command: KeyedCommand, loaded: Loaded, now: int) -> Decision:
        """Return what `command` would commit, or why it commits nothing. `room` is that which its key stands in."""
        proposal = self.propose(actor, room, command, loaded, now)
        if proposal.level and proposal.level is Level.FROZEN and not isinstance(command, _Quiet):
            return FROZEN
        record = room.judged_record() if room is not None else None
        if isinstance(command, Talk):  # first, for posts are what most commands are
            decision = self._decide_talk(actor, room, record, command, proposal)
        else:
            decision = self._decide_other(actor, room, record, command, proposal)
        if isinstance(decision, Draft):
            if actor.operator:
                return operators.audited(decision, actor, command)
            if record is not None and record.frozen and not isinstance(command, Leave):
                return operators.FROZEN
        return decision

    def in_flight(self, actor: Actor, room_id: RoomId, command: KeyedCommand) -> InFlight | None:
        """Return the command in flight that has the key of this one, which `room_id` scopes."""
        if flight := self.registry.in_flight.get((room_id, actor.user, command.key)):
            return flight
        room = self.registry.rooms.get(room_id)
        if room is None or not (room.keeps_votes_aside if type(command) is Vote else room.keeps_keys_aside):
            return None
        if (aside := own_key(actor, command)) is None:
            return None
        return self.registry.in_flight.get(aside)

    def _decide_other(
        self, actor: Actor, room: Room | None, record: RoomRecord | None, command: _Other, proposal: Proposal
    ) -> Decision:
        if isinstance(command, Create):
            return creating.create(room, command, proposal)
        if isinstance(command, _Own):
            return self._decide_own(command, proposal, proposal.loaded)
        if isinstance(command, Administer):
            return administering.administer(room, command, proposal, proposal.loaded)
        return self._decide_group(actor, room, record, command, proposal)

    def _decide_group(
        self,
        actor: Actor,
        room: Room | None,
        record: RoomRecord | None,
        command: Enter | Join | Leave | Manage | Moderate,
        proposal: Proposal,
    ) -> Decision:
        if isinstance(command, Review) and holding.takes_back(actor, command):
            decision = holding.withdrawn(room, command, proposal)
            if decision is not None:
                return decision
        own = _standing(actor, room)
        if isinstance(command, Enter):
            return inviting.enter(room, record, own, command, proposal)
        if isinstance(command, Join):
            return inviting.join(room, record, own, proposal)
        if room is None or record is None or own is None:
            return UNKNOWN_ROOM
        if isinstance(command, Leave):
            return membership.leave(room, record, own, proposal)
        if refusal := _kept_from(record, own, command):
            return refusal
        if isinstance(command, Manage):
            return managing.manage(room, record, own, command, proposal)
        return moderating.moderate(room, record, own, command, proposal)

    def _decide_talk(
        self, actor: Actor, room: Room | None, record: RoomRecord | None, command: Talk, proposal: Proposal
    ) -> Decision:
        own = _standing(actor, room)
        if proposal.watches and not is_present(own) and not (own and is_banned(own, proposal.now)):
            own = passing(own, command.room, actor.user, proposal.now)
        if room is None or record is None or own is None:
            return UNKNOWN_ROOM
        if refusal := _kept_from(record, own, command):
            return refusal
        verdict = proposal.loaded.verdict
        if verdict is not None and isinstance(command, Post | Edit):
            command = let_through(command, verdict)
        if isinstance(command, Post):
            decision = talking.post(room, record, own, command, proposal)
        else:
            said = self.registry.messages.get(room.id, command.seq)
            if isinstance(command, Voting):
                return polling.decide(room, record, own, command, proposal, said)
            decision = talking.act(room, record, own, command, proposal, said)
        if verdict is None or verdict.refusal is None or not isinstance(decision, Draft):
            return decision
        return decision if verdict.hold and holding.is_held(decision) else verdict.refusal

    def _decide_own(self, command: _Own, proposal: Proposal, loaded: Loaded) -> Decision:
        if isinstance(command, SetPresence):
            return appearing.set_presence(command, proposal, loaded)
        if isinstance(command, Block):
            return blocking.block(command, proposal)
        if isinstance(command, SetProfile):
            return profiles.set_profile(command, proposal, loaded, self.registry.looks)
        if isinstance(command, Report):
            room = self.registry.rooms.get(command.room or b"")
            said = self.registry.messages.get(command.room or b"", command.seq or 0)
            return reporting.report(room, said, command, proposal, loaded)
        return personal.decide(self.registry.rooms.get(command.room), command, proposal, loaded)

    def propose(self, actor: Actor, room: Room | None, command: KeyedCommand, loaded: Loaded, now: int) -> Proposal:
        """Return all that the decision may use besides the rooms."""
        rooms_of = loaded.rooms_of
        new: tuple[UserId, ...] = ()
        if self.names_make_users and not isinstance(command, Post):
            named = keyed_needs(actor, command).users
            known = {**rooms_of, **loaded.users}
            new = tuple(dict.fromkeys(user for user in named if user not in known))
            rooms_of = {**rooms_of, **dict.fromkeys(new, 0)}
        return Proposal(  # by place: each field passed by name costs 30 ns
            actor,
            command.key,
            now,
            self.salts(),
            loaded,
            rooms_of,
            new,
            operators.POLICY if actor.operator else self.policy,
            self.policy,
            self.limits,
            self.sieves,
            Level.NORMAL if actor.operator else self.registry.level,
            said_of(actor, loaded) if actor.claims or loaded.attributes else NO_ATTRIBUTES,
            room is not None and room.live is not None and watches(room, actor.user),
        )


def _kept_from(record: RoomRecord, own: Membership, command: KeyedCommand) -> Refusal | None:
    """Return why somebody who has, or had, a part in a room does nothing in it any more; else None."""
    if not is_present(own):
        return NOT_MEMBER
    return ENDED if is_over(record, command) else None


def _standing(actor: Actor, room: Room | None) -> Membership | None:
    """Return as what an actor is judged in `room`, None where they have no part in it."""
    if room is None:
        return None
    return operators.seat(room) if actor.operator else room.judged_member(actor.user)
