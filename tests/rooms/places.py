"""The people and the rooms that the tables of `matrix` speak of, and how a command of a row is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, evolve, field, frozen

from chatd import messages as m, model
from chatd.chain import invite_hash, origin, pack, self_id, short
from chatd.messages import Command
from chatd.model import EntryKind, Item, MemberState, NewEntry, PollRecord, Role, RoomId, RoomKind, SeqOf
from chatd.rights import USUAL, Invite, JoinBy, Permission, Settings
from chatd.rooms.effects import Actor
from chatd.wire import quoting
from tests.rooms.cast import NOBODY, PEOPLE, STANDINGS
from tests.rooms.matrix import Row
from tests.rooms.pieces import a_held, finished, text
from tests.rooms.scene import EPOCH, LEFT, MEMBER, NOW, OWNER, Scene, Standing

DOORS = {"open": JoinBy.REQUEST, "public": JoinBy.OPEN}
SETTINGS = {RoomKind.BROADCAST: Settings(defaults=(Permission.REACT,))}
"""What holds in a room of a kind, where that is not the usual."""


@frozen
class At:
    """From what a command of a row is made."""

    world: World
    actor: str
    room: RoomId
    args: tuple[str, ...]

    @property
    def key(self) -> bytes:
        return self.world.scene.key()

    @property
    def head(self) -> int:
        """The last seq of the room, or the one beyond it."""
        return len(self.world.scene.log(self.room)) + (self.word("head") == "beyond")

    @property
    def post(self) -> int:
        """The seq of the post that the command is about: the first one, where nothing is said of it."""
        if self.word("") == "beyond":
            return self.head
        author = self.actor if self.word("") == "own" else self.whom() if self.args else None
        posts = [entry for entry in self.world.scene.log(self.room) if entry.kind is EntryKind.POST]
        return next((post.seq for post in posts if author in (None, post.sender)), 2)

    @property
    def poll(self) -> int:
        """The seq of the poll of a room, or the post that the command is about, where the row names one."""
        polls = [seq for room, seq in self.world.scene.store._tables.polls if room == self.room]
        return self.post if self.args or not polls else polls[0]

    def origin(self) -> m.Origin | None:
        """Return where the post stands that a row forwards: the first of the group, or of a group of others."""
        match self.args:
            case ["forward", where]:
                return m.Origin(room=self.world.group if where == "group" else self.world.others, seq=2)
            case _:
                return None

    def whom(self) -> str:
        """Return the name of the person that the command is about."""
        match self.args:
            case ["oneself" | "own" | "alone", *_]:
                return self.actor
            case ["nobody", *_]:
                return NOBODY
            case [standing, *_] if standing in PEOPLE:
                return PEOPLE[standing][1]
            case _:
                return PEOPLE["owner"][1]

    def whom_last(self) -> str:
        """Return the name of the person whom the last word of the row stands for."""
        return PEOPLE[self.word("owner")][1]

    def held_of(self) -> str:
        """Return the name of whose post is reviewed: another's, or one's own that is taken back."""
        return self.actor if self.word("") == "withdraw" else self.whom_last()

    @property
    def number(self) -> int:
        """The number of a post of theirs that waits in the room, or one that no post has."""
        held = [each for each in self.world.scene.store._tables.held.values() if each.room == self.room]
        return next((each.number for each in held if each.user == self.held_of()), 99)

    def role(self) -> Role:
        word = self.word("admin")
        return Role.MODERATOR if word == "mod" else Role(word)

    def answered(self) -> int | None:
        """Return the seq of a post, where the row is about an answer to one."""
        posts = [entry.seq for entry in self.world.scene.log(self.room) if entry.kind is EntryKind.POST]
        return posts[0] if self.word("") == "reply" and posts else None

    def link(self) -> bytes:
        """Return the code of somebody's link into the room, or one that nobody made."""
        return code_of("nobody" if self.word("none") == "none" else self.whom())

    def word(self, default: str) -> str:
        """Return the last word of the row, or `default` where it says nothing."""
        return self.args[-1] if self.args else default

    def said(self) -> bytes:
        """Return what is posted: a text, unless the row says more; `mention` is followed by whom."""
        more: dict[str, Any] = {}
        match self.args:
            case ["mention", standing]:
                more = {"mentions": [NOBODY if standing == "nobody" else PEOPLE[standing][1]]}
            case ["mention_all"]:
                more = {"mention_all": True}
            case ["forward", _] if origin := self.origin():
                post = self.world.scene.log(origin.room)[origin.seq - 1]
                return quoting.forward(quoting.quote_of(post.body, post.sender, post.time))
            case ["media"]:
                return pack({"type": "shop.coupon", "fallback": "a coupon"})
            case _:
                pass
        return pack({"type": "text", "text": "hello"} | more)


