"""Users whom operators create and close, groups made for others, frozen rooms (protocol 13.5 - 13.10, 13.18)."""

from __future__ import annotations

import msgpack
import pytest
from attrs import evolve

from chatd.limits import DEFAULTS, LEEWAY_S_MAX
from chatd.messages import (
    AddMember,
    CloseUser,
    CreateFor,
    CreateGroup,
    CreateUser,
    Freeze,
    IssueToken,
    Leave,
    OpenDirect,
    Post,
    RevokeTokens,
    SetTitle,
)
from chatd.model import AboutUser, Answer, EntryKind, Role, UserRecord
from chatd.rooms.effects import Actor
from chatd.rooms.operators import AUDIT_ROOM
from tests.rooms.pieces import code, text
from tests.rooms.scene import MEMBER, NOW, OWNER, Scene

OPERATOR = Actor(99, "", operator=True, credential="shop")


def test_a_user_exists_from_then_on() -> None:
    scene = Scene()
    reply = scene.do(OPERATOR, CreateUser(key=scene.key(), user="ana"))
    assert (reply.room, reply.seq) == (AUDIT_ROOM, 1)
    assert scene.store._tables.users == {"ana": UserRecord(user="ana", created=NOW)}


def test_a_user_who_exists_is_not_made_again() -> None:
    scene = Scene()
    scene.know("ana")
    assert code(scene.do(OPERATOR, CreateUser(key=scene.key(), user="ana"))) == "unchanged"


def test_the_same_key_has_the_same_answer() -> None:
    scene = Scene()
    create = CreateUser(key=scene.key(), user="ana")
    first = scene.do(OPERATOR, create)
    scene.do(OPERATOR, CloseUser(key=scene.key(), user="ana"))
    again = scene.do(OPERATOR, create)
    assert (again.room, again.seq, again.duplicate) == (first.room, first.seq, True)
    assert code(scene.do(OPERATOR, CloseUser(key=create.key, user="ana"))) == "conflict"


def test_closing_marks_the_user_and_tells_who_watches() -> None:
    scene = Scene()
    seen: list[AboutUser] = []
    scene.know("ana")
    scene.registry.on_user = seen.append
    scene.now += 5
    scene.do(OPERATOR, CloseUser(key=scene.key(), user="ana", reason="asked for it"))
    assert seen == [UserRecord(user="ana", created=NOW, closed=NOW + 5, leaving=True)]


@pytest.mark.parametrize(("user", "refusal"), [("nobody", "unknown_user"), ("ana", "unchanged")])
def test_only_who_exists_and_is_not_closed_is_closed(user: str, refusal: str) -> None:
    scene = Scene()
    scene.know("ana")
    scene.do(OPERATOR, CloseUser(key=scene.key(), user="ana"))
    assert code(scene.do(OPERATOR, CloseUser(key=scene.key(), user=user))) == refusal


@pytest.mark.parametrize("names_make_users", [False, True])
def test_the_name_of_a_closed_user_is_that_of_nobody_for_ever(names_make_users: bool) -> None:
    scene = Scene(names_make_users=names_make_users)
    bo, room = scene.enter("bo"), scene.group({"bo": OWNER})
    scene.know("ana")
    scene.do(OPERATOR, CloseUser(key=scene.key(), user="ana"))
    assert code(scene.do(OPERATOR, CreateUser(key=scene.key(), user="ana"))) == "forbidden"
    assert code(scene.do(OPERATOR, IssueToken(user="ana", hash=bytes(32)))) == "forbidden"
    assert code(scene.do(OPERATOR, CreateFor(key=scene.key(), owner="ana", title="tea"))) == "unknown_user"
    assert code(scene.do(bo, OpenDirect(key=scene.key(), user="ana"))) == "unknown_user"
    assert code(scene.do(bo, AddMember(room=room, key=scene.key(), users=("ana",)))) == "unknown_user"
    made = scene.do(bo, CreateGroup(key=scene.key(), title="tea", members=("ana",)))
    assert made.answers == {"ana": Answer.REFUSED}
    assert scene.store._tables.users["ana"].closed == NOW


def test_a_group_is_made_for_its_owner_with_whom_the_operator_wants() -> None:
    scene = Scene()
    scene.know("ana", "bo")
    reply = scene.do(OPERATOR, CreateFor(key=scene.key(), owner="ana", title="tea", members=("bo", "cy")))
    assert reply.answers == {"bo": Answer.ADDED, "cy": Answer.REFUSED}
    assert scene.standing(reply.room, "ana") == OWNER
    assert scene.standing(reply.room, "bo") == MEMBER
    first = scene.log(reply.room)[0]
    assert (first.kind, first.sender) == (EntryKind.CREATE, "")


def test_a_group_for_somebody_is_made_once_for_a_key() -> None:
    scene = Scene()
    scene.know("ana")
    create = CreateFor(key=scene.key(), owner="ana", title="tea")
    first = scene.do(OPERATOR, create)
    again = scene.do(OPERATOR, create)
    assert (again.room, again.duplicate) == (first.room, True)


@pytest.mark.parametrize(("owner", "refusal"), [("nobody", "unknown_user"), ("ana", "too_many_rooms")])
def test_an_owner_must_exist_and_have_room_for_it(owner: str, refusal: str) -> None:
    scene = Scene()
    scene.know("ana")
    for _ in range(scene.limits.rooms_per_user_max):
        scene.group({"ana": MEMBER})
    assert code(scene.do(OPERATOR, CreateFor(key=scene.key(), owner=owner, title="tea"))) == refusal


