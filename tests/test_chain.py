from __future__ import annotations

from hashlib import blake2b

import pytest
from hypothesis import given

from chatd import chain
from tests.wire.strategies import ids, steady, user_names

ROOM, KEY, SALT = b"r" * 16, b"k" * 16, b"s" * 16


def test_the_chain_begins_with_the_hash_of_the_room() -> None:
    assert chain.origin(ROOM) == blake2b(ROOM, digest_size=32).digest()


def test_a_body_hash_covers_salt_and_body() -> None:
    assert chain.body_hash(SALT, b"body") == blake2b(SALT + b"body", digest_size=32).digest()


def test_a_link_covers_what_came_before_the_header_and_the_body_hash() -> None:
    packed = b"\x97\xc4\x10" + ROOM + b"\x01\xa4post\xa3ana\xc4\x10" + KEY + b"\x07\xc0"
    expected = blake2b(b"p" * 32 + packed + b"b" * 32, digest_size=32).digest()
    assert chain.link(b"p" * 32, (ROOM, 1, "post", "ana", KEY, 7, None), b"b" * 32) == expected


HEADER: chain.Header = (ROOM, 1, "post", "ana", KEY, 7, None)


@pytest.mark.parametrize(
    "other",
    [
        (b"R" * 16, 1, "post", "ana", KEY, 7, None),
        (ROOM, 2, "post", "ana", KEY, 7, None),
        (ROOM, 1, "title", "ana", KEY, 7, None),
        (ROOM, 1, "post", "bo", KEY, 7, None),
        (ROOM, 1, "post", "ana", b"K" * 16, 7, None),
        (ROOM, 1, "post", "ana", KEY, 8, None),
        (ROOM, 1, "post", "ana", KEY, 7, 1),
    ],
)
def test_every_part_of_a_header_changes_the_hash(other: chain.Header) -> None:
    assert chain.link(b"p" * 32, other, b"b" * 32) != chain.link(b"p" * 32, HEADER, b"b" * 32)


def test_the_short_hash_is_the_first_8_bytes() -> None:
    assert chain.short(bytes(range(32))) == bytes(range(8))


def test_values_are_packed_in_the_shortest_form_and_in_order() -> None:
    assert chain.pack({"b": 1, "a": [b"x", None, "y"]}) == bytes.fromhex("82a16201a16193c40178c0a179")


@given(one=user_names, other=user_names)
@steady
def test_a_direct_room_has_one_id_whoever_asks(one: str, other: str) -> None:
    assert chain.direct_id(one, other) == chain.direct_id(other, one)


def test_a_direct_room_is_one_of_this_pair_alone() -> None:
    pairs = [("a", "bc"), ("ab", "c"), ("a", "b"), ("a", "a"), ("b", "b")]
    assert len(dict.fromkeys(chain.direct_id(*pair) for pair in pairs)) == len(pairs)


@given(user=user_names, key=ids)
@steady
def test_derived_ids_have_16_bytes_and_differ_in_their_kind(user: str, key: bytes) -> None:
    derived = [
        chain.group_id(user, key),
        chain.self_id(user),
        chain.direct_id(user, user),
        chain.self_key(key, key, user),
        chain.features_key(key, key),
    ]
    assert [len(each) for each in derived] == [16] * 5
    assert len(dict.fromkeys(derived)) == 5


def test_a_group_id_derives_from_creator_and_key() -> None:
    assert chain.group_id("ana", KEY) == chain.group_id("ana", KEY)
    assert chain.group_id("ana", KEY) != chain.group_id("bo", KEY)
    assert chain.group_id("ana", KEY) != chain.group_id("ana", b"K" * 16)


def test_a_self_key_is_one_of_this_room_command_and_user_alone() -> None:
    keys = [
        chain.self_key(ROOM, KEY, "ana"),
        chain.self_key(KEY, ROOM, "ana"),
        chain.self_key(ROOM, KEY, "bo"),
    ]
    assert len(dict.fromkeys(keys)) == 3


def test_the_entries_of_an_item_have_salts_of_their_own() -> None:
    salts = [chain.derived_salt(SALT, index) for index in (0, 1, 2, 255, 256, 257)]
    assert salts[0] == SALT
    assert len(dict.fromkeys(salts)) == 6
    assert [len(each) for each in salts] == [16] * 6


def test_a_command_hash_depends_on_salt_and_digest() -> None:
    hashes = [chain.command_hash(SALT, b"d"), chain.command_hash(SALT, b"e"), chain.command_hash(KEY, b"d")]
    assert len(dict.fromkeys(hashes)) == 3
    assert [len(each) for each in hashes] == [16] * 3