def code_of(name: str) -> bytes:
    """Return the code of the link that somebody made."""
    return name.encode().ljust(16, b".")


MAKE: Mapping[type[Any], Callable[[At], Command]] = {
    m.Post: lambda at: m.Post(
        room=at.room,
        key=at.key,
        content=at.said(),
        reply=at.answered(),
        ttl_s=60 if at.word("text") == "ttl" else None,
        origin=at.origin(),
    ),
    m.Block: lambda at: m.Block(key=at.key, user=at.whom()),
    m.Report: lambda at: m.Report(key=at.key, room=at.room, seq=None if "room" in at.args else at.post, reason="spam"),
    m.Reports: lambda at: m.Reports(room=at.room),
    m.Evidence: lambda at: m.Evidence(room=at.room, report=bytes(16)),
    m.Resolve: lambda at: m.Resolve(room=at.room, report=bytes(16)),
    m.SetRelation: lambda at: m.SetRelation(
        key=at.key, user="olga", other=at.whom(), relation=model.RelationKind.FOLLOW
    ),
    m.SetAttributes: lambda at: m.SetAttributes(key=at.key, user=at.whom(), attributes={"level": 3}),
    m.SetProfile: lambda at: m.SetProfile(key=at.key, name="Somebody"),
    m.Profiles: lambda at: m.Profiles(users=(at.whom(),)),
    m.Contacts: lambda _: m.Contacts(which=model.ContactList.BLOCKS),
    m.OpenDirect: lambda at: m.OpenDirect(key=at.key, user=at.whom()),
    m.CreateGroup: lambda at: m.CreateGroup(key=at.key, title="new", members=(at.whom(),)),
    m.AddMember: lambda at: m.AddMember(room=at.room, key=at.key, users=(at.whom(),)),
    m.RemoveMember: lambda at: m.RemoveMember(room=at.room, key=at.key, user=at.whom()),
    m.Join: lambda at: m.Join(room=at.room, key=at.key),
    m.Leave: lambda at: m.Leave(room=at.room, key=at.key),
    m.SetTitle: lambda at: m.SetTitle(
        room=at.room, key=at.key, title="tea" if at.word("other") == "same" else "coffee"
    ),
    m.SetRole: lambda at: m.SetRole(room=at.room, key=at.key, user=at.whom(), role=at.role()),
    m.TransferOwnership: lambda at: m.TransferOwnership(room=at.room, key=at.key, user=at.whom()),
    m.Restrict: lambda at: m.Restrict(room=at.room, key=at.key, user=at.whom(), deny=(Permission.POST,)),
    m.Ban: lambda at: m.Ban(room=at.room, key=at.key, user=at.whom()),
    m.Unban: lambda at: m.Unban(room=at.room, key=at.key, user=at.whom()),
    m.SetSettings: lambda at: m.SetSettings(
        room=at.room,
        key=at.key,
        slow_mode_s=0 if at.word("other") == "same" else 9,
        ttl_s=60 if at.word("other") == "ttl" else None,
        requires={"region": ("eu",)} if at.word("other") == "gate" else None,
    ),
    m.SetFilter: lambda at: m.SetFilter(
        room=at.room, key=at.key, words=() if at.word("other") == "same" else ("spam",)
    ),
    m.Review: lambda at: m.Review(
        room=at.room, key=at.key, number=at.number, user=at.held_of(), approve=not {"reject", "withdraw"} & {*at.args}
    ),
    m.HeldPosts: lambda at: m.HeldPosts(room=at.room),
    m.AskFilter: lambda at: m.AskFilter(room=at.room),
    m.CreateInvite: lambda at: m.CreateInvite(room=at.room, key=at.key, hash=invite_hash(at.room, bytes(16))),
    m.RevokeInvite: lambda at: m.RevokeInvite(room=at.room, key=at.key, hash=invite_hash(at.room, at.link())),
    m.JoinByInvite: lambda at: m.JoinByInvite(room=at.room, key=at.key, code=at.link()),
    m.RequestJoin: lambda at: m.RequestJoin(room=at.room, key=at.key),
    m.Search: lambda at: m.Search(room=at.room, query="hello"),
    m.Permissions: lambda at: m.Permissions(room=at.room, user=at.whom() if at.args else None),
    m.Edit: lambda at: m.Edit(room=at.room, key=at.key, seq=at.post, content=text("edited")),
    m.Delete: lambda at: m.Delete(room=at.room, key=at.key, seq=at.post),
    m.React: lambda at: m.React(room=at.room, key=at.key, seq=at.post, emoji="+"),
    m.Pin: lambda at: m.Pin(room=at.room, key=at.key, seq=at.post),
    m.Vote: lambda at: m.Vote(room=at.room, key=at.key, seq=at.poll, options=(0,)),
    m.ClosePoll: lambda at: m.ClosePoll(room=at.room, key=at.key, seq=at.poll),
    m.Votes: lambda at: m.Votes(room=at.room, seq=at.post),
    m.Versions: lambda at: m.Versions(room=at.room, seq=at.post),
    m.Reactions: lambda at: m.Reactions(room=at.room, seq=at.post),
    m.History: lambda at: m.History(room=at.room),
    m.Members: lambda at: m.Members(room=at.room),
    m.Rooms: lambda _: m.Rooms(),
    m.MarkRead: lambda at: m.MarkRead(room=at.room, seq=at.head),
    m.Typing: lambda at: m.Typing(room=at.room),
    m.Hide: lambda at: m.Hide(room=at.room, key=at.key, seq=1 if at.word("") == "first" else at.post),
    m.SetConversation: lambda at: m.SetConversation(room=at.room, key=at.key, archived=at.word("other") != "same"),
    m.SetDraft: lambda at: m.SetDraft(room=at.room, key=at.key, content=None if at.word("") == "none" else text()),
    m.MarkDelivered: lambda at: m.MarkDelivered(room=at.room, seq=at.head),
    m.WhoRead: lambda at: m.WhoRead(room=at.room, seq=at.post),
    m.SetPresence: lambda at: m.SetPresence(key=at.key, shown=model.Shown(at.word("contacts"))),
    m.WatchPresence: lambda at: m.WatchPresence(users=("olga",), room=at.room),
    m.Watch: lambda at: m.Watch(room=at.room, epoch=EPOCH, seq=0, h8=short(origin(at.room))),
    m.Unwatch: lambda at: m.Unwatch(room=at.room),
    m.Cheer: lambda at: m.Cheer(room=at.room, emoji="+"),
    m.End: lambda at: m.End(room=at.room, key=at.key),
    m.Freeze: lambda at: m.Freeze(room=at.room, key=at.key),
    m.Subscribe: lambda at: m.Subscribe(epoch=EPOCH, rooms=(at.room, 0, short(origin(at.room)))),
}