def test_more_users_than_a_call_takes_are_too_many_here_too() -> None:
    scene = Scene(limits=evolve(DEFAULTS, users_per_call_max=1))
    scene.know("ana")
    command = CreateFor(key=scene.key(), owner="ana", title="tea", members=("bo", "cy"))
    assert code(scene.do(OPERATOR, command)) == "too_large"


def test_freezing_is_an_entry_and_holds_until_it_is_taken_back() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.do(OPERATOR, Freeze(room=room, key=scene.key(), reason="spam"))
    entry = scene.log(room)[-1]
    assert (entry.kind, msgpack.unpackb(entry.body)) == (EntryKind.FREEZE, {"on": True, "reason": "spam"})
    assert code(scene.do(ana, Post(room=room, key=scene.key(), content=text()))) == "frozen"
    scene.do(OPERATOR, Freeze(room=room, key=scene.key(), on=False))
    assert msgpack.unpackb(scene.log(room)[-1].body) == {"on": False}
    assert code(scene.do(ana, Post(room=room, key=scene.key(), content=text()))) == "ok"


def test_a_room_that_is_frozen_is_not_frozen_again() -> None:
    scene = Scene()
    room = scene.group({"ana": OWNER})
    assert code(scene.do(OPERATOR, Freeze(room=room, key=scene.key(), on=False))) == "unchanged"
    scene.do(OPERATOR, Freeze(room=room, key=scene.key()))
    assert code(scene.do(OPERATOR, Freeze(room=room, key=scene.key()))) == "unchanged"


def test_a_post_behind_a_freeze_in_flight_is_refused_with_it() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.ask(OPERATOR, Freeze(room=room, key=scene.key()))
    assert scene.ask(ana, Post(room=room, key=scene.key(), content=text())) is None
    scene.commit()
    assert code(scene.said[ana.session, 2]) == "frozen"


def test_operators_go_on_in_a_frozen_room_and_whoever_likes_leaves_it() -> None:
    scene = Scene()
    bo, room = scene.enter("bo"), scene.group({"ana": OWNER, "bo": MEMBER})
    scene.do(OPERATOR, Freeze(room=room, key=scene.key()))
    assert code(scene.do(OPERATOR, SetTitle(room=room, key=scene.key(), title="closed"))) == "ok"
    assert code(scene.do(bo, Leave(room=room, key=scene.key()))) == "ok"


def test_a_freeze_outlasts_what_operators_change() -> None:
    scene = Scene()
    ana, room = scene.enter("ana"), scene.group({"ana": OWNER})
    scene.do(OPERATOR, Freeze(room=room, key=scene.key()))
    scene.do(OPERATOR, SetTitle(room=room, key=scene.key(), title="closed"))
    assert scene.record(room).frozen
    assert code(scene.do(ana, Post(room=room, key=scene.key(), content=text()))) == "frozen"
    assert scene.standing(room, "ana") == (OWNER[0], Role.OWNER)


@pytest.mark.parametrize(("until", "kept"), [(None, NOW + 5), (NOW, NOW), (NOW + 5 + LEEWAY_S_MAX * 1000, None)])
def test_tokens_are_revoked_up_to_now_or_to_a_time_that_is_not_far_ahead(until: int | None, kept: int | None) -> None:
    scene = Scene()
    scene.know("ana")
    scene.now += 5
    seen: list[AboutUser] = []
    scene.registry.on_user = seen.append
    scene.do(OPERATOR, RevokeTokens(key=scene.key(), user="ana", until=until))
    assert seen == [UserRecord(user="ana", created=NOW, revoked_until=kept or until or 0)]


def test_tokens_are_not_revoked_so_far_ahead_that_nobody_comes_in_again() -> None:
    scene = Scene()
    scene.know("ana")
    far = RevokeTokens(key=scene.key(), user="ana", until=NOW + LEEWAY_S_MAX * 1000 + 1)
    assert code(scene.do(OPERATOR, far)) == "bad_request"


def test_a_revocation_only_ever_moves_on() -> None:
    scene = Scene()
    scene.know("ana")
    first = RevokeTokens(key=scene.key(), user="ana")
    assert code(scene.do(OPERATOR, first)) == "ok"
    assert scene.do(OPERATOR, first).duplicate
    for until in (None, 0, NOW - 1):
        assert code(scene.do(OPERATOR, RevokeTokens(key=scene.key(), user="ana", until=until))) == "unchanged"
    scene.now += 1
    assert code(scene.do(OPERATOR, RevokeTokens(key=scene.key(), user="ana"))) == "ok"


def test_closing_a_user_keeps_what_was_revoked() -> None:
    scene = Scene()
    scene.know("ana")
    scene.do(OPERATOR, RevokeTokens(key=scene.key(), user="ana"))
    scene.do(OPERATOR, CloseUser(key=scene.key(), user="ana"))
    assert scene.store._tables.users["ana"].revoked_until == NOW


@pytest.mark.parametrize(("user", "refusal"), [("nobody", "unknown_user"), ("ana", "unchanged")])
def test_tokens_are_revoked_of_who_exists_and_is_not_closed(user: str, refusal: str) -> None:
    scene = Scene()
    scene.know("ana")
    scene.do(OPERATOR, CloseUser(key=scene.key(), user="ana"))
    assert code(scene.do(OPERATOR, RevokeTokens(key=scene.key(), user=user))) == refusal
