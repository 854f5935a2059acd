"""How the server deletes a post whose time has come (protocol 5.81)."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.chain import expiry_key
from chatd.messages import Delete, Edit, Pin, Post, React, SetSettings
from chatd.model import SERVER, EntryKind, Erasure, MessageRecord
from chatd.rooms.effects import InFlight, Needs
from chatd.rooms.expiring import expire
from tests.rooms.commands.talk import Talk
from tests.rooms.pieces import bring_message, text
from tests.rooms.scene import NOW

SALT = b"s" * 16


def expired(talk: Talk, seq: int | None = None) -> InFlight | None:
    """Return what deletes a post of the group, brought into memory first."""
    place = (talk.room, seq or talk.seq)
    bring_message(talk.scene.registry, talk.scene.read, Needs(message=place))
    flight = expire(talk.scene.registry, *place, NOW, SALT)
    if flight:
        talk.scene.waiting.append(flight)
    return flight


def test_a_post_is_deleted_as_by_delete_by_nobody() -> None:
    talk = Talk()
    assert talk.do("di", React, emoji="x") == "ok"
    assert talk.do("bo", Pin) == "ok"
    assert expired(talk)
    talk.scene.commit()
    entry = talk.last()
    assert (entry.kind, entry.target, entry.sender) == (EntryKind.DELETE, talk.seq, SERVER)
    assert entry.key == expiry_key(talk.room, talk.seq)
    assert talk.state() == MessageRecord(room=talk.room, seq=talk.seq, deleted=True)
    assert talk.scene.record(talk.room).pins == ()
    assert talk.scene.log(talk.room)[talk.seq - 1].body is None


def test_edits_go_with_it_those_in_flight_too() -> None:
    talk = Talk()
    talk.scene.ask(talk.actors["cy"], talk.act(Edit, content=text("better")))
    flight = expired(talk)
    assert flight is not None
    assert Erasure(room=talk.room, seq=talk.seq, edited=True) in flight.item.records
    talk.scene.commit()
    assert [each.body is None for each in talk.scene.log(talk.room)[1:3]] == [True, True]


def test_it_is_deleted_once_whoever_is_first() -> None:
    talk = Talk()
    assert expired(talk)
    assert expired(talk) is None
    talk.scene.commit()
    assert expired(talk) is None
    other = talk.post("cy")
    talk.scene.ask(talk.actors["cy"], talk.act(Delete, other))
    assert expired(talk, other) is None
    talk.scene.commit()
    assert talk.do("cy", Delete, other) == "unchanged"


def test_what_is_no_post_or_not_in_memory_is_left_alone() -> None:
    talk = Talk()
    assert expired(talk, 1) is None
    assert expired(talk, 99) is None
    assert expire(talk.scene.registry, b"another room----", 1, NOW, SALT) is None
    talk.scene.registry.rooms.clear()
    assert expired(talk) is None


@pytest.mark.parametrize(
    ("room_s", "own_s", "lives_s"), [(0, None, None), (0, 60, 60), (30, None, 30), (30, 60, 30), (30, 5, 5)]
)
def test_a_post_lives_as_long_as_its_room_or_its_author_says_the_shorter(
    room_s: int, own_s: int | None, lives_s: int | None
) -> None:
    talk = Talk()
    if room_s:
        talk.scene.do(talk.actors["ana"], SetSettings(room=talk.room, key=talk.scene.key(), ttl_s=room_s))
    post = Post(room=talk.room, key=talk.scene.key(), content=text(), ttl_s=own_s)
    done = talk.scene.do(talk.actors["cy"], post)
    entry = talk.last()
    assert entry.expires == (None if lives_s is None else done.time + lives_s * 1000)
    assert talk.edit("cy", "better", done.seq) == "ok"
    assert talk.last().expires is None


def test_another_life_is_another_command() -> None:
    talk = Talk()
    post = Post(room=talk.room, key=talk.scene.key(), content=text(), ttl_s=60)
    first = talk.scene.do(talk.actors["cy"], post)
    assert talk.scene.do(talk.actors["cy"], evolve(post, retry=True)) == evolve(first, duplicate=True)
    assert talk.scene.do(talk.actors["cy"], evolve(post, ttl_s=61, retry=True)).code == "conflict"


def test_how_long_posts_live_is_set_apart_from_the_other_settings() -> None:
    talk = Talk()
    ana = talk.actors["ana"]
    talk.scene.do(ana, SetSettings(room=talk.room, key=talk.scene.key(), ttl_s=30))
    talk.scene.do(ana, SetSettings(room=talk.room, key=talk.scene.key(), slow_mode_s=5))
    settings = talk.scene.record(talk.room).settings
    assert (settings.ttl_s, settings.slow_mode_s) == (30, 5)
