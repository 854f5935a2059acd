"""Posts that wait for review: what the judge must know of them, and what must be true of them in the end (5.104).

A held post has one place under its key in its author's self room, and, once it was approved, another one under the same
key in the room that it was written for. So a history tells of it as of two commands: the author's, which stands in
their self room, and that of who approved it, for the author.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, frozen

from chatd.chain import self_id
from chatd.model import Entry, EntryKind, Key, RoomId, UserId
from chatd.storage.tables import Tables
from tests.history.events import Ack, Event, History, Invoke, Nack, Postponed, Unknown
from tests.sim.channels import facts_of

Rooms = Mapping[RoomId, Sequence[Entry]]
Place = tuple[RoomId, int]
Name = tuple[UserId, Key, RoomId]
"""Of a command, as it was sent."""
REVIEWER = "who reviews"


@frozen
class Look:
    """Somebody has looked at a held post."""

    approved: bool
    g: int
    """The commit."""


@frozen(kw_only=True)
class Wait:
    """A post that was held, and what became of it."""

    name: Name
    number: int
    told: Place
    """Where its author was told that it waits."""
    waits: bool = False
    looks: tuple[Look, ...] = ()
    said: tuple[int, ...] = ()
    """The commits of the posts of its room that have its key."""
    content: bytes | None = None
    """None where nothing of it is left."""


def waits_of(rooms: Rooms, tables: Tables) -> list[Wait]:
    """Return all posts that were ever held, in the order of their authors' self rooms."""
    said: dict[Name, list[Entry]] = {}
    looks: dict[Place, list[Look]] = {}
    found: list[Entry] = []
    for entry in [entry for entries in rooms.values() for entry in entries]:
        if entry.kind is EntryKind.POST:
            said.setdefault((entry.sender, entry.key, entry.room), []).append(entry)
        elif entry.kind is EntryKind.HELD:
            found.append(entry)
        elif entry.kind is EntryKind.REVIEW and entry.room == self_id((facts := facts_of(entry))["user"]):
            looks.setdefault((facts["room"], facts["number"]), []).append(Look(facts["approved"], entry.g))
    return [_wait(entry, tables, looks, said) for entry in found]


def _wait(
    entry: Entry, tables: Tables, looks: Mapping[Place, Sequence[Look]], said: Mapping[Name, Sequence[Entry]]
) -> Wait:
    facts = facts_of(entry)
    place, name = (facts["room"], facts["number"]), (entry.sender, entry.key, facts["room"])
    held, posts = tables.held.get(place), said.get(name, ())
    return Wait(
        name=name,
        number=facts["number"],
        told=(entry.room, entry.seq),
        waits=held is not None,
        looks=tuple(looks.get(place, ())),
        said=tuple([post.g for post in posts]),
        content=held.content if held else posts[0].body if posts else None,
    )


def named(history: History, stands: Mapping[Name, RoomId], waits: Sequence[Wait]) -> History:
    """Return the history with each command named by the room in which its key stands: as `stands` says, and of a held
    post in its author's self room."""
    places = {**stands, **{wait.name: wait.told[0] for wait in waits}}
    approved = {wait.name: None for wait in waits if wait.said}
    events: list[Event] = []
    for event in history.events:
        if not isinstance(event, Invoke | Ack | Nack | Postponed | Unknown):
            events.append(event)
            continue
        name = (event.account, event.key, event.room)
        if isinstance(event, Invoke) and name in approved:
            events += _asked_for(event)
        events.append(evolve(event, room=places.get(name, event.room)))
    return History(events)


def _asked_for(invoke: Invoke) -> list[Event]:
    """Return what a history says of an approved post where its author sent it: it was sent to its room, too, and has no
    place in any client's order."""
    asked = evolve(invoke, client=REVIEWER)
    return [asked, Postponed(asked.at, asked.client, asked.account, asked.key, asked.room, "held")]


def faults(waits: Sequence[Wait], tables: Tables) -> Iterator[str]:
    """Yield what is wrong with what was held: each has a number of its own, is reviewed once at most, and in its room
    exactly once if it was approved, in the same commit, and never otherwise."""
    numbers: dict[RoomId, list[int]] = {}
    for wait in waits:
        room = tables.rooms[wait.name[2]]
        numbers.setdefault(room.room, []).append(wait.number)
        if fault := _fault(wait, ended=room.ended is not None):
            yield f"5.104 {fault}: {wait}"
    for room_id, room in tables.rooms.items():
        found = sorted(numbers.get(room_id, []))
        if found != list(range(1, room.held_ever + 1)):
            yield f"5.104 held in {room_id.hex()} were {found}, and {room.held_ever} were counted"
        if (waiting := sum(each == room_id for each, _ in tables.held)) != room.held:
            yield f"5.104 in {room_id.hex()} wait {waiting}, and {room.held} are counted"


def _fault(wait: Wait, *, ended: bool) -> str | None:
    """Return what is wrong with one of them. With its stream ends what waits in a live room, and nobody is told."""
    match [look.approved for look in wait.looks]:
        case []:
            if wait.said:
                return "said, and nobody approved it"
            if wait.waits is ended:
                return "waits, though the stream is over" if ended else "waits no more, and nobody rejected it"
            return None
        case [approved]:
            right = tuple([look.g for look in wait.looks]) if approved else ()
            if wait.said != right:
                return "approved, and not said once, in that commit" if approved else "rejected, and said"
            return "reviewed, and waits" if wait.waits else None
        case _:
            return "reviewed twice"
