"""Bugs as a history would show them: each is planted into a clean run, and the checker of its invariant must find it.

Every plant changes the end of a run as `tests.history.sketch.sketch` makes it: the last entries of `ROOM` are ana's
three posts (-5, -4, -3), bo's answer (-2) and ana's post that she never heard of (-1).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from attrs import evolve

from tests.history.events import Ack, Begin, Invoke, Nack, Receive, Skip, Stored
from tests.history.sketch import ROOM, Run

Plant = Callable[[Run, Random], None]
PLANTS: dict[str, tuple[str, Plant]] = {}
"""The invariant that each breaks, and what plants it, by a sentence that says what went wrong."""


def plant(invariant: str, sentence: str) -> Callable[[Plant], Plant]:
    def note(function: Plant) -> Plant:
        PLANTS[sentence] = (invariant, function)
        return function

    return note


def _entry(run: Run, index: int) -> Stored:
    return run.held()[index]


def _replace(run: Run, old: Stored, **changes: Any) -> None:
    run.stored[run.stored.index(old)] = evolve(old, **changes)


def _ack_of(run: Run, entry: Stored) -> Ack:
    return next(each for each in run.events if isinstance(each, Ack) and each.key == entry.key)


def _invoke_of(run: Run, entry: Stored) -> Invoke:
    return next(each for each in run.events if isinstance(each, Invoke) and each.key == entry.key)


def _shown(run: Run, chance: Random, *, last: int = 5, but: int = 0) -> int:
    """Return where in the history one of the last entries of `ROOM`, but for the very last, is shown to somebody."""
    head = len(run.held()) - but
    places = [
        index
        for index, event in enumerate(run.events)
        if isinstance(event, Receive) and event.room == ROOM and head - last < event.seq <= head
    ]
    return chance.choice(places)


def _shown_event(run: Run, index: int) -> Receive:
    event = run.events[index]
    assert isinstance(event, Receive)
    return event


def _swap(run: Run, one: Stored, other: Stored) -> None:
    """Exchange two commands wherever they are spoken of: each is consistent, only their order is another."""
    to = {one.seq: other, other.seq: one}
    for index, entry in enumerate(run.stored):
        if entry in (one, other):
            run.stored[index] = _at(entry, to[entry.seq])
    for index, event in enumerate(run.events):
        if isinstance(event, Receive) and event.room == ROOM and event.seq in to:
            new = to[event.seq]
            run.events[index] = evolve(event, key=new.key, sender=new.sender, body=new.body)
        elif isinstance(event, Ack) and event.key in (one.key, other.key):
            place = other if event.key == one.key else one
            run.events[index] = evolve(event, seq=place.seq, time=place.time)


def _at(place: Stored, entry: Stored) -> Stored:
    return evolve(place, key=entry.key, sender=entry.sender, body=entry.body)


@plant("D1", "an acknowledged post is lost")
def lose(run: Run, chance: Random) -> None:
    run.stored.remove(_entry(run, chance.randrange(-5, -1)))


@plant("D1", "the end of the file is lost")
def lose_the_end(run: Run, chance: Random) -> None:
    for entry in run.held()[-chance.randrange(2, 6) :]:
        run.stored.remove(entry)


@plant("D2", "a stored body is altered")
def alter(run: Run, chance: Random) -> None:
    _replace(run, _entry(run, chance.randrange(-5, 0)), body=b"something else")


@plant("D2", "a stored body is gone")
def empty(run: Run, chance: Random) -> None:
    _replace(run, _entry(run, chance.randrange(-5, 0)), body=None)


@plant("D2", "an entry is stored that nobody sent")
def invent(run: Run, _: Random) -> None:
    last = _entry(run, -1)
    run.stored.append(evolve(last, seq=last.seq + 1, key=b"a key of no one."))


@plant("D2", "a body is altered on its way out")
def alter_what_is_shown(run: Run, chance: Random) -> None:
    index = _shown(run, chance)
    run.events[index] = evolve(_shown_event(run, index), body=b"something else")


@plant("D3", "a refused post is stored")
def store_a_refused_one(run: Run, _: Random) -> None:
    last = _entry(run, -1)
    nack = next(each for each in reversed(run.events) if isinstance(each, Nack))
    body = next(each.body for each in run.events if isinstance(each, Invoke) and each.key == nack.key)
    run.stored.append(Stored(ROOM, last.seq + 1, nack.key, nack.account, last.time, body))


@plant("D5", "a post is shown before it is on disk, and the daemon dies")
def show_too_early(run: Run, _: Random) -> None:
    run.stored.remove(_entry(run, -1))


@plant("O1", "a seq is left out")
def leave_out_a_seq(run: Run, _: Random) -> None:
    last = _entry(run, -1)
    _replace(run, last, seq=last.seq + 1)


@plant("O1", "a seq is given twice")
def double_a_seq(run: Run, chance: Random) -> None:
    entry = _entry(run, chance.randrange(-5, 0))
    run.stored.append(evolve(entry, key=b"a key of no one."))


@plant("O2", "one reader is shown another entry")
def show_another(run: Run, chance: Random) -> None:
    index = _shown(run, chance)
    run.events[index] = evolve(_shown_event(run, index), key=b"a key of no one.")


@plant("O2", "two readers of what is lost disagree")
def disagree_about_what_is_lost(run: Run, chance: Random) -> None:
    index = _shown(run, chance, last=1)
    run.events[index] = evolve(_shown_event(run, index), sender="nobody")
    run.stored.remove(_entry(run, -1))


@plant("O3", "of three posts sent at once the last comes first")
def overtake(run: Run, chance: Random) -> None:
    first, second = sorted(chance.sample(range(-5, -2), 2))
    _swap(run, _entry(run, first), _entry(run, second))


@plant("O4", "a post comes before one that was acknowledged before it was sent")
def go_back_in_time(run: Run, chance: Random) -> None:
    _swap(run, _entry(run, chance.randrange(-5, -2)), _entry(run, -2))


@plant("O5", "an answer comes before what it answers")
def answer_first(run: Run, chance: Random) -> None:
    _swap(run, _entry(run, chance.randrange(-5, -2)), _entry(run, -2))


@plant("O6", "an entry is shown twice in one stream")
def show_twice(run: Run, chance: Random) -> None:
    index = _shown(run, chance)
    run.events.insert(index, run.events[index])


@plant("O7", "an entry is not shown")
def skip_silently(run: Run, chance: Random) -> None:
    del run.events[_shown(run, chance, last=3, but=1)]


@plant("O7", "a gap is named that leaves something out")
def name_less(run: Run, chance: Random) -> None:
    index = _shown(run, chance)
    shown = _shown_event(run, index)
    at = (shown.at, shown.client, shown.session, shown.account, shown.room)
    run.events[index] = Skip(*at, shown.seq + 1, shown.seq + 1)


@plant("O7", "a stream begins anywhere")
def forget_the_beginning(run: Run, _: Random) -> None:
    run.events[:] = [each for each in run.events if not isinstance(each, Begin)]


@plant("O8", "the clock runs back")
def turn_the_clock_back(run: Run, chance: Random) -> None:
    entry = _entry(run, chance.randrange(-5, 0))
    _replace(run, entry, time=_entry(run, -6).time - 1)


@plant("O9", "an ack names another place than the echo")
def echo_elsewhere(run: Run, chance: Random) -> None:
    ack = _ack_of(run, _entry(run, chance.randrange(-5, -1)))
    run.events[run.events.index(ack)] = evolve(ack, seq=ack.seq + 1)


@plant("E1", "a retry is stored again")
def store_again(run: Run, chance: Random) -> None:
    entry = _entry(run, chance.randrange(-5, 0))
    run.stored.append(evolve(entry, seq=_entry(run, -1).seq + 1))


@plant("E1", "one post is shown at two places")
def show_elsewhere_too(run: Run, chance: Random) -> None:
    shown = _shown_event(run, _shown(run, chance))
    run.events.append(evolve(shown, seq=shown.seq + 10))


@plant("E2", "a retry is answered with another place")
def answer_otherwise(run: Run, chance: Random) -> None:
    ack = _ack_of(run, _entry(run, chance.randrange(-5, -1)))
    run.events.append(evolve(ack, seq=ack.seq + 1))


@plant("E2", "a retry is answered with another time")
def answer_with_another_time(run: Run, chance: Random) -> None:
    ack = _ack_of(run, _entry(run, chance.randrange(-5, -1)))
    run.events.append(evolve(ack, time=ack.time + 1))


@plant("E2", "a retry of what is stored is refused")
def refuse_a_retry(run: Run, chance: Random) -> None:
    entry = _entry(run, chance.randrange(-5, -1))
    sent, ack = _invoke_of(run, entry), _ack_of(run, entry)
    run.events += [sent, Nack(sent.at, ack.client, ack.account, ack.key, ack.room, "not_member")]


@plant("E3", "another body under the same key is acknowledged")
def acknowledge_another_body(run: Run, chance: Random) -> None:
    entry = _entry(run, chance.randrange(-5, -1))
    run.events += [evolve(_invoke_of(run, entry), body=b"something else"), _ack_of(run, entry)]


@plant("E3", "the second body under a key is the one that is stored")
def store_another_body(run: Run, chance: Random) -> None:
    entry = _entry(run, chance.randrange(-5, -1))
    ack, other = _ack_of(run, entry), evolve(_invoke_of(run, entry), body=b"something else")
    run.events += [other, Nack(ack.at, ack.client, ack.account, ack.key, ack.room, "conflict")]
    _replace(run, entry, body=b"something else")


@plant("E3", "a retry of the very same post is told of a conflict")
def conflict_with_nothing(run: Run, chance: Random) -> None:
    entry = _entry(run, chance.randrange(-5, -1))
    sent, ack = _invoke_of(run, entry), _ack_of(run, entry)
    run.events += [sent, Nack(sent.at, ack.client, ack.account, ack.key, ack.room, "conflict")]


@plant("A9", "a deleted post is shown again to somebody who was told of its deletion")
def show_what_was_deleted(run: Run, chance: Random) -> None:
    told = _shown_event(run, _shown(run, chance, last=3))
    deletion = next(entry for entry in run.held() if entry.seq == told.seq)
    post = _entry(run, -5)
    _replace(run, deletion, deletes=post.seq)
    run.events.append(evolve(told, seq=post.seq, key=post.key, sender=post.sender, time=post.time, body=b"again"))
