"""Clean histories, drawn at random: what a daemon without faults would show to clients, over cuts and crashes."""

from __future__ import annotations

from random import Random
from typing import Literal

from attrs import Factory, define, evolve

from chatd.model import Key, RoomId
from tests.history.checkers import judge
from tests.history.events import (
    Ack,
    Begin,
    Crash,
    Event,
    History,
    Invoke,
    Nack,
    Postponed,
    Receive,
    Restart,
    Skip,
    Stored,
    Unknown,
)
from tests.history.verdict import Verdict

ROOMS = (b"the first room..", b"the second room.")
ROOM = ROOMS[0]
NAMES = ("ana", "bo", "cy")

Outcome = Literal["commit", "refuse", "postpone"]
Answer = Ack | Nack | Postponed


@define(eq=False)
class Run:
    """A history and what the store holds after it, open to be changed."""

    events: list[Event] = Factory(list[Event])
    stored: list[Stored] = Factory(list[Stored])

    def verdict(self) -> Verdict:
        return judge(History(self.events), self.stored)

    def held(self, room: RoomId = ROOM) -> list[Stored]:
        return [entry for entry in self.stored if entry.room == room]


@define(eq=False)
class Client:
    name: str
    session: int = 0
    sent: list[Invoke] = Factory(list[Invoke])
    """On their way to the daemon."""
    answers: list[Answer] = Factory(list[Answer])
    """On their way back."""
    open: dict[Key, Invoke] = Factory(dict[Key, Invoke])
    """Without an outcome, in the order in which they were first sent."""
    cursors: dict[RoomId, int] = Factory(lambda: dict.fromkeys(ROOMS, 0))


