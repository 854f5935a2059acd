"""The hash chain of a room, and the ids that derive from others: pure functions that server and client share.

h_0 = BLAKE2b(room id), h_s = BLAKE2b(h_(s-1) | msgpack[room, seq, kind, sender, key, time, target] | body_hash),
body_hash = BLAKE2b(salt | body); all of 32 bytes. Erasing a body keeps its hash, so the chain stays valid.
protocol.md section 8 states the same for other languages. It stands on floor 1 because the store computes the
chain and the client library verifies it, and neither may import the other.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgpack

from chatd.model import Key, RoomId, UserId

HASH_BYTES = 32
SHORT_HASH_BYTES = 8
KEY_BYTES = 16
ROOM_BYTES = 16
SALT_BYTES = 16

_packer = msgpack.Packer(use_bin_type=True, autoreset=True)


def pack(value: Any) -> bytes:
    """Return `value` as msgpack in the shortest form, maps in insertion order.

    Every hash and every set of facts is built with this one function, so equal values give equal bytes.
    """
    return _packer.pack(value)


def _hash(data: bytes, size: int = HASH_BYTES) -> bytes:
    return blake2b(data, digest_size=size).digest()


def origin(room: RoomId) -> bytes:
    """Return h_0, the chain hash of a room before its first entry."""
    return _hash(room)


def body_hash(salt: bytes, body: bytes) -> bytes:
    """Return what stays of a body after it is erased."""
    return _hash(salt + body)


Header = tuple[RoomId, int, str, UserId, Key, int, int | None]
"""What the chain covers besides the body: room, seq, kind, sender, key, time, target."""


def link(previous: bytes, header: Header, hashed_body: bytes) -> bytes:
    """Return h_seq from h_(seq-1), the entry's header and its body hash."""
    return _hash(previous + _packer.pack(header) + hashed_body)


def short(full: bytes) -> bytes:
    """Return the h8 of a chain hash: what a cursor and an event carry of it."""
    return full[:SHORT_HASH_BYTES]


def command_hash(salt: bytes, digest: bytes) -> bytes:
    """Return what is stored beside a key to tell a repeat from a conflict, unguessable once the salt is erased."""
    return _hash(salt + digest, 16)


def derived_salt(salt: bytes, index: int) -> bytes:
    """Return the salt of an item's entry at `index`: one random value a command is enough, and replays exactly."""
    return _hash(salt + bytes([index % 256, index // 256]), SALT_BYTES) if index else salt


def group_id(creator: UserId, key: Key) -> RoomId:
    """Return the id of the group that `creator` makes with `key`, so that creating is idempotent."""
    return _hash(b"group" + key + creator.encode(), ROOM_BYTES)


def direct_id(one: UserId, other: UserId) -> RoomId:
    """Return the id of the direct room of two users, whoever asks."""
    return _hash(b"direct" + pack(sorted((one, other))), ROOM_BYTES)


def self_id(user: UserId) -> RoomId:
    """Return the id of a user's self room."""
    return _hash(b"self" + user.encode(), ROOM_BYTES)


def invite_hash(room: RoomId, code: bytes) -> bytes:
    """Return what a server keeps of the code of a link into `room`."""
    return _hash(b"invite" + room + code)


def features_key(room: RoomId, key: Key) -> Key:
    """Return the key of the `features` entry that a command on `room` leads to."""
    return _hash(b"features" + room + key, KEY_BYTES)


def expiry_key(room: RoomId, seq: int) -> Key:
    """Return the key of the entry by which the server deletes the post at `seq` when its time has come."""
    return _hash(b"expire" + room + seq.to_bytes(8, "big"), KEY_BYTES)


def report_id(user: UserId, key: Key) -> bytes:
    """Return the id of what `user` reports with `key`."""
    return _hash(b"report" + key + user.encode(), 16)


def self_key(room: RoomId, key: Key, user: UserId) -> Key:
    """Return the key of the entry in `user`'s self room that tells of a command on `room`."""
    return _hash(room + key + user.encode(), KEY_BYTES)
