"""Asks the app's rules about a post or an edit before it takes credit and is decided (protocol 5.64).

Bounded in all: so many at once, so many that wait, so long for each. A session waits for its own post, so its commands
stay in order; nobody else does. What no answer means is the operator's choice.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import structlog
import trio
from attrs import define, evolve, field

from chatd.checked import Checked, Quote
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.messages import Command, Edit, Post, Unfit
from chatd.model import RoomRecord
from chatd.rooms.commands.draft import Draft
from chatd.rooms.effects import Actor, Loaded, Refusal, Verdict, let_through
from chatd.rooms.judge import Judge
from chatd.server.gate import Gate
from chatd.server.hooks.asking_calls import CalledRule
from chatd.server.hooks.before_post import Allow, Asked, Hold, Refuse, Replace, Rule
from chatd.server.hooks.calls import CallFailed
from chatd.server.hooks.places import Places
from chatd.server.loader import Loader
from chatd.server.metrics import Metrics
from chatd.server.preparing import looked_up
from chatd.storage.base import StoreError
from chatd.wire import content

EDIT = "edit"
"""What an edit is called where the rule is asked about one."""
RETRY_MS = 1000
LET_THROUGH = Verdict()
NOT_JUDGED = Verdict(refusal=Refusal(RefusalCode.NOT_JUDGED, "the app's rules did not answer: send it again"))
TOO_MANY = Verdict(refusal=Refusal(RefusalCode.BUSY, "too many wait for the app's rules", RETRY_MS))
NOT_READ = Verdict(refusal=Refusal(RefusalCode.INTERNAL, "the store did not answer", RETRY_MS))
KNOWN = Verdict(refusal=Refusal(RefusalCode.BUSY, "the key is being looked into", 1))
"""Whose key is on disk or in flight is answered by that, and asked nothing. Where what was in flight then fails, the
command comes again."""

log = structlog.stdlib.get_logger()


@frozen(kw_only=True)
class Budget:
    ms: int
    """For one answer, and as long at most for a place before it."""
    asks_max: int
    """At once, over all sessions; of one user no more than `ASKS_A_USER`."""
    waiting_max: int
    """Beyond those, until the next is refused at once."""
    fails_open: bool
    """Whether no answer lets a post through; else it refuses it. What found no place is refused in either case."""


@frozen
class Judged:
    """A post or an edit of which the rule was asked, before it is decided."""

    command: Post | Edit
    """As it is let through."""
    checked: Checked | None
    """What its content says then."""
    verdict: Verdict
    _loader: Loader
    _actor: Actor

    async def load(self) -> Loaded:
        """Return what the decision needs, the verdict with it; no await after the last look. Raises StoreError.

        The key is always looked up: what was done meanwhile under it is the answer.
        """
        holds = self.verdict.hold
        loaded = await looked_up(self._loader, self._actor, self.command, self.checked, holds=holds)
        return evolve(loaded, verdict=self.verdict)


class _NoAnswer(Exception):
    """The rule answered nothing that counts."""


@define(eq=False, kw_only=True)
class Asking:
    rule: Rule
    budget: Budget
    loader: Loader
    judge: Judge
    metrics: Metrics
    now: Callable[[], int]
    _failing: bool = False
    _places: Places = field(init=False)

    def __attrs_post_init__(self) -> None:
        budget = self.budget
        self._places = Places(asks_max=budget.asks_max, waiting_max=budget.waiting_max, wait_s_max=budget.ms / 1000)

    async def run(self) -> None:
        """Keep the rule's connections until cancelled, and drop them then."""
        try:
            await trio.sleep_forever()
        finally:
            if isinstance(self.rule, CalledRule):
                with trio.CancelScope(shield=True):
                    await self.rule.caller.aclose()

    async def about(
        self, actor: Actor, command: Command, checked: Checked | None, gate: Gate
    ) -> Judged | Refusal | None:
        """Return what stands for or against a post or an edit, within the budget. Raises Cancelled alone.

        Where `gate` turns it away that refusal is the answer: what is not judged is not decided. None of other commands
        alone, and of what operators say. The rule is asked nothing that is refused anyhow, and nothing whose key is
        known: of those the verdict is a refusal that only counts where the decision, a moment later, would be another.
        """
        if actor.operator or not isinstance(command, Post | Edit):
            return None
        if refusal := gate.turn_away(keyed=True, operator=actor.operator):
            return refusal
        verdict = await self._verdict(actor, command, checked)
        if verdict.content is not None:
            checked = content.check(verdict.content, self.judge.limits.content_bytes_max)
        return Judged(let_through(command, verdict), checked, verdict, self.loader, actor)

    async def _verdict(self, actor: Actor, command: Post | Edit, checked: Checked | None) -> Verdict:
        try:
            loaded = await looked_up(self.loader, actor, command, checked)
        except StoreError as error:
            log.warning("read failed", session=actor.session, error=str(error))
            return NOT_READ
        asked = self._question(actor, command, evolve(loaded, checked=checked))
        if isinstance(asked, Refusal):
            return Verdict(refusal=asked)
        return KNOWN if asked is None else await self._ask(asked)

    def _question(self, actor: Actor, command: Post | Edit, loaded: Loaded) -> Asked | Refusal | None:
        """Return what to ask; a refusal that needs no asking; None where the key is known."""
        registry = self.loader.registry
        if loaded.first is not None or self.judge.in_flight(actor, command.room, command):
            return None
        room = registry.rooms.get(command.room)
        decision = self.judge.decide(actor, room, command, loaded, self.now())
        if isinstance(decision, Refusal):
            return decision
        record = room.judged_record() if room and isinstance(decision, Draft) else None
        return None if record is None else _asked(actor, command, record)

    async def _ask(self, asked: Asked) -> Verdict:
        async with self._places.of(asked.sender) as there:
            if there:
                return await self._judged(asked)
        self.metrics.hook_full += 1
        return TOO_MANY

    async def _judged(self, asked: Asked) -> Verdict:
        self.metrics.hook_asks += 1
        try:
            with trio.move_on_after(self.budget.ms / 1000):
                verdict = await self._answer(asked)
                self._recover()
                return verdict
            return self._fail(f"no answer within {self.budget.ms} ms")
        except (CallFailed, _NoAnswer) as error:
            return self._fail(str(error))
        except Exception:
            if not self._failing:
                log.exception("hook broke")
            return self._fail("it raised an error")

    async def _answer(self, asked: Asked) -> Verdict:
        answer = self.rule(asked)
        if inspect.isawaitable(answer):
            answer = await answer
        match answer:
            case Allow():
                return LET_THROUGH
            case Refuse():
                return Verdict(refusal=Refusal(RefusalCode.REJECTED, answer.text, reason=answer.reason))
            case Hold():
                return Verdict(refusal=Refusal(RefusalCode.ON_HOLD, answer.text), hold=True)
            case Replace():
                return Verdict(content=self._checked(asked, answer.content))
            case _:
                raise _NoAnswer(f"it answered {type(answer).__name__}")

    def _checked(self, asked: Asked, put: bytes) -> bytes:
        """Return what is put in the place of what was said, unless that may not stand there."""
        bytes_max = self.judge.limits.content_bytes_max
        try:
            said = content.check(put, bytes_max)
            if asked.command == EDIT:
                content.check_edited(said)
        except Unfit as error:
            raise _NoAnswer(f"its content is none: {error}") from error
        if said is not None and said.quote and said.quote != _quoted(asked.content, bytes_max):
            raise _NoAnswer("it makes up a forward")
        return put

    def _fail(self, text: str) -> Verdict:
        """Count it, and say so once until the next answer: a log line a post would be a flood."""
        self.metrics.hook_failures += 1
        if not self._failing:
            log.warning("hook failed", error=text, fails_open=self.budget.fails_open)
        self._failing = True
        return LET_THROUGH if self.budget.fails_open else NOT_JUDGED

    def _recover(self) -> None:
        if self._failing:
            log.info("hook answers again")
        self._failing = False


def _quoted(said: bytes, bytes_max: int) -> Quote | None:
    checked = content.check(said, bytes_max)
    return checked.quote if checked else None


def _asked(actor: Actor, command: Post | Edit, record: RoomRecord) -> Asked:
    said = content.parse(command.content)
    return Asked(
        command="post" if isinstance(command, Post) else EDIT,
        room=record.room,
        room_kind=record.kind.value,
        title=record.title,
        sender=actor.user,
        key=command.key,
        content=command.content,
        type=said.type,
        text=content.shown(said),
        seq=command.reply if isinstance(command, Post) else command.seq,
    )
