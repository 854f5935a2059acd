"""One command at a time: retries, the flood guard, and rooms that must look alike."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.chain import command_hash, direct_id
from chatd.messages import (
    AddMember,
    Committed,
    CreateGroup,
    Done,
    Join,
    KeyedCommand,
    Leave,
    MarkRead,
    OpenDirect,
    Ping,
    Post,
    RemoveMember,
    SetRole,
    SetTitle,
    Typing,
)
from chatd.model import Role, RoomId
from chatd.rooms.effects import Actor, First, Loaded, Reply
from tests.rooms.pieces import code, text
from tests.rooms.scene import MEMBER, OWNER, Scene

NOWHERE = b"no such room at "


def in_room(room: RoomId, key: bytes) -> list[KeyedCommand]:
    """One of each command that names a room."""
    return [
        Post(room=room, key=key, content=text()),
        AddMember(room=room, key=key, users=("bo",)),
        RemoveMember(room=room, key=key, user="bo"),
        Join(room=room, key=key),
        Leave(room=room, key=key),
        SetTitle(room=room, key=key, title="coffee"),
        SetRole(room=room, key=key, user="bo", role=Role.ADMIN),
    ]


# -- what strangers can tell -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(7))
def test_a_stranger_cannot_tell_a_forbidden_room_from_none(index: int) -> None:
    scene = Scene()
    room, stranger = scene.group({"ana": OWNER, "bo": MEMBER}), scene.enter("cy")
    forbidden = scene.do(stranger, in_room(room, scene.key())[index])
    assert forbidden == scene.do(stranger, in_room(NOWHERE, scene.key())[index])
    assert forbidden.code == "unknown_room"


def test_a_stranger_cannot_mark_or_type_either() -> None:
    scene = Scene()
    room, stranger = scene.group({"ana": OWNER}), scene.enter("cy")
    assert scene.do(stranger, MarkRead(room=room, seq=1)) == scene.do(stranger, MarkRead(room=NOWHERE, seq=1))
    assert scene.do(stranger, Typing(room=room)) == scene.do(stranger, Typing(room=NOWHERE))


def test_the_key_of_another_user_is_free() -> None:
    """Invariant E7: a key is scoped by its sender, so it tells nothing of others'."""
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    key = scene.key()
    first, second = (scene.do(each, Post(room=room, key=key, content=text(each.user))) for each in (ana, bo))
    assert (second.seq, second.duplicate) == (first.seq + 1, False)


def test_one_key_in_two_rooms_is_two_commands() -> None:
    scene = Scene()
    ana, key = scene.enter("ana"), scene.key()
    for room in (scene.group({"ana": OWNER}), scene.group({"ana": OWNER})):
        assert code(scene.do(ana, Post(room=room, key=key, content=text()))) == "ok"


# -- retries -----------------------------------------------------------------------------------------------------------


def test_a_repeat_returns_the_first_place_and_time() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    first = scene.do(ana, post)
    scene.now += 1000
    assert scene.do(ana, evolve(post, retry=True)) == evolve(first, duplicate=True)
    assert len(scene.log(room)) == 2


def test_a_repeat_from_another_device_is_the_same_command() -> None:
    scene = Scene()
    phone, desk, room = scene.enter("ana"), scene.enter("ana", "desk"), scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    first = scene.do(phone, post)
    assert scene.do(desk, evolve(post, retry=True)) == evolve(first, duplicate=True)


def test_a_repeat_that_does_not_say_so_meets_the_unique_index() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    first = scene.do(ana, post)
    assert scene.do(ana, post) == evolve(first, duplicate=True)


@pytest.mark.parametrize("retry", [False, True])
def test_the_same_key_with_other_content_is_a_conflict_and_stores_nothing(retry: bool) -> None:
    scene = Scene()
    ana, room, key = scene.enter("ana"), scene.group({"ana": OWNER}), scene.key()
    scene.do(ana, Post(room=room, key=key, content=text("one")))
    before = scene.log(room)
    assert code(scene.do(ana, Post(room=room, key=key, content=text("two"), retry=retry))) == "conflict"
    assert scene.log(room) == before


def test_the_same_key_for_another_kind_of_command_is_a_conflict() -> None:
    scene = Scene()
    ana, room, key = scene.enter("ana"), scene.group({"ana": OWNER}), scene.key()
    scene.do(ana, Post(room=room, key=key, content=text()))
    assert code(scene.do(ana, SetTitle(room=room, key=key, title="coffee"))) == "conflict"