@define(eq=False)
class World:
    """The rooms of the matrix and everybody in them, on the disk of a scene."""

    words: tuple[str, ...] = ()
    """Of the row: `alone`, the owner of the group is its only one; `open`, whoever likes may ask to be let in;
    `public`, they may come in."""
    kind: RoomKind = RoomKind.GROUP
    """Of the rooms with many members."""
    scene: Scene = field(factory=Scene)
    group: RoomId = field(init=False)
    others: RoomId = field(init=False)
    gone: RoomId = field(init=False)
    pair: RoomId = field(init=False)

    def __attrs_post_init__(self) -> None:
        people = {name: STANDINGS[each] for each, names in PEOPLE.items() if each in STANDINGS for name in names}
        if "alone" in self.words:
            del people["otto"]
        self.group = self._grown(people)
        self.others = self._grown({"zoe": OWNER, "zack": MEMBER})
        self.gone = self._grown({name: LEFT if here(each) else each for name, each in people.items()})
        self.scene.know("sven", "stan", "otto")
        olga = self.scene.enter("olga", "at home")
        self.pair = self.scene.do(olga, m.OpenDirect(key=self.scene.key(), user="otto")).room
        for each in (olga, self.scene.enter("otto", "at home")):
            self.scene.do(each, m.Post(room=self.pair, key=self.scene.key(), content=text()))

    def _grown(self, people: dict[str, Standing]) -> RoomId:
        """Return a group in which everybody has made a link and a post: who left or was banned sees none of these. Of
        everybody a post waits for review. The last entry is a poll of Mike's."""
        room = self.scene.group(people, kind=self.kind)
        posts = [
            NewEntry(
                room=room, kind=EntryKind.POST, sender=name, key=self.scene.key(), time=NOW, salt=bytes(16),
                body=text(f"hello from {name}"), counts=True,
            )
            for name in people
        ]  # fmt: skip
        links = tuple(
            Invite(hash=invite_hash(room, code_of(name)), creator=name, expires=None, uses=None) for name in people
        )
        doors = [DOORS[word] for word in self.words if word in DOORS]
        settings = evolve(SETTINGS.get(self.kind, USUAL), join_by=doors[0] if doors else JoinBy.INVITATION)
        if "gated" in self.words:
            settings = evolve(settings, requires=(("region", ("eu",)),))
        held = [a_held(room, name, self.scene.key(), number) for number, name in enumerate(people, 1)]
        record = evolve(self.scene.record(room), invites=links, settings=settings, held=len(held), held_ever=len(held))
        asked = evolve(posts[0], sender="mike", key=self.scene.key())
        poll = PollRecord(room=room, seq=SeqOf(0), multiple=False, closes=None, counts=(0, 0))
        items = [*(Item(entries=(post,)) for post in posts), Item(entries=(asked,), records=(poll, record, *held))]
        finished(self.scene.store.append(items))
        self.scene.registry.g = self.scene.store.g
        return room

    def who_and_where(self, column: str) -> list[tuple[str, RoomId]]:
        """Return who asks about which room in a column of ELSEWHERE."""
        first = {standing: names[0] for standing, names in PEOPLE.items()}
        return {
            "pair": [("olga", self.pair)],
            "third": [("adam", self.pair)],
            "self": [("olga", self_id("olga"))],
            "other's": [("adam", self_id("olga"))],
            "left": [("olga", self.gone), ("mila", self.gone), ("lena", self.gone)],
            "invited": [("ivan", self.gone)],
            "banned": [("bert", self.gone)],
            "stranger": [("sven", self.gone)],
            "others": [(name, self.others) for name in first.values()],
            "never": [("olga", b"never was there."), ("sven", b"never was there.")],
        }[column]

    def actor(self, name: str) -> Actor:
        return self.scene.enter(name)


def here(standing: Standing) -> bool:
    return standing[0] in (MemberState.MEMBER, MemberState.RESTRICTED)


def command_of(row: Row, world: World, actor: str, room: RoomId) -> Command:
    return MAKE[row.command](At(world, actor, room, row.args))
