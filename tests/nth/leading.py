"""Calls about polls, and about rooms that somebody leads: what holds in them, their fans, their streams.

They are cancelled like the others.
"""

from __future__ import annotations

from functools import partial

from chatd import messages
from chatd.messages import HeldPost
from chatd.model import FilterAction, Key, RoomKind, Shown
from chatd.rights import Archive
from chatd.wire import content
from chatd_client import Poll
from tests.house import Peer
from tests.nth.calls import Keyed, Plain, as_admin, in_group, operations, said
from tests.nth.scene import ANA, BO, Scene


async def _created(scene: Scene, kind: RoomKind, *members: str) -> None:
    """Ana leads a room of this trial."""
    created = await scene.desk.ask(
        messages.CreateGroup(key=scene.house.key(), title=scene.title(), members=members, kind=kind)
    )
    scene.stage = created.room
    await scene.settle()


async def _asked(scene: Scene) -> None:
    """Ana has posted a poll."""
    await as_admin(scene)
    poll = content.of(Poll(question="When?", options=("now", "later"), fallback="When?"))
    post = messages.Post(room=scene.group, key=scene.house.key(), content=poll)
    scene.said = (await scene.desk.ask(post)).seq
    await scene.settle()


async def _leads(scene: Scene) -> None:
    await _created(scene, RoomKind.GROUP, scene.user())


async def _hosts(scene: Scene) -> None:
    await _created(scene, RoomKind.LIVE)


async def _bo_has(scene: Scene, kind: RoomKind, *members: str) -> None:
    """Bo has posted in a room of his, the same in all trials."""
    if not scene.stage:
        made = messages.CreateGroup(key=scene.house.key(), title="bo's", members=members, kind=kind)
        scene.stage = (await scene.bo.ask(made)).room
    post = messages.Post(room=scene.stage, key=scene.house.key(), content=content.text("hello"))
    scene.said = (await scene.bo.ask(post)).seq
    await scene.settle()


async def _follows(scene: Scene) -> None:
    await _bo_has(scene, RoomKind.BROADCAST, ANA)


async def _followed_once(scene: Scene) -> None:
    """Ana has never followed bo's room, or does no more."""
    await _bo_has(scene, RoomKind.BROADCAST)
    await scene.desk.ask(messages.Leave(room=scene.stage, key=scene.house.key()))
    await scene.settle()


async def _follow_again(scene: Scene) -> None:
    await _followed_once(scene)
    await scene.desk.ask(messages.Join(room=scene.stage, key=scene.house.key()))
    await scene.settle()


async def _watches(scene: Scene) -> None:
    """Ana watches bo's stream, from its beginning if she had left it."""
    await _bo_has(scene, RoomKind.LIVE)
    if not scene.chat._desk.follower.watches(scene.stage):
        scene.forget(scene.stage)
        scene.chat.watch(scene.stage)
    await scene.settle()


async def _sifted(scene: Scene, leader: Peer, member: str) -> list[HeldPost]:
    """Somebody leads a room, the same in all trials, which holds what a member says; return what waits there."""
    if not scene.stage:
        made = messages.CreateGroup(key=scene.house.key(), title="sifted", members=(member,))
        scene.stage = (await leader.ask(made)).room
        held = FilterAction.HOLD
        await leader.ask(messages.SetFilter(room=scene.stage, key=scene.house.key(), words=("spam",), action=held))
    page = await leader.ask(messages.HeldPosts(room=scene.stage))
    return [*page.posts]


async def _is_sifted(scene: Scene) -> None:
    """What ana says waits for bo, and nothing of hers does yet."""
    for post in await _sifted(scene, scene.bo, ANA):
        command = messages.Review(room=scene.stage, key=scene.house.key(), number=post.number, user=ANA, approve=False)
        await scene.bo.ask(command)
    await scene.settle()


async def _sifts(scene: Scene) -> None:
    """A post of bo's waits for ana."""
    await _sifted(scene, scene.desk, BO)
    await scene.bo.post(scene.stage, "spam")
    [post] = await _sifted(scene, scene.desk, BO)
    scene.said = post.number
    await scene.settle()


def _waiting(scene: Scene) -> HeldPost:
    return HeldPost(number=scene.said, user=BO, time=0, content=b"")


def _review(scene: Scene, key: Key, *, approve: bool) -> messages.Review:
    return messages.Review(room=scene.stage, key=key, number=scene.said, user=BO, approve=approve)


