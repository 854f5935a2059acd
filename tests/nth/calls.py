"""Every call of the client library, cancelled at its every moment, against a real daemon.

What must hold after each cancellation (the docstrings of `Commands` and `Chat` say it): what was told as done is on
disk; what was not told is found out by sending it again with its key, and happens once; nothing of the call is left in
the library or in the daemon; the chat goes on, and tells every entry once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import trio
from attrs import evolve, frozen

from chatd import messages
from chatd.chain import direct_id, group_id, invite_hash, self_id
from chatd.messages import Committed, KeyedCommand
from chatd.model import ContactList, Key, Role, RoomId
from chatd.rights import Permission
from chatd.wire import content
from chatd_client import InviteLink
from tests.nth import steady
from tests.nth.scene import ADDING, ANA, BO, INVITING, Scene, open_scene
from tests.nth.stopper import Violation, at_every_moment, stop_at

CY = "cy"
PATIENCE_S = 36_000.0
"""On the mock clock. What takes longer hangs."""
CODE = bytes(16)
Given = Callable[[Scene], Awaitable[object]]


async def _nothing(_: Scene) -> None:
    """Most calls need no preparation."""


@frozen
class Keyed:
    """A call that commits: how it is made, the command it sends under its key, and what must be so before."""

    call: Given
    command: Callable[[Scene, Key], KeyedCommand]
    prepare: Given = _nothing
    aside: bool = False
    """Whether its entry stands in ana's self room."""


@frozen
class Plain:
    """A call that commits nothing."""

    call: Given
    prepare: Given = _nothing


async def _invited(scene: Scene) -> None:
    """Ana is out of the group, and invited again."""
    await scene.bo.ask(messages.RemoveMember(room=scene.group, key=scene.house.key(), user=ANA))
    await scene.bo.ask(messages.AddMember(room=scene.group, key=scene.house.key(), users=(ANA,)))
    await scene.settle()


async def _given_a_link(scene: Scene) -> None:
    """Ana is out of the group, and has a link into it."""
    await scene.bo.ask(messages.RemoveMember(room=scene.group, key=scene.house.key(), user=ANA))
    hashed = invite_hash(scene.group, CODE)
    await scene.bo.ask(messages.CreateInvite(room=scene.group, key=scene.house.key(), hash=hashed))
    await scene.settle()


async def in_group(scene: Scene) -> None:
    """Ana is in the group, whatever came of the trial before."""
    await scene.bo.ask(messages.AddMember(room=scene.group, key=scene.house.key(), users=(ANA,)))
    await scene.desk.ask(messages.Join(room=scene.group, key=scene.house.key()))
    await scene.settle()


async def said(scene: Scene) -> None:
    """Ana has posted, and is an admin of the group. What she posted before is not pinned any more."""
    await as_admin(scene)
    if scene.said:
        await scene.desk.ask(messages.Pin(room=scene.group, key=scene.house.key(), seq=scene.said, on=False))
    post = messages.Post(room=scene.group, key=scene.house.key(), content=content.text("hello"))
    scene.said = (await scene.desk.ask(post)).seq
    await scene.settle()


async def as_admin(scene: Scene) -> None:
    """Ana is an admin of the group, and the user of this trial is in it."""
    bo, group = scene.bo, scene.group
    await in_group(scene)
    await bo.ask(messages.AddMember(room=group, key=scene.house.key(), users=(scene.user(), CY)))
    await bo.ask(messages.SetRole(room=group, key=scene.house.key(), user=ANA, role=Role.ADMIN))
    await scene.settle()


def _room_of(scene: Scene, command: KeyedCommand) -> RoomId:
    if isinstance(command, messages.CreateGroup | messages.CreateFor):
        return group_id(ANA, command.key)
    if isinstance(command, messages.OpenDirect):
        return direct_id(ANA, command.user)
    if isinstance(
        command, messages.Personal | messages.SetPresence | messages.Block | messages.Report | messages.SetProfile
    ):
        return self_id(ANA)
    if isinstance(
        command,
        (messages.CreateUser | messages.CloseUser | messages.RevokeTokens) | (messages.Tell | messages.SettleLetters),
    ):
        return self_id(ANA)
    return command.room


