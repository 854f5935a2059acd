"""What becomes of every command; `chatd.rooms.needs` says what each must know first, `chatd.rooms.judge` decides it.

`handle` is one synchronous step, hence no lock, and the order of calls is the order of everything. Each match ends
in `assert_never`: a command added to `chatd.messages` does not type-check until it has its case here.
"""

from __future__ import annotations

from typing import assert_never

from attrs import define

from chatd.chain import command_hash
from chatd.codes import RefusalCode
from chatd.limits import Limits
from chatd.messages import (
    AddMember,
    AskFilter,
    Cheer,
    Command,
    Committed,
    Contacts,
    CreateFor,
    CreateGroup,
    Done,
    Evidence,
    FilterOf,
    HeldPosts,
    History,
    KeyedCommand,
    MarkDelivered,
    MarkRead,
    Members,
    OperatorAsk,
    OperatorCommand,
    Permissions,
    PermissionsOf,
    Ping,
    Post,
    Profiles,
    Reactions,
    Reports,
    Resolve,
    Rooms,
    Search,
    SetLevel,
    Subscribe,
    Typing,
    Unwatch,
    Versions,
    Votes,
    Watch,
    WatchPresence,
    WhoRead,
)
from chatd.model import Item, ServerRecord
from chatd.rights import Level
from chatd.rooms import operators, permissions, watching
from chatd.rooms.commands import reporting, sifting, signalling, tokens
from chatd.rooms.commands.draft import Draft, Unchanged
from chatd.rooms.effects import (
    Actor,
    Commit,
    Effect,
    First,
    InFlight,
    Loaded,
    Read,
    Refusal,
    Reply,
    Rider,
    refused,
)
from chatd.rooms.judge import Judge
from chatd.rooms.needs import room_of
from chatd.rooms.refusals import BAD_INVITE, CONFLICT, OPERATORS_ONLY, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room

_Naming = CreateGroup | CreateFor | AddMember


