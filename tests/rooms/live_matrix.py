"""Who may do what in a live room: a table as those of `matrix`, for its host, a helper, and an audience.

`viewer` watches and has no membership, `banned` was kept out, `stranger` has not come. The second of each is who a
command is about.
"""

from __future__ import annotations

from attrs import define, evolve, field

from chatd.model import EntryKind, Item, MemberState, NewEntry, PollRecord, Role, RoomId, RoomKind, SeqOf
from chatd.rights import JoinBy, Permission, Settings
from chatd.rooms.effects import Actor
from tests.rooms.cast import PEOPLE
from tests.rooms.pieces import a_held, finished, text
from tests.rooms.places import World
from tests.rooms.scene import MODERATOR, NOW, OWNER
from tests.rooms.streams import watched

CAST = {standing: PEOPLE[standing] for standing in ("owner", "mod", "viewer", "banned", "stranger")}

LIVE = """
                            owner    mod      viewer   banned   stranger
5.4  Post                   ok       ok       ok       absent   unknown
5.4  Post media             ok       ok       forbid   absent   unknown
5.7  AddMember stranger     ok       ok       unknown  absent   unknown
5.8  RemoveMember mod       ok       forbid   unknown  absent   unknown
5.9  Join                   same     same     unknown  forbid   unknown
5.10 Leave                  ok       ok       unknown  same     unknown
5.11 SetTitle other         ok       forbid   unknown  absent   unknown
5.12 SetRole mod admin      ok       forbid   unknown  absent   unknown
5.19 History                all      all      all      past     unknown
5.21 Members                ok       ok       ok       absent   unknown
5.27 MarkRead head          ok       ok       absent   absent   unknown
5.28 Typing                 ok       ok       absent   absent   unknown
5.31 Edit own               ok       ok       ok       absent   unknown
5.31 Edit viewer            forbid   forbid   forbid   absent   unknown
5.32 Delete own             ok       ok       ok       absent   unknown
5.32 Delete viewer          ok       ok       forbid   absent   unknown
5.32 Delete owner           forbid   forbid   forbid   absent   unknown
5.33 React viewer           kind     kind     kind     absent   unknown
5.34 Pin viewer             ok       ok       forbid   absent   unknown
5.35 Versions viewer        ok       ok       ok       beyond   unknown
5.37 Reactions viewer       ok       ok       forbid   absent   unknown
5.46 Restrict viewer        ok       ok       unknown  absent   unknown
5.46 Restrict stranger      ok       ok       unknown  absent   unknown
5.46 Restrict banned        ok       ok       unknown  absent   unknown
5.46 Restrict owner         forbid   forbid   unknown  absent   unknown
5.46 Restrict nobody        nobody   nobody   unknown  absent   unknown
5.47 Ban viewer             ok       ok       unknown  absent   unknown
5.47 Ban stranger           ok       ok       unknown  absent   unknown
5.47 Ban banned             same     same     unknown  absent   unknown
5.47 Ban owner              forbid   forbid   unknown  absent   unknown
5.47 Ban nobody             nobody   nobody   unknown  absent   unknown
5.48 Unban banned           ok       ok       unknown  absent   unknown
5.49 SetSettings other      ok       forbid   unknown  absent   unknown
5.50 CreateInvite           ok       ok       unknown  absent   unknown
5.52 JoinByInvite none      same     same     invite   forbid   invite
5.53 RequestJoin            same     same     unknown  forbid   unknown
5.54 Permissions oneself    ok       ok       ok       absent   unknown
5.57 SetConversation other  ok       ok       unknown  ok       unknown
5.59 MarkDelivered head     ok       ok       absent   absent   unknown
5.60 WhoRead viewer         kind     kind     kind     absent   unknown
5.74 SetFilter other        ok       forbid   unknown  absent   unknown
5.75 AskFilter              ok       forbid   unknown  absent   unknown
5.79 TransferOwnership mod  ok       forbid   unknown  absent   unknown
5.82 Vote                   ok       ok       ok       absent   unknown
5.82 Vote owner             beyond   beyond   beyond   absent   unknown
5.83 ClosePoll              ok       forbid   forbid   absent   unknown
5.84 Votes owner            ok       ok       forbid   absent   unknown
5.95 Watch                  live     live     live     forbid   live
5.96 Unwatch                same     same     ok       same     same
5.97 Cheer                  ok       ok       ok       absent   unknown
5.98 End                    ok       forbid   unknown  absent   unknown
5.100 Review viewer         ok       ok       unknown  absent   unknown
5.100 Review withdraw       beyond   beyond   ok       absent   unknown
5.101 HeldPosts             ok       ok       ok       absent   unknown
8.4  Subscribe              live     live     live     closed   unknown
14.8 Report viewer          ok       ok       ok       beyond   unknown
14.8 Report own             forbid   forbid   forbid   beyond   unknown
14.8 Report room            ok       ok       ok       ok       unknown
"""


@define(eq=False)
class Stage:
    """A live room on the disk of a scene, in which staff and audience have posted. The last entry is a poll of the
    owner's."""

    world: World = field(factory=World)
    room: RoomId = field(init=False)

    def __attrs_post_init__(self) -> None:
        scene = self.world.scene
        staff = dict.fromkeys(CAST["owner"], OWNER) | dict.fromkeys(CAST["mod"], MODERATOR)
        banned = dict.fromkeys(CAST["banned"], (MemberState.BANNED, Role.MEMBER))
        scene.know(*(name for names in CAST.values() for name in names))
        self.room = scene.group(staff | banned, kind=RoomKind.LIVE)
        settings = Settings(defaults=(Permission.POST, Permission.REACT), join_by=JoinBy.OPEN)
        scene.put(evolve(scene.record(self.room), settings=settings))
        posts = [
            NewEntry(
                room=self.room, kind=EntryKind.POST, sender=name, key=scene.key(), time=NOW, salt=bytes(16),
                body=text(f"hello from {name}"), counts=True,
            )
            for name in (*CAST["owner"], *CAST["mod"], *CAST["viewer"])
        ]  # fmt: skip
        asked = evolve(posts[0], key=scene.key())
        held = [a_held(self.room, name, scene.key(), number) for number, name in enumerate(CAST["viewer"], 1)]
        counted = evolve(scene.record(self.room), held=len(held), held_ever=len(held))
        poll = PollRecord(room=self.room, seq=SeqOf(0), multiple=False, closes=None, counts=(0, 0))
        items = [*(Item(entries=(each,)) for each in posts), Item(entries=(asked,), records=(poll, counted, *held))]
        finished(scene.store.append(items))
        scene.registry.g = scene.store.g

    def actor(self, standing: str) -> Actor:
        """Return somebody who has come; a viewer watches."""
        actor = self.world.scene.enter(CAST[standing][0])
        if standing == "viewer":
            assert watched(self.world.scene, actor, self.room)
        return actor