KEYED: dict[str, Keyed] = {
    "post": Keyed(
        lambda s: s.chat.post(s.group, "hello"),
        lambda s, key: messages.Post(room=s.group, key=key, content=content.text("hello")),
        in_group,
    ),
    "post_nowait, acked": Keyed(
        lambda s: s.chat.post_nowait(s.group, "hello").acked(),
        lambda s, key: messages.Post(room=s.group, key=key, content=content.text("hello")),
        in_group,
    ),
    "edit": Keyed(
        lambda s: s.chat.edit(s.group, s.said, "bye"),
        lambda s, key: messages.Edit(room=s.group, key=key, seq=s.said, content=content.text("bye")),
        said,
    ),
    "delete": Keyed(
        lambda s: s.chat.delete(s.group, s.said),
        lambda s, key: messages.Delete(room=s.group, key=key, seq=s.said),
        said,
    ),
    "react": Keyed(
        lambda s: s.chat.react(s.group, s.said, "x"),
        lambda s, key: messages.React(room=s.group, key=key, seq=s.said, emoji="x"),
        said,
    ),
    "pin": Keyed(
        lambda s: s.chat.pin(s.group, s.said), lambda s, key: messages.Pin(room=s.group, key=key, seq=s.said), said
    ),
    "hide": Keyed(
        lambda s: s.chat.hide(s.group, s.said), lambda s, key: messages.Hide(room=s.group, key=key, seq=s.said), said
    ),
    "set_conversation": Keyed(
        lambda s: s.chat.set_conversation(s.group, muted_until=s.n),
        lambda s, key: messages.SetConversation(room=s.group, key=key, muted_until=s.n),
        in_group,
    ),
    "block": Keyed(lambda s: s.chat.block(s.user()), lambda s, key: messages.Block(key=key, user=s.user()), as_admin),
    "report": Keyed(
        lambda s: s.chat.report("spam", user=s.user()),
        lambda s, key: messages.Report(key=key, user=s.user(), reason="spam"),
        as_admin,
    ),
    "set_profile": Keyed(
        lambda s: s.chat.set_profile(name=s.title()),
        lambda s, key: messages.SetProfile(key=key, name=s.title()),
    ),
    "create_group": Keyed(
        lambda s: s.chat.create_group(s.title(), [BO]),
        lambda s, key: messages.CreateGroup(key=key, title=s.title(), members=(BO,)),
    ),
    "open_direct": Keyed(
        lambda s: s.chat.open_direct(s.user()), lambda s, key: messages.OpenDirect(key=key, user=s.user())
    ),
    "add_member": Keyed(
        lambda s: s.chat.add_member(s.group, f"new{s.n}"),
        lambda s, key: messages.AddMember(room=s.group, key=key, users=(f"new{s.n}",)),
        as_admin,
    ),
    "remove_member": Keyed(
        lambda s: s.chat.remove_member(s.group, s.user()),
        lambda s, key: messages.RemoveMember(room=s.group, key=key, user=s.user()),
        as_admin,
    ),
    "set_title": Keyed(
        lambda s: s.chat.set_title(s.group, s.title()),
        lambda s, key: messages.SetTitle(room=s.group, key=key, title=s.title()),
        as_admin,
    ),
    "set_role": Keyed(
        lambda s: s.chat.set_role(s.group, s.user(), Role.ADMIN),
        lambda s, key: messages.SetRole(room=s.group, key=key, user=s.user(), role=Role.ADMIN),
        as_admin,
    ),
    "join": Keyed(lambda s: s.chat.join(s.group), lambda s, key: messages.Join(room=s.group, key=key), _invited),
    "leave": Keyed(lambda s: s.chat.leave(s.group), lambda s, key: messages.Leave(room=s.group, key=key), in_group),
    "restrict": Keyed(
        lambda s: s.chat.restrict(s.group, s.user(), Permission.POST),
        lambda s, key: messages.Restrict(room=s.group, key=key, user=s.user(), deny=(Permission.POST,)),
        as_admin,
    ),
    "ban": Keyed(
        lambda s: s.chat.ban(s.group, s.user()),
        lambda s, key: messages.Ban(room=s.group, key=key, user=s.user()),
        as_admin,
    ),
    "set_settings": Keyed(
        lambda s: s.chat.set_settings(s.group, slow_mode_s=s.n),
        lambda s, key: messages.SetSettings(room=s.group, key=key, slow_mode_s=s.n),
        as_admin,
    ),
    "join_by_invite": Keyed(
        lambda s: s.chat.join_by_invite(InviteLink(s.group, CODE)),
        lambda s, key: messages.JoinByInvite(room=s.group, key=key, code=CODE),
        _given_a_link,
    ),
}