@define(eq=False)
class Sketch:
    chance: Random
    run: Run = Factory(Run)
    clients: list[Client] = Factory(lambda: [Client(name) for name in NAMES])
    _sessions: int = 0
    _keys: int = 0
    _now: float = 0.0

    def at(self) -> float:
        self._now += self.chance.randrange(5) / 1000
        return self._now

    def emit(self, event: Event) -> None:
        self.run.events.append(event)

    # What may happen.

    def connect(self, client: Client) -> None:
        """Begin another connection: what was on its way is gone, and what has no outcome is sent again, in order."""
        self._sessions += 1
        client.session = self._sessions
        client.sent.clear()
        self.cut(client)
        for room, seq in client.cursors.items():
            self.emit(Begin(self.at(), client.name, client.session, client.name, room, seq))
        for invoke in list(client.open.values()):
            if self.chance.random() < 0.1:
                self.give_up(client, invoke)
            else:
                self.send(client, invoke.room, invoke.key, invoke.body)

    def cut(self, client: Client) -> None:
        """Nobody hears the answers that were under way; but the history knows what was refused."""
        for answer in client.answers:
            if isinstance(answer, Postponed | Nack):
                self.emit(evolve(answer, at=self.at()))
        client.answers.clear()

    def give_up(self, client: Client, invoke: Invoke) -> None:
        del client.open[invoke.key]
        self.emit(Unknown(self.at(), client.name, client.name, invoke.key, invoke.room))

    def crash(self) -> None:
        self.emit(Crash(self.at()))
        self.emit(Restart(self.at()))
        for client in self.clients:
            self.connect(client)

    def send(self, client: Client, room: RoomId, key: Key, body: bytes | None) -> None:
        invoke = Invoke(self.at(), client.name, client.name, "phone", key, room, body, client.session)
        self.emit(invoke)
        client.open.setdefault(key, invoke)
        client.sent.append(invoke)

    def post(self, client: Client, room: RoomId) -> Key:
        self._keys += 1
        key = self._keys.to_bytes(16, "big")
        self.send(client, room, key, b"text %d" % self._keys)
        return key

    def work(self, client: Client, outcome: Outcome | None = None) -> None:
        """The daemon takes what the client sent first."""
        if not client.sent:
            return
        invoke = client.sent.pop(0)
        name = invoke.account, invoke.key, invoke.room
        entry = next((each for each in self.run.stored if (each.sender, each.key, each.room) == name), None)
        if outcome is None:
            outcome = self.chance.choices(("commit", "refuse", "postpone"), (10, 1, 1))[0]
        if entry is None and outcome == "commit":
            entry = self.store(invoke)
        client.answers.append(_answer(invoke, entry, refused=outcome == "refuse"))

    def store(self, invoke: Invoke) -> Stored:
        seq, now = len(self.run.held(invoke.room)) + 1, int(self._now * 1000)
        entry = Stored(invoke.room, seq, invoke.key, invoke.account, now, invoke.body)
        self.run.stored.append(entry)
        return entry

    def hear(self, client: Client) -> None:
        """The client reads the oldest answer."""
        if not client.answers:
            return
        answer = evolve(client.answers.pop(0), at=self.at())
        self.emit(answer)
        if isinstance(answer, Postponed):
            invoke = client.open[answer.key]
            self.send(client, invoke.room, invoke.key, invoke.body)
        else:
            client.open.pop(answer.key, None)

    def show(self, client: Client, room: RoomId) -> bool:
        """The client reads the next entry of a room, at times after a gap; False when there is none."""
        ahead = self.run.held(room)[client.cursors[room] :]
        if len(ahead) > 2 and self.chance.random() < 0.1:
            skip = Skip(self.at(), client.name, client.session, client.name, room, ahead[0].seq, ahead[1].seq)
            self.emit(skip)
            ahead = ahead[2:]
        if ahead:
            self.receive(client, ahead[0])
        return bool(ahead)

    def receive(self, client: Client, entry: Stored) -> None:
        client.cursors[entry.room] = entry.seq
        place = (client.name, client.session, client.name, entry.room, entry.seq)
        self.emit(Receive(self.at(), *place, entry.key, entry.sender, entry.time, entry.body))

    # A whole run.

    def step(self) -> None:
        client, room, luck = self.chance.choice(self.clients), self.chance.choice(ROOMS), self.chance.random()
        if luck < 0.3:
            self.post(client, room)
        elif luck < 0.55:
            self.work(client)
        elif luck < 0.75:
            self.hear(client)
        elif luck < 0.95:
            self.show(client, room)
        elif luck < 0.985:
            self.connect(client)
        else:
            self.crash()

    def settle(self) -> None:
        """Let every command have its outcome, and show everything to everybody."""
        for client in self.clients:
            while client.open:
                self.work(client, "commit")
                self.hear(client)
        for client in self.clients:
            for room in ROOMS:
                while self.show(client, room):
                    pass


def _answer(invoke: Invoke, entry: Stored | None, *, refused: bool) -> Answer:
    said = (invoke.at, invoke.client, invoke.account, invoke.key, invoke.room)
    if entry is not None:
        return Ack(*said, entry.seq, entry.time)
    return Nack(*said, "not_member") if refused else Postponed(*said, "busy")


def sketch(chance: Random, steps: int = 120) -> Run:
    """Return a clean run: at random first, then with what every planted bug needs, all of it in `ROOM`.

    It ends so: ana sends three posts at once; bo, to whom they were shown, answers them; all are acknowledged. Ana is
    refused a fourth, and never hears of a fifth. Everybody is shown everything.
    """
    made = Sketch(chance)
    for client in made.clients:
        made.connect(client)
    for _ in range(steps):
        made.step()
    made.settle()
    _coda(made, *made.clients[:2])
    made.settle()
    return made.run


def _coda(made: Sketch, ana: Client, bo: Client) -> None:
    for _ in range(3):
        made.post(ana, ROOM)
    for _ in range(3):
        made.work(ana, "commit")
    for _ in range(3):
        made.hear(ana)
    made.settle()
    made.post(bo, ROOM)
    made.settle()
    made.post(ana, ROOM)
    made.work(ana, "refuse")
    made.hear(ana)
    made.post(ana, ROOM)
    made.work(ana, "commit")
    ana.answers.clear()
    made.give_up(ana, next(iter(ana.open.values())))
