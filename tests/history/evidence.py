"""A history put in order once, so that each checker reads it in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import Factory, define

from chatd.model import Key, RoomId, UserId
from tests.history.events import Ack, Event, History, Invoke, Nack, Postponed, Receive, Stored, Unknown

Name = tuple[UserId, RoomId, Key]
"""What one command is called, for ever (promise 2)."""
Word = Invoke | Ack | Nack | Postponed | Unknown
"""What a client and the daemon say to each other about one command."""


@define(eq=False)
class Case:
    """All that is known of one command."""

    name: Name
    words: list[Word] = Factory(list[Word])
    invokes: list[Invoke] = Factory(list[Invoke])
    acks: list[Ack] = Factory(list[Ack])
    stored: list[Stored] = Factory(list[Stored])

    @property
    def seq(self) -> int | None:
        """Its place: where it is stored, or else where it was said to be."""
        if self.stored:
            return self.stored[0].seq
        return self.acks[0].seq if self.acks else None

    @property
    def bodies(self) -> list[bytes | None]:
        """The bodies that it was sent with, each once."""
        return list(dict.fromkeys(each.body for each in self.invokes))

    @property
    def refused(self) -> bool:
        """Whether "no" is the last word to every client that sent it."""
        last = {word.client: word for word in self.words}
        return bool(last) and all(isinstance(word, Nack) and word.code != "conflict" for word in last.values())


@define(eq=False)
class Evidence:
    events: Sequence[Event]
    cases: dict[Name, Case] = Factory(dict[Name, Case])
    """In the order in which they were first spoken of; what was only stored comes last."""
    rooms: dict[RoomId, list[Stored]] = Factory(dict[RoomId, list[Stored]])
    """What the store holds of each room, by seq."""
    receives: list[Receive] = Factory(list[Receive])
    deletions: dict[tuple[RoomId, int], Stored] = Factory(dict[tuple[RoomId, int], Stored])
    """The entry that deletes a post, by the room and the seq of that post."""

    def case(self, name: Name) -> Case:
        found = self.cases.get(name)
        if found is None:
            found = self.cases[name] = Case(name)
        return found


def gather(history: History, stored: Iterable[Stored]) -> Evidence:
    """Return the evidence, in time proportional to its size."""
    evidence = Evidence(history.events)
    for event in history.events:
        if isinstance(event, Receive):
            evidence.receives.append(event)
        elif isinstance(event, Invoke | Ack | Nack | Postponed | Unknown):
            _note(evidence.case((event.account, event.room, event.key)), event)
    for entry in stored:
        evidence.case((entry.sender, entry.room, entry.key)).stored.append(entry)
        evidence.rooms.setdefault(entry.room, []).append(entry)
        if entry.deletes is not None:
            evidence.deletions[entry.room, entry.deletes] = entry
    for entries in evidence.rooms.values():
        entries.sort(key=lambda entry: entry.seq)
    return evidence


def _note(case: Case, word: Word) -> None:
    case.words.append(word)
    if isinstance(word, Invoke):
        case.invokes.append(word)
    elif isinstance(word, Ack):
        case.acks.append(word)