PLAIN: dict[str, Plain] = {
    "history": Plain(lambda s: s.chat.history(s.group, limit=3)),
    "members": Plain(lambda s: s.chat.members(s.group), in_group),
    "rooms": Plain(lambda s: s.chat.rooms()),
    "profiles": Plain(lambda s: s.chat.profiles(ANA)),
    "contacts": Plain(lambda s: s.chat.contacts(ContactList.FOLLOWS)),
    "versions": Plain(lambda s: s.chat.versions(s.group, s.said), said),
    "reactions": Plain(lambda s: s.chat.reactions(s.group, s.said), said),
    "mark_read": Plain(lambda s: s.chat.mark_read(s.group, 1), in_group),
    "permissions": Plain(lambda s: s.chat.permissions(s.group), in_group),
    "mark_delivered": Plain(lambda s: s.chat.mark_delivered(s.group, 1), in_group),
    "who_read": Plain(lambda s: s.chat.who_read(s.group, s.said), said),
    "typing": Plain(lambda s: s.chat.typing(s.group), in_group),
    "connected": Plain(lambda s: s.chat.connected()),
}


async def _try_keyed(scene: Scene, what: Keyed) -> bool:
    """Cancel one call; learn what came of it by its key, and require that it happens once."""
    await what.prepare(scene)
    stopped = await stop_at(scene.n, lambda: what.call(scene))
    key = scene.keys.last
    await scene.settle()
    command = what.command(scene, key)
    room = self_id(ANA) if what.aside else _room_of(scene, command)
    before = await scene.stored(room, key)
    if isinstance(stopped.value, Committed) and before != [stopped.value.seq]:
        raise Violation(f"D1: told as done at {stopped.value.seq}, and {before} is stored")
    again = await scene.desk.ask(evolve(command, retry=True))
    after = await scene.stored(room, key)
    if not isinstance(again, Committed) or after != [again.seq] or again.duplicate is not bool(before):
        raise Violation(f"E1: {before} stored, and sent again {again} with {after} stored")
    await scene.settle()
    scene.require_nothing_left()
    return stopped.fired


async def _try_plain(scene: Scene, what: Plain) -> bool:
    """Cancel one call that commits nothing; require that nothing of it is left."""
    await what.prepare(scene)
    stopped = await stop_at(scene.n, lambda: what.call(scene))
    await scene.settle()
    scene.require_nothing_left()
    return stopped.fired


async def _cancel_keyed(what: Keyed) -> int:
    config = INVITING if what.prepare is _invited else ADDING
    with trio.fail_after(PATIENCE_S):
        async with open_scene(config) as scene:
            return await at_every_moment(lambda n: _try_keyed(scene.at(n), what))


async def _cancel_plain(what: Plain) -> int:
    with trio.fail_after(PATIENCE_S):
        async with open_scene(ADDING) as scene:
            return await at_every_moment(lambda n: _try_plain(scene.at(n), what))


def operations(keyed: Mapping[str, Keyed], plain: Mapping[str, Plain]) -> dict[str, Callable[[int], int]]:
    """Return the cancelling of each call, by the call's name: run with a seed for the order of tasks, it returns at how
    many moments it was cancelled."""
    found: dict[str, Callable[[int], int]] = {}
    found |= {f"chat.{name}": partial(_run, _cancel_keyed, each) for name, each in keyed.items()}
    return found | {f"chat.{name}": partial(_run, _cancel_plain, each) for name, each in plain.items()}


def _run(function: Callable[[Any], Awaitable[int]], what: Keyed | Plain, seed: int) -> int:
    return steady.run(function, what, seed=seed, jumps=True)


OPERATIONS = operations(KEYED, PLAIN)
