"""Tokens as operators issue and revoke them."""

from __future__ import annotations

import pytest

from chatd.chain import HASH_BYTES
from chatd.messages import (
    Done,
    HoldStore,
    IssueToken,
    Join,
    ListTokens,
    MarkRead,
    OperatorCommand,
    Ping,
    ReleaseStore,
    RevokeToken,
)
from chatd.model import AboutUser, TokenRecord, UserRecord
from chatd.rooms.commands import tokens
from chatd.rooms.effects import Actor, Read
from tests.rooms.pieces import code
from tests.rooms.scene import NOW, Scene

HASH = bytes(range(HASH_BYTES))
OPERATOR = Actor(99, "", operator=True)
ISSUE = IssueToken(user="ana", hash=HASH)
REVOKE = RevokeToken(token=tokens.public_id(HASH))


def test_the_public_id_is_the_first_eight_bytes_in_hex() -> None:
    assert tokens.public_id(HASH) == "0001020304050607"
    assert tokens.prefix("0001020304050607") == HASH[:8]


@pytest.mark.parametrize("text", ["", "00", "000102030405060", "00 01 02 03 04 05", "not a token's id", "é" * 8])
def test_a_text_that_is_no_public_id_names_no_token(text: str) -> None:
    assert tokens.prefix(text) == b""


def test_a_user_exists_from_the_first_token() -> None:
    scene = Scene()
    assert scene.do(OPERATOR, ISSUE) == Done()
    assert scene.store._tables.users == {"ana": UserRecord(user="ana", created=NOW)}
    assert scene.store._tables.tokens == {HASH: TokenRecord(hash=HASH, user="ana", created=NOW, expires=None)}


def test_a_second_token_leaves_the_user_as_they_are() -> None:
    scene = Scene()
    scene.do(OPERATOR, ISSUE)
    scene.now += 1000
    scene.do(OPERATOR, IssueToken(user="ana", hash=bytes(HASH_BYTES), ttl_s=60))
    assert scene.store._tables.users["ana"].created == NOW
    assert scene.store._tables.tokens[bytes(HASH_BYTES)].expires == NOW + 61_000


def test_revoking_is_applied_and_tells_who_watches() -> None:
    scene = Scene()
    seen: list[AboutUser] = []
    scene.registry.on_user = seen.append
    scene.do(OPERATOR, ISSUE)
    assert scene.do(OPERATOR, REVOKE) == Done()
    assert [record.revoked for record in seen if isinstance(record, TokenRecord)] == [False, True]
    assert scene.store._tables.tokens[HASH].revoked


def test_issuing_a_revoked_token_again_does_not_bring_it_back() -> None:
    scene = Scene()
    for command in (ISSUE, REVOKE, ISSUE):
        assert scene.do(OPERATOR, command) == Done()
    assert scene.store._tables.tokens[HASH].revoked


def test_tokens_that_share_a_public_id_are_still_two() -> None:
    scene = Scene()
    scene.do(OPERATOR, ISSUE)
    scene.do(OPERATOR, IssueToken(user="bo", hash=HASH[:8] + bytes(24)))
    assert len(scene.store._tables.tokens) == 2


def test_a_beginning_of_a_public_id_revokes_nothing() -> None:
    scene = Scene()
    scene.do(OPERATOR, ISSUE)
    assert code(scene.do(OPERATOR, RevokeToken(token="00"))) == "unknown_token"
    assert not scene.store._tables.tokens[HASH].revoked


@pytest.mark.parametrize("command", [ISSUE, REVOKE, ListTokens(), HoldStore(), ReleaseStore()])
def test_tokens_and_the_store_are_for_operators(command: OperatorCommand) -> None:
    scene = Scene()
    ana = scene.enter("ana")
    assert code(scene.do(ana, command)) == "forbidden"
    assert scene.store._tables.tokens == {}


@pytest.mark.parametrize("command", [ListTokens(), HoldStore(), ReleaseStore()])
def test_the_store_answers_what_operators_ask_of_it(command: ListTokens | HoldStore | ReleaseStore) -> None:
    assert Scene().effects(OPERATOR, command) == [Read(OPERATOR.session, 1, command)]


def test_operators_take_no_part_in_rooms() -> None:
    scene = Scene()
    room = bytes(16)
    assert code(scene.do(OPERATOR, Join(room=room, key=scene.key()))) == "forbidden"
    assert code(scene.do(OPERATOR, MarkRead(room=room, seq=1))) == "forbidden"
    assert scene.do(OPERATOR, Ping()) == Done()