def test_a_retry_by_who_was_removed_since_is_acknowledged() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    post = Post(room=room, key=scene.key(), content=text())
    first = scene.do(bo, post)
    scene.do(ana, RemoveMember(room=room, key=scene.key(), user="bo"))
    assert scene.do(bo, evolve(post, retry=True)) == evolve(first, duplicate=True)


def test_a_refusal_consumes_no_key() -> None:
    scene = Scene()
    ana, bo, room = scene.enter("ana"), scene.enter("bo"), scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    assert code(scene.do(bo, post)) == "unknown_room"
    scene.do(ana, AddMember(room=room, key=scene.key(), users=("bo",)))
    assert code(scene.do(bo, evolve(post, retry=True))) == "ok"


def test_what_was_refused_is_not_there() -> None:
    """Invariant D3."""
    scene = Scene()
    bo, room = scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    before = scene.log(room)
    scene.do(bo, SetTitle(room=room, key=scene.key(), title="coffee"))
    assert scene.log(room) == before


def test_a_repeat_of_what_was_erased_is_a_duplicate_uncompared() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    first = First(NOWHERE, 4, 99, None, b"nothing to compare with")
    command = Post(room=NOWHERE, key=scene.key(), content=text(), retry=True)
    [reply] = scene.router.handle(ana, 1, command, b"any digest", Loaded(first=first), scene.now)
    assert reply == Reply(ana.session, 1, Committed(room=NOWHERE, seq=4, time=99, duplicate=True))


def test_a_repeat_is_compared_by_salt_and_digest() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    first = First(NOWHERE, 4, 99, b"salt", command_hash(b"salt", b"digest"))
    command = Post(room=NOWHERE, key=scene.key(), content=text(), retry=True)
    replies = [
        scene.router.handle(ana, 1, command, digest, Loaded(first=first), scene.now) for digest in (b"digest", b"other")
    ]
    assert [code(reply.message) for [reply] in replies if isinstance(reply, Reply)] == ["duplicate", "conflict"]


# -- the flood guard ---------------------------------------------------------------------------------------------------


def test_over_the_rate_commands_are_refused_until_time_has_passed() -> None:
    scene = Scene()
    ana = scene.enter("ana", burst=1)
    room = scene.group({"ana": OWNER})
    assert scene.do(ana, Ping()) == Done()
    refused = scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    assert (refused.code, refused.verdict, refused.after_ms) == ("rate_limited", "after_ms", 2)
    scene.now += refused.after_ms
    assert scene.do(ana, Ping()) == Done()


def test_a_retry_found_in_the_store_is_not_charged() -> None:
    scene = Scene()
    ana = scene.enter("ana", burst=1)
    room = scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    scene.do(ana, post)
    assert [code(scene.do(ana, evolve(post, retry=True))) for _ in range(3)] == ["duplicate"] * 3


def test_a_retry_of_what_is_in_flight_is_not_charged() -> None:
    scene = Scene()
    ana = scene.enter("ana", burst=1)
    room = scene.group({"ana": OWNER})
    post = Post(room=room, key=scene.key(), content=text())
    scene.ask(ana, post)
    assert code(scene.do(ana, evolve(post, retry=True))) == "duplicate"


def test_a_retry_that_is_not_found_is_charged() -> None:
    scene = Scene()
    ana = scene.enter("ana", burst=1)
    room = scene.group({"ana": OWNER})
    scene.do(ana, Ping())
    assert code(scene.do(ana, Post(room=room, key=scene.key(), content=text(), retry=True))) == "rate_limited"


def test_a_session_over_its_rate_leaves_the_users_other_sessions_alone() -> None:
    scene = Scene()
    phone, desk = scene.enter("ana", burst=1), scene.enter("ana", "desk", burst=1)
    assert [code(scene.do(each, Ping())) for each in (phone, phone, desk)] == ["ok", "rate_limited", "ok"]


def test_operators_have_no_flood_guard() -> None:
    scene = Scene()
    operator = Actor(99, "", operator=True)
    assert [scene.do(operator, Ping()) for _ in range(3)] == [Done()] * 3


def test_each_command_gets_a_salt_of_its_own() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    for _ in range(2):
        scene.do(ana, Post(room=room, key=scene.key(), content=text()))
    salts = [entry.salt for entry in scene.log(room)]
    assert len(set(salts)) == 3


def test_creating_answers_with_the_ids_that_derive() -> None:
    scene = Scene()
    ana = scene.enter("ana")
    scene.know("bo")
    assert scene.do(ana, OpenDirect(key=scene.key(), user="bo")).room == direct_id("ana", "bo")
    assert scene.do(ana, CreateGroup(key=scene.key(), title="tea")).seq == 1