@define(eq=False, kw_only=True)
class Router:
    registry: Registry
    judge: Judge
    limits: Limits

    # -- the decision ----------------------------------------------------------------------------------------------

    def handle(
        self, actor: Actor, request: int, command: Command, digest: bytes, loaded: Loaded, now: int
    ) -> list[Effect]:
        """Decide `command` and return what must be done about it.

        All that `needs` named is in memory or in `loaded`. `digest` is that of a keyed command. Nothing but the
        registry's notes of what is in flight, read marks and the flood guard change here.
        """
        if (actor.operator or type(command) in operators.ALONE) and (barred := self._barred(actor, command, now)):
            return [_no(actor, request, barred)]
        if isinstance(command, KeyedCommand):
            return self._keyed(actor, request, command, digest, loaded, now)
        if refusal := self.admit(actor, now):
            return [_no(actor, request, refusal)]
        if isinstance(command, OperatorCommand):
            return self._operate(actor, request, command, loaded, now)
        match command:
            case Ping():
                return [Reply(actor.session, request, Done())]
            case (Subscribe() | History() | Members() | Rooms() | Versions() | Reactions() | Votes() | WhoRead()) | (
                WatchPresence() | Search() | Contacts() | Profiles() | Reports() | Evidence() | HeldPosts()
            ):
                return [Read(actor.session, request, command)]
            case MarkRead() | MarkDelivered():
                refused_mark = signalling.mark(self.registry, actor, command)
                return [_no(actor, request, refused_mark) if refused_mark else Reply(actor.session, request, Done())]
            case Typing() | Watch() | Unwatch() | Cheer():
                return self._pass_on(actor, request, command, now)
            case Resolve():
                room = self.registry.rooms.get(command.room or b"")
                item = reporting.resolve(room, command, actor, loaded.report, now, self.judge.salts())
                return self._commit(actor, request, item)
            case Permissions() | AskFilter():
                return [self._rights(actor, request, command, now)]
        assert_never(command)

    def admit(self, actor: Actor, now: int) -> Refusal | None:
        """Take one command from the actor's flood guard. Operators have none."""
        if actor.operator:
            return None
        after_ms = self.registry.audience.sessions[actor.session].bucket.take(now)
        return Refusal(RefusalCode.RATE_LIMITED, "too many commands", after_ms) if after_ms else None

    def _barred(self, actor: Actor, command: Command, now: int) -> Refusal | None:
        """Return why `command`, one of operators or for them alone, is not for the likes of `actor`; else None."""
        if actor.operator:
            return operators.refusal(command)
        return self.admit(actor, now) or OPERATORS_ONLY

    def _too_many_users(self, command: _Naming) -> Refusal | None:
        users = command.users if isinstance(command, AddMember) else command.members
        most = self.limits.users_per_call_max
        return Refusal(RefusalCode.TOO_LARGE, f"at most {most} users a call") if len(users) > most else None

    def _keyed(
        self, actor: Actor, request: int, command: KeyedCommand, digest: bytes, loaded: Loaded, now: int
    ) -> list[Effect]:
        room_id = room_of(actor, command)
        if loaded.first is not None:
            return [self._again(actor, request, command, digest, loaded.first)]
        if flight := self.judge.in_flight(actor, room_id, command):
            # The same or not is told when the first is on disk: a conflict with what may fail would be a guess.
            message = None if flight.item.digest == digest else refused(CONFLICT)
            flight.riders.append(Rider(actor.session, request, message))
            return []
        for key in loaded.derived:
            if flight := self.registry.in_flight.get(key):
                flight.riders.append(Rider(actor.session, request, refused(CONFLICT)))
                return []
        refusal = self.admit(actor, now)
        if refusal is None and isinstance(command, _Naming):
            refusal = self._too_many_users(command)
        if refusal:
            return [_no(actor, request, refusal)]
        room = self.registry.rooms.get(room_id)
        decision = self.judge.decide(actor, room, command, loaded, now)
        match decision:
            case Draft():
                return [self._submit(actor, request, command, decision, digest)]
            case Unchanged():
                return self._unchanged(actor, request, room, decision, loaded)
            case Refusal():
                return self._refuse(actor, request, room, decision)
        assert_never(decision)

    def _again(self, actor: Actor, request: int, command: KeyedCommand, digest: bytes, first: First) -> Reply:
        same = first.salt is None or command_hash(first.salt, digest) == first.command_hash
        if not same or first.command_hash is None:
            return _no(actor, request, CONFLICT)
        held = isinstance(command, Post) and first.room != command.room
        message = Committed(room=first.room, seq=first.seq, time=first.time, duplicate=True, held=held)
        return Reply(actor.session, request, message)

    # -- what follows ----------------------------------------------------------------------------------------------

    def _submit(self, actor: Actor, request: int, command: KeyedCommand, draft: Draft, digest: bytes) -> Commit:
        key = (draft.entries[0].room, actor.user, command.key)
        item = Item(draft.entries, draft.records, digest)
        flight = InFlight(item, actor.session, request, key, draft.answers)
        self.registry.submit(flight)
        return Commit(flight)

    def _unchanged(
        self, actor: Actor, request: int, room: Room | None, unchanged: Unchanged, loaded: Loaded
    ) -> list[Effect]:
        if room is not None and room.creation is not None:
            room.creation.riders.append(Rider(actor.session, request, None))
            return []
        message = Committed(room=unchanged.room, seq=unchanged.seq, time=loaded.created or 0, duplicate=True)
        return [Reply(actor.session, request, message)]

    def _refuse(self, actor: Actor, request: int, room: Room | None, refusal: Refusal) -> list[Effect]:
        """Refuse now, or, where the refusal may rest on what is in flight, with it.

        `unknown_room` never does, because a standing once given stays; and if it waited, that would tell a stranger
        that the room exists (invariant A4). Nor does the `bad_invite` of a code that the room does not know, nor what
        asks for the same again: it holds up what is behind it (protocol 4.8).
        """
        if refusal.after_ms is not None:
            return [_no(actor, request, refusal)]
        at_once = refusal is UNKNOWN_ROOM or refusal is BAD_INVITE
        if room is not None and room.last_change is not None and not at_once:
            room.last_change.riders.append(Rider(actor.session, request, refused(refusal)))
            return []
        return [_no(actor, request, refusal)]

    # -- commands without a key ------------------------------------------------------------------------------------

    def _operate(self, actor: Actor, request: int, command: OperatorCommand, loaded: Loaded, now: int) -> list[Effect]:
        if isinstance(command, OperatorAsk):
            return [Read(actor.session, request, command)]
        if isinstance(command, SetLevel):
            level = Item(records=(ServerRecord(level=Level(command.level)),))
            item: Item | Refusal | None = operators.level_audited(level, actor, command, now, self.judge.salts())
        else:
            item = tokens.decide(actor, command, loaded, now, self.judge.salts())
        return self._commit(actor, request, item)

    def _commit(self, actor: Actor, request: int, item: Item | Refusal | None) -> list[Effect]:
        """Commit what has no key from a client; None: there is nothing to do."""
        if item is None:
            return [Reply(actor.session, request, Done())]
        if isinstance(item, Refusal):
            return [_no(actor, request, item)]
        flight = InFlight(item=item, session=actor.session, request=request)
        self.registry.submit(flight)
        return [Commit(flight)]

    def _typing(self, actor: Actor, request: int, command: Typing, now: int) -> list[Effect]:
        told = signalling.types(self.registry, actor, command, now, self.limits)
        if isinstance(told, Refusal):
            return [_no(actor, request, told)]
        done = Reply(actor.session, request, Done())
        return [done, told] if told else [done]

    def _pass_on(self, actor: Actor, request: int, command: Typing | Watch | Unwatch | Cheer, now: int) -> list[Effect]:
        if isinstance(command, Typing):
            return self._typing(actor, request, command, now)
        return [self._watch(actor, request, command, now)]

    def _watch(self, actor: Actor, request: int, command: Watch | Unwatch | Cheer, now: int) -> Reply | Read:
        if refusal := watching.take(self.registry, actor, command, now, self.limits):
            return _no(actor, request, refusal)
        if isinstance(command, Watch):
            return Read(actor.session, request, command)
        return Reply(actor.session, request, Done())

    def _rights(self, actor: Actor, request: int, command: Permissions | AskFilter, now: int) -> Reply:
        room = self.registry.rooms.get(command.room)
        answer: PermissionsOf | FilterOf | Refusal
        if isinstance(command, Permissions):
            answer = permissions.answer(room, watching.slot_of(room, actor.user) if room else None, command, now)
        else:
            own = operators.part(room, actor) if room else None
            answer = sifting.answer(room, own, self.judge.policy, now)
        return _no(actor, request, answer) if isinstance(answer, Refusal) else Reply(actor.session, request, answer)


def _no(actor: Actor, request: int, refusal: Refusal) -> Reply:
    return Reply(actor.session, request, refused(refusal))
