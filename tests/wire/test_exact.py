from __future__ import annotations

from typing import Any

import pytest

from chatd.messages import (
    CreateGroup,
    Hello,
    Members,
    Post,
    Receipts,
    RoomSync,
    SetAttributes,
    SetRole,
    Subscribe,
    Typing,
)
from chatd.messages.replies import Committed
from chatd.model import Answer, MemberState, Role, RoomKind
from chatd.wire.exact import converter
from tests.wire.ends import EPOCH, KEY, ROOM

POST = {"room": ROOM, "key": KEY, "content": b"x"}
GROUP = {"key": KEY, "title": "t"}
HELLO = {"version": 1, "scheme": "dev"}


@pytest.mark.parametrize(
    ("cls", "body"),
    [
        (Post, POST | {"room": "r" * 16}),
        (Post, POST | {"room": 16}),
        (Post, POST | {"room": list(ROOM)}),
        (Post, POST | {"content": "x"}),
        (Post, POST | {"content": None}),
        (Post, POST | {"retry": 1}),
        (Post, POST | {"retry": None}),
        (CreateGroup, GROUP | {"title": b"t"}),
        (CreateGroup, GROUP | {"members": "abc"}),
        (CreateGroup, GROUP | {"members": {"a": 1}}),
        (CreateGroup, GROUP | {"members": [1]}),
        (CreateGroup, GROUP | {"members": [b"ana"]}),
        (Hello, HELLO | {"version": True}),
        (Hello, HELLO | {"version": "1"}),
        (Hello, HELLO | {"version": 1.0}),
        (Members, {"room": ROOM, "after": 5}),
        (Members, {"room": ROOM, "limit": None}),
        (Subscribe, {"epoch": EPOCH, "rooms": b"abc"}),
        (SetRole, {"room": ROOM, "key": KEY, "user": "ana", "role": "boss"}),
        (SetRole, {"room": ROOM, "key": KEY, "user": "ana", "role": ["owner"]}),
        (Receipts, {"room": ROOM, "read": [["ana", 1]]}),
        (Receipts, {"room": ROOM, "read": {"ana": "1"}}),
        (Typing, {"room": None}),
        (SetAttributes, {"key": KEY, "user": "ana", "attributes": {"a": None}}),
        (SetAttributes, {"key": KEY, "user": "ana", "attributes": {"a": 1.5}}),
        (SetAttributes, {"key": KEY, "user": "ana", "attributes": {"a": b"a"}}),
        (SetAttributes, {"key": KEY, "user": "ana", "attributes": [["a", 1]]}),
    ],
)
def test_a_value_of_another_type_is_never_coerced(cls: type[Any], body: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        converter.structure(body, cls)


@pytest.mark.parametrize("field", ["kind", "state", "role"])
def test_an_unknown_value_of_an_enum_is_refused(field: str) -> None:
    with pytest.raises(TypeError, match="one of"):
        converter.structure({"room": ROOM, "status": "ok", field: "new"}, RoomSync)


def test_enums_come_back_as_their_members() -> None:
    body = {"room": ROOM, "status": "ok", "kind": "group", "state": "invited", "role": "admin"}
    sync = converter.structure(body, RoomSync)
    assert (sync.kind, sync.state, sync.role) == (RoomKind.GROUP, MemberState.INVITED, Role.ADMIN)


def test_the_values_of_a_map_come_back_as_members() -> None:
    reply = converter.structure({"room": ROOM, "seq": 1, "time": 2, "answers": {"bo": "invited"}}, Committed)
    assert reply.answers == {"bo": Answer.INVITED}
    assert type(reply.answers["bo"]) is Answer


def test_an_attribute_keeps_its_type() -> None:
    values = {"a": 1, "b": True, "c": "1"}
    command = converter.structure({"key": KEY, "user": "ana", "attributes": values}, SetAttributes)
    assert [type(each) for each in command.attributes.values()] == [int, bool, str]
    assert converter.unstructure(command) == {"key": KEY, "user": "ana", "attributes": values}


def test_a_list_comes_back_as_a_tuple() -> None:
    assert converter.structure(GROUP | {"members": ["bo", "cy"]}, CreateGroup).members == ("bo", "cy")


def test_nil_stands_for_an_absent_field_that_may_be_absent() -> None:
    assert converter.structure({"room": ROOM, "after": None}, Members).after is None


def test_fields_with_their_default_are_left_out() -> None:
    assert converter.unstructure(Post(room=ROOM, key=KEY, content=b"x")) == POST
    assert converter.unstructure(Post(room=ROOM, key=KEY, content=b"x", retry=True)) == POST | {"retry": True}