async def _shown_to_nobody(scene: Scene) -> None:
    await scene.desk.ask(messages.SetPresence(key=scene.house.key(), shown=Shown.NOBODY))
    await scene.settle()


async def _may_watch(scene: Scene) -> None:
    """Ana is in the group, and has watched nobody for a while: who asks again at once is told to come later."""
    await in_group(scene)
    await scene.house.sleep(2)


KEYED: dict[str, Keyed] = {
    "create_group, broadcast": Keyed(
        lambda s: s.chat.create_group(s.title(), [BO], kind=RoomKind.BROADCAST),
        lambda s, key: messages.CreateGroup(key=key, title=s.title(), members=(BO,), kind=RoomKind.BROADCAST),
    ),
    "vote": Keyed(
        lambda s: s.chat.vote(s.group, s.said, 1),
        lambda s, key: messages.Vote(room=s.group, key=key, seq=s.said, options=(1,)),
        _asked,
    ),
    "close_poll": Keyed(
        lambda s: s.chat.close_poll(s.group, s.said),
        lambda s, key: messages.ClosePoll(room=s.group, key=key, seq=s.said),
        _asked,
    ),
    "transfer_ownership": Keyed(
        lambda s: s.chat.transfer_ownership(s.stage, s.user()),
        lambda s, key: messages.TransferOwnership(room=s.stage, key=key, user=s.user()),
        _leads,
    ),
    "set_gates": Keyed(
        lambda s: s.chat.set_gates(s.group, member_s=s.n + 1),
        lambda s, key: messages.SetSettings(room=s.group, key=key, member_s=s.n + 1),
        as_admin,
    ),
    "set_filter": Keyed(
        lambda s: s.chat.set_filter(s.group, words=[f"w{s.n}"]),
        lambda s, key: messages.SetFilter(room=s.group, key=key, words=(f"w{s.n}",)),
        as_admin,
    ),
    "set_presence": Keyed(
        lambda s: s.chat.set_presence(Shown.EVERYBODY),
        lambda s, key: messages.SetPresence(key=key, shown=Shown.EVERYBODY),
        _shown_to_nobody,
    ),
    "react, as a follower": Keyed(
        lambda s: s.chat.react(s.stage, s.said, "x"),
        lambda s, key: messages.React(room=s.stage, key=key, seq=s.said, emoji="x"),
        _follows,
        aside=True,
    ),
    "join, as a follower": Keyed(
        lambda s: s.chat.join(s.stage),
        lambda s, key: messages.Join(room=s.stage, key=key),
        _followed_once,
        aside=True,
    ),
    "leave, as a follower": Keyed(
        lambda s: s.chat.leave(s.stage),
        lambda s, key: messages.Leave(room=s.stage, key=key),
        _follow_again,
        aside=True,
    ),
    "end_stream": Keyed(
        lambda s: s.chat.end_stream(s.stage, Archive.NONE),
        lambda s, key: messages.End(room=s.stage, key=key, archive=Archive.NONE),
        _hosts,
    ),
    "post, to be reviewed": Keyed(
        lambda s: s.chat.post(s.stage, "spam"),
        lambda s, key: messages.Post(room=s.stage, key=key, content=content.text("spam")),
        _is_sifted,
        aside=True,
    ),
    "approve": Keyed(
        lambda s: s.chat.approve(s.stage, _waiting(s)),
        partial(_review, approve=True),
        _sifts,
        aside=True,
    ),
    "reject": Keyed(
        lambda s: s.chat.reject(s.stage, _waiting(s)),
        partial(_review, approve=False),
        _sifts,
        aside=True,
    ),
    "post, as a watcher": Keyed(
        lambda s: s.chat.post(s.stage, "hello"),
        lambda s, key: messages.Post(room=s.stage, key=key, content=content.text("hello")),
        _watches,
    ),
}


PLAIN: dict[str, Plain] = {
    "forward": Plain(lambda s: s.chat.forward(s.group, s.group, s.said), said),
    "votes": Plain(lambda s: s.chat.votes(s.group, s.said), said),
    "filter": Plain(lambda s: s.chat.filter(s.group), as_admin),
    "held_posts": Plain(lambda s: s.chat.held_posts(s.group), as_admin),
    "watch_presence": Plain(lambda s: s.chat.watch_presence(BO, room=s.group), _may_watch),
    "unwatch": Plain(lambda s: s.chat.unwatch(s.stage), _watches),
    "cheer": Plain(lambda s: s.chat.cheer(s.stage, "x"), _watches),
}

OPERATIONS = operations(KEYED, PLAIN)
