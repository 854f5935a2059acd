"""Every command by every standing in every kind of place is answered as the tables of `matrix` say (A1, A4, A5, D3)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from chatd import messages as m
from chatd.chain import self_id
from chatd.messages import Command, Refused
from chatd.model import Relation, RelationKind, RoomId, RoomKind
from chatd.rooms.effects import Actor, Reply, refused
from chatd.rooms.refusals import NO_PART
from tests.rooms.anywhere_matrix import ANYWHERE
from tests.rooms.broadcast_matrix import BROADCAST
from tests.rooms.cast import PEOPLE
from tests.rooms.matrix import (
    COMMANDS,
    ELSEWHERE,
    FOR_OPERATORS,
    GROUP,
    READS,
    Row,
    broadcast_rows,
    rows,
)
from tests.rooms.operator_matrix import AS_OPERATOR
from tests.rooms.pieces import code
from tests.rooms.places import MAKE, World, command_of
from tests.rooms.words import PAGES, WORDS

PROTOCOL = Path(__file__).parents[2] / "protocol.md"
DECIDED = [row for row in (*rows(GROUP), *rows(ANYWHERE)) if row.command not in READS]
DECIDED_ELSEWHERE = [row for row in rows(ELSEWHERE) if row.command not in READS]


def by_label(row: Row) -> str:
    return row.label


def ask(world: World, row: Row, name: str, room: RoomId) -> Any:
    """Return the reply, and hold that a refused command changed nothing."""
    actor, command = world.actor(name), command_of(row, world, name, room)
    before = world.scene.store.g, world.scene.log(room)
    reply = world.scene.do(actor, command)
    if isinstance(reply, Refused):
        assert (world.scene.store.g, world.scene.log(room)) == before
    return reply


def answered(row: Row, kind: RoomKind) -> dict[str, str]:
    """Return what everybody is answered in a room of `kind`, by their standing."""
    answers: dict[str, str] = {}
    world = World(row.args, kind)
    for standing in row.answers:
        answers[standing] = code(ask(world, row, PEOPLE[standing][0], world.group))
        if answers[standing] == "ok":
            world = World(row.args, kind)
    return answers


@pytest.mark.parametrize("row", DECIDED, ids=by_label)
def test_the_answer_goes_by_ones_standing(row: Row) -> None:
    assert answered(row, RoomKind.GROUP) == {standing: WORDS[word] for standing, word in row.answers.items()}


@pytest.mark.parametrize("row", [row for row in broadcast_rows() if row.command not in READS], ids=by_label)
def test_the_answer_goes_by_ones_standing_in_a_broadcast_room(row: Row) -> None:
    assert answered(row, RoomKind.BROADCAST) == {standing: WORDS[word] for standing, word in row.answers.items()}


def test_what_differs_in_a_broadcast_room_differs() -> None:
    usual = {row.label: row.answers for row in rows(GROUP)}
    assert [row.label for row in rows(BROADCAST) if usual[row.label] == row.answers] == []


@pytest.mark.parametrize("row", DECIDED_ELSEWHERE, ids=by_label)
def test_the_answer_goes_by_the_place(row: Row) -> None:
    answers: dict[tuple[str, str], str] = {}
    world = World()
    asked = [(place, *each) for place in row.answers for each in world.who_and_where(place)]
    for place, name, room in asked:
        answers[place, name] = code(ask(world, row, name, room))
        if answers[place, name] == "ok":
            world = World()
    assert answers == {(place, name): WORDS[row.answers[place]] for place, name, _ in asked}


# Who is blocked by everybody is answered as anybody else, but for this (A8).

REFUSED_TO_THE_BLOCKED = {
    "AddMember stranger": "ok",
    "AddMember left": "ok",
    "AddMember invited": "ok",
    "AddMember banned": "ok",
}
"""What others are answered; the blocked cannot add anybody."""


def blocked(words: tuple[str, ...]) -> World:
    """Return the world in which everybody else has blocked those who ask."""
    world = World(words)
    askers = [names[0] for names in PEOPLE.values()]
    others = [user for user in world.scene.store._tables.users if user not in askers]
    world.scene.put(
        *(Relation(user=user, kind=RelationKind.BLOCK, other=asker, since=1) for user in others for asker in askers)
    )
    return world


@pytest.mark.parametrize("row", DECIDED, ids=by_label)
def test_who_is_blocked_by_everybody_is_answered_as_others_are(row: Row) -> None:
    world = blocked(row.args)
    for standing, word in row.answers.items():
        expected = "nobody" if REFUSED_TO_THE_BLOCKED.get(row.label) == word else word
        assert code(ask(world, row, PEOPLE[standing][0], world.group)) == WORDS[expected], standing
        if expected == "ok":
            world = blocked(row.args)


SILENT = [
    pytest.param(row, word, id=f"{row.label} {word}")
    for row in DECIDED_ELSEWHERE
    for word in ("unknown", "invite")
    if row.answers["never"] == word
]
"""What is answered where there is no room at all, and must not be told from it elsewhere."""


@pytest.mark.parametrize(("row", "word"), SILENT)
def test_a_room_of_others_and_one_that_never_was_are_told_of_alike(row: Row, word: str) -> None:
    world = World()
    places = [place for place, answer in row.answers.items() if answer == word]
    told = [ask(world, row, name, room) for place in places for name, room in world.who_and_where(place)]
    assert len(places) > 2
    assert [reply for reply in told if reply != told[0]] == []


# The tables themselves.


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_has_its_rows(command: type[Any]) -> None:
    tables = {"GROUP": GROUP, "ELSEWHERE": ELSEWHERE, "ANYWHERE": ANYWHERE}
    found = [name for name, table in tables.items() if command in [row.command for row in rows(table)]]
    assert found in (["GROUP", "ELSEWHERE"], ["ANYWHERE"]), f"{command.__name__} has no rows in tests/rooms/matrix.py"
    assert command in MAKE, f"{command.__name__} cannot be made by tests/rooms/places.py"


def test_every_row_names_a_clause_of_the_protocol_that_speaks_of_its_command() -> None:
    titles = dict(re.findall(r"^### (\d+\.\d+) (\w+), tag", PROTOCOL.read_text("utf-8"), re.MULTILINE))
    for row in (*rows(GROUP), *rows(ELSEWHERE), *rows(ANYWHERE), *rows(AS_OPERATOR)):
        assert titles[row.clause] == row.command.__name__
        assert row.command in (*COMMANDS, m.Freeze, *get_args(m.Tell))
        assert [word for word in row.answers.values() if word not in WORDS | PAGES] == []


# Operators act on rooms without being in them, and users do not operate (13.2).

OPERATOR = Actor(99, "", operator=True, credential="control")
OPERATED = dict.fromkeys(row.command for row in rows(AS_OPERATOR))
READ = (m.History, m.Members, m.Versions, m.Reactions, m.Reports, m.Evidence, m.HeldPosts)


@pytest.mark.parametrize("row", rows(AS_OPERATOR), ids=by_label)
def test_an_operator_is_answered_by_the_place(row: Row) -> None:
    answers: dict[str, str] = {}
    world = World(row.args)
    for place in row.answers:
        room = {"group": world.group, "pair": world.pair, "self": self_id("olga"), "never": b"never was there."}[place]
        answers[place] = code(world.scene.do(OPERATOR, command_of(row, world, "olga", room)))
    assert answers == {place: WORDS[word] for place, word in row.answers.items()}


@pytest.mark.parametrize("row", [*rows(ELSEWHERE), *rows(ANYWHERE)], ids=by_label)
def test_an_operator_is_refused_what_only_users_do(row: Row) -> None:
    world = World()
    effects = world.scene.effects(OPERATOR, command_of(row, world, "olga", world.group))
    barred = [effect for effect in effects if isinstance(effect, Reply) and effect.message == refused(NO_PART)]
    assert bool(barred) is (row.command not in (*OPERATED, *READ))


OPERATE: dict[type[Any], Command] = {
    m.IssueToken: m.IssueToken(user="olga", hash=bytes(32)),
    m.RevokeToken: m.RevokeToken(token="00" * 8),
    m.ListTokens: m.ListTokens(),
    m.HoldStore: m.HoldStore(),
    m.ReleaseStore: m.ReleaseStore(),
    m.ListWebhooks: m.ListWebhooks(),
    m.ListLetters: m.ListLetters(endpoint="push"),
    m.Redeliver: m.Redeliver(key=bytes(16), endpoint="push"),
    m.DropLetters: m.DropLetters(key=bytes(16), endpoint="push"),
    m.SetLevel: m.SetLevel(level=4),
    m.ListUsers: m.ListUsers(),
    m.Follow: m.Follow(),
    m.CreateUser: m.CreateUser(key=bytes(16), user="new"),
    m.CloseUser: m.CloseUser(key=bytes(16), user="olga"),
    m.RevokeTokens: m.RevokeTokens(key=bytes(16), user="olga"),
    m.CreateFor: m.CreateFor(key=bytes(16), owner="olga", title="new"),
    m.Freeze: m.Freeze(key=bytes(16), room=bytes(16)),
    m.SetRelation: m.SetRelation(key=bytes(16), user="olga", other="otto", relation=RelationKind.FOLLOW),
    m.SetAttributes: m.SetAttributes(key=bytes(16), user="olga", attributes={}),
    m.AskAttributes: m.AskAttributes(user="olga"),
}


@pytest.mark.parametrize("command", FOR_OPERATORS, ids=lambda command: command.__name__)
def test_a_user_is_refused_what_operators_do(command: type[Any]) -> None:
    for names in PEOPLE.values():
        world = World()
        assert code(world.scene.do(world.actor(names[0]), OPERATE[command])) == "forbidden"


# In a frozen room nobody but operators changes anything (13.5).

KEPT = (
    m.Leave,
    *get_args(m.Personal),
    m.MarkRead,
    m.MarkDelivered,
    m.Typing,
    m.Permissions,
    m.AskFilter,
    m.Report,
    m.Resolve,
    m.WatchPresence,
    m.Watch,
    m.Unwatch,
    m.Cheer,
)
"""What goes on."""


@pytest.mark.parametrize("row", [row for row in rows(GROUP) if row.command not in READS], ids=by_label)
def test_what_would_be_committed_to_a_frozen_room_is_refused_and_nothing_else(row: Row) -> None:
    answers: dict[str, str] = {}
    for standing in row.answers:
        world = World(row.args)
        world.scene.do(OPERATOR, m.Freeze(room=world.group, key=world.scene.key()))
        answers[standing] = code(ask(world, row, PEOPLE[standing][0], world.group))
    instead = WORDS if row.command in KEPT else WORDS | {"ok": "frozen"}
    assert answers == {standing: instead[word] for standing, word in row.answers.items()}
