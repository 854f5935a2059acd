"""What must be known first, and how much a command commits at most."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from attrs import evolve, fields
from hypothesis import given, strategies as st

from chatd import names
from chatd.chain import HASH_BYTES, direct_id, group_id, self_id
from chatd.checked import Checked
from chatd.limits import CONTENT_BYTES_MAX, MENTIONS_MAX, SEQ_MAX
from chatd.messages import (
    AddMember,
    Administer,
    Ban,
    Command,
    CreateGroup,
    CreateInvite,
    CreateUser,
    Edit,
    Freeze,
    Hide,
    History,
    HoldStore,
    IssueToken,
    Join,
    JoinByInvite,
    KeyedCommand,
    Leave,
    ListLetters,
    ListTokens,
    ListWebhooks,
    MarkDelivered,
    MarkRead,
    Members,
    OpenDirect,
    Permissions,
    Ping,
    Post,
    ReleaseStore,
    RemoveMember,
    Report,
    RequestJoin,
    Restrict,
    RevokeToken,
    RevokeTokens,
    Rooms,
    SetConversation,
    SetDraft,
    SetProfile,
    SetRole,
    SetSettings,
    Subscribe,
    Typing,
    Unban,
    WhoRead,
)
from chatd.model import RelationKind, Role, Shown
from chatd.rights import GRANTABLE, JoinBy, Permission
from chatd.rooms.bounds import bound
from chatd.rooms.effects import NOTHING, Actor, Needs
from chatd.rooms.needs import Aside, needs, room_of
from chatd.server.lookups import rests_on_own
from tests.rooms.bounds import ITEM_BYTES_MAX, assert_bounded, committed
from tests.rooms.pieces import LONGEST, key, text
from tests.rooms.scene import MEMBER, OWNER, Scene
from tests.wire.strategies import steady

ROOM = b"room-----------1"
ANA = Actor(1, "ana")
KEY = key(7)

long_names = st.text(st.sampled_from("aä漢😀"), min_size=16, max_size=64).filter(names.is_name)
long_titles = st.text(st.sampled_from("aä漢😀"), min_size=100, max_size=512).filter(names.is_title)


def test_a_first_post_looks_up_no_key_and_its_repeat_does() -> None:
    post = Needs(rooms=(ROOM,), members=((ROOM, "ana"),), speaks=True)
    assert needs(ANA, Post(room=ROOM, key=KEY, content=b"")) == post
    repeat = Post(room=ROOM, key=KEY, content=b"", retry=True)
    assert needs(ANA, repeat).key == (ROOM, "ana", KEY)


VALUES: dict[str, Any] = {
    "room": ROOM, "user": "bo", "users": ("bo",), "title": "tea", "role": Role.ADMIN, "key": KEY, "seq": 1,
    "content": b"", "emoji": "x", "hash": bytes(HASH_BYTES), "code": KEY, "archived": True, "shown": Shown.CONTACTS,
    "number": 1, "approve": True, "endpoint": "push",
    "owner": "bo", "other": "cy", "relation": RelationKind.FOLLOW, "attributes": {"level": 3},
}  # fmt: skip


def of(kind: Any) -> Any:
    """Return a command of a kind."""
    if kind is Report:
        return Report(key=KEY, user="bo", reason="spam")
    if kind is SetProfile:
        return SetProfile(key=KEY, name="Ana")
    return kind(**{each.name: VALUES[each.name] for each in fields(kind) if each.name in VALUES})


@pytest.mark.parametrize("retry", [False, True])
def test_whom_a_content_mentions_is_looked_up_in_its_room(retry: bool) -> None:
    mentioned = ((ROOM, "bo"), (ROOM, "cy"))
    said = Checked(type="text", mentions=("bo", "cy"))
    for command in (Post(room=ROOM, key=KEY, content=b"", retry=retry), Edit(room=ROOM, key=KEY, seq=2, content=b"")):
        plain = needs(ANA, command)
        assert needs(ANA, command, said) == evolve(plain, members=(*plain.members, *mentioned))
        assert needs(ANA, command, Checked(type="text", mention_all=True)) == plain


@pytest.mark.parametrize("kind", [kind for kind in get_args(KeyedCommand) if kind is not Post])
def test_every_other_keyed_command_is_looked_up_in_the_scope_of_its_room(kind: Any) -> None:
    actor = Actor(9, "", operator=True) if kind in get_args(Administer) else ANA
    assert needs(actor, of(kind)).key == (room_of(actor, of(kind)), actor.user, KEY)


@pytest.mark.parametrize("kind", get_args(KeyedCommand))
def test_what_may_be_no_entry_of_its_room_is_looked_up_in_the_self_room_too(kind: Any) -> None:
    command, own = of(kind), self_id("ana")
    needed = needs(ANA, evolve(command, retry=True) if kind is Post else command)
    assert needed.own_key == ((own, "ana", KEY) if kind in get_args(Aside) else None)
    assert own in needed.rooms or needed.own_key is None


@pytest.mark.parametrize(
    "command", [CreateUser(key=KEY, user="bo"), RevokeTokens(key=KEY, user="bo"), Freeze(room=ROOM, key=KEY)]
)
def test_nothing_is_looked_up_for_a_user_who_sends_what_operators_do(command: Command) -> None:
    assert needs(ANA, command) is NOTHING


@pytest.mark.parametrize(
    ("command", "changed"),
    [
        (AddMember(room=ROOM, key=KEY, users=("bo", "cy")), ("bo", "cy")),
        (RemoveMember(room=ROOM, key=KEY, user="bo"), ("bo",)),
        (SetRole(room=ROOM, key=KEY, user="bo", role=Role.ADMIN), ("bo",)),
        (Restrict(room=ROOM, key=KEY, user="bo"), ("bo",)),
        (Ban(room=ROOM, key=KEY, user="bo"), ("bo",)),
        (Unban(room=ROOM, key=KEY, user="bo"), ("bo",)),
        (JoinByInvite(room=ROOM, key=KEY, code=KEY), ("ana",)),
        (RequestJoin(room=ROOM, key=KEY), ("ana",)),
        (Join(room=ROOM, key=KEY), ("ana",)),
        (Leave(room=ROOM, key=KEY), ("ana",)),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, KeyedCommand) else "",
)
def test_a_membership_that_is_written_whole_has_nothing_in_flight(command: Command, changed: tuple[str, ...]) -> None:
    assert needs(ANA, command).settled == tuple((ROOM, user) for user in changed)


@pytest.mark.parametrize(
    ("command", "rest"),
    [
        (Hide(room=ROOM, key=KEY, seq=3), {"hidden": (ROOM, 3)}),
        (SetConversation(room=ROOM, key=KEY, pinned=True), {"pinned": True}),
        (SetConversation(room=ROOM, key=KEY, pinned=False), {}),
        (SetDraft(room=ROOM, key=KEY), {}),
    ],
    ids=["hide", "pin", "unpin", "draft"],
)
def test_what_a_user_does_for_themselves_needs_their_self_room_quiet(command: Any, rest: dict[str, Any]) -> None:
    own = (self_id("ana"), "ana")
    plain = Needs(rooms=(own[0], ROOM), members=(own, (ROOM, "ana")), key=(*own, KEY), settled=(own,))
    assert needs(ANA, command) == evolve(plain, **rest)
    assert rests_on_own(needs(ANA, command)) is bool(rest)


def test_rooms_that_are_made_have_ids_that_derive() -> None:
    assert room_of(ANA, OpenDirect(key=KEY, user="bo")) == direct_id("ana", "bo")
    assert room_of(ANA, CreateGroup(key=KEY, title="tea")) == group_id("ana", KEY)


@pytest.mark.parametrize(
    "command",
    [
        Ping(),
        Subscribe(epoch=bytes(16), rooms=()),
        History(room=ROOM),
        Members(room=ROOM),
        Rooms(),
        WhoRead(room=ROOM, seq=1),
        ListTokens(),
        HoldStore(),
        ListWebhooks(),
        ListLetters(endpoint="push"),
        ReleaseStore(),
    ],
)
def test_what_reads_pages_needs_nothing_and_commits_nothing(command: Command) -> None:
    assert (needs(ANA, command), bound(command)) == (NOTHING, None)


@pytest.mark.parametrize("command", [MarkRead(room=ROOM, seq=1), MarkDelivered(room=ROOM, seq=1), Typing(room=ROOM)])
def test_marks_and_typing_need_the_own_membership_and_take_no_credit(command: Command) -> None:
    assert needs(ANA, command) == Needs(rooms=(ROOM,), members=((ROOM, "ana"),))
    assert bound(command) is None


def test_permissions_rest_on_the_own_membership_and_on_that_of_who_is_asked_about() -> None:
    own = (ROOM, "ana")
    assert needs(ANA, Permissions(room=ROOM)) == Needs(rooms=(ROOM,), members=(own,))
    assert needs(ANA, Permissions(room=ROOM, user="bo")) == Needs(rooms=(ROOM,), members=(own, (ROOM, "bo")))
    assert bound(Permissions(room=ROOM)) is None


def test_tokens_are_looked_up_by_their_public_id() -> None:
    issue = IssueToken(user="bo", hash=bytes(range(HASH_BYTES)))
    assert needs(ANA, issue) == Needs(users=("bo",), token=bytes(range(8)))
    assert needs(ANA, RevokeToken(token="0001020304050607")) == Needs(token=bytes(range(8)))


def test_what_tokens_commit_is_bounded() -> None:
    for command in (IssueToken(user="bo", hash=bytes(HASH_BYTES)), RevokeToken(token="")):
        limit = bound(command)
        assert limit is not None
        assert limit.entries >= 1


@steady
@given(long_titles, st.lists(long_names, max_size=100, unique=True), long_names)
def test_the_bound_of_a_new_group_holds(title: str, users: list[str], name: str) -> None:
    scene = Scene(names_make_users=True)
    command = CreateGroup(key=scene.key(), title=title, members=tuple(users))
    assert_bounded(command, committed(scene, command, scene.enter(name)))


@steady
@given(long_titles, st.lists(long_names, min_size=1, max_size=99, unique=True), long_names)
def test_the_bound_of_adding_holds(title: str, users: list[str], name: str) -> None:
    scene = Scene(names_make_users=True)
    room = scene.group({name: OWNER}, title=title)
    command = AddMember(room=room, key=scene.key(), users=(*(user for user in users if user != name), "new"))
    assert_bounded(command, committed(scene, command, scene.enter(name)))


@steady
@given(long_names, long_names.map(lambda name: name[:-1] + "b"))
def test_the_bound_of_a_direct_room_holds(one: str, other: str) -> None:
    scene = Scene(names_make_users=True)
    command = OpenDirect(key=scene.key(), user=other)
    assert_bounded(command, committed(scene, command, scene.enter(one)))


@pytest.mark.parametrize("content", [text("x"), LONGEST])
def test_the_bound_of_a_post_holds(content: bytes) -> None:
    scene = Scene()
    room = scene.group({"a" * 64: OWNER})
    command = Post(room=room, key=scene.key(), content=content)
    assert_bounded(command, committed(scene, command, scene.enter("a" * 64)))


def test_a_post_that_mentions_many_takes_more_credit_and_still_fits_an_item() -> None:
    assert len(LONGEST) == CONTENT_BYTES_MAX
    said = Checked(type="text", mentions=tuple(f"{number:064}" for number in range(MENTIONS_MAX)))
    for command in (Post(room=ROOM, key=KEY, content=LONGEST), Edit(room=ROOM, key=KEY, seq=2, content=LONGEST)):
        plain, calling = bound(command), bound(command, said)
        assert plain is not None
        assert calling is not None
        assert plain.bytes + 64 * MENTIONS_MAX < calling.bytes <= ITEM_BYTES_MAX


def test_the_bound_holds_where_everything_is_as_long_as_can_be() -> None:
    scene = Scene(names_make_users=True)
    ana, users = scene.enter("a" * 64), tuple(f"{number:064}" for number in range(100))
    create = CreateGroup(key=scene.key(), title="t" * 512, members=users)
    add = AddMember(room=scene.group({ana.user: OWNER}, title="t" * 512), key=scene.key(), users=users)
    for command in (create, add):
        item = committed(scene, command, ana)
        assert len(item.entries) >= 101
        assert_bounded(command, item)


@pytest.mark.parametrize(
    "command",
    [
        Restrict(room=ROOM, key=KEY, user="b" * 64, deny=tuple(Permission), until=SEQ_MAX, reason="r" * 512),
        Ban(room=ROOM, key=KEY, user="b" * 64, until=SEQ_MAX, reason="r" * 512),
        SetSettings(room=ROOM, key=KEY, defaults=GRANTABLE, slow_mode_s=21_600, join_by=JoinBy.REQUEST),
        CreateInvite(room=ROOM, key=KEY, hash=bytes(HASH_BYTES), uses=1_000_000, ttl_s=1_000_000),
    ],
    ids=lambda command: type(command).__name__,
)
def test_the_bound_of_what_is_about_rights_holds(command: Any) -> None:
    scene = Scene()
    room = scene.group({"a" * 64: OWNER, "b" * 64: MEMBER}, title="t" * 512)
    named = evolve(command, room=room)
    assert_bounded(named, committed(scene, named, scene.enter("a" * 64)))
