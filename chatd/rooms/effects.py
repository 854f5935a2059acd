"""What the meaning is asked, what it needs to know first, and all that it may ask of the world in return.

Sessions and requests are named by number: no object of the world enters chatd.rooms.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, define, evolve, field

from chatd.checked import Checked, Quote
from chatd.codes import VERDICTS, RefusalCode
from chatd.frozen import frozen
from chatd.messages import (
    Ask,
    Edit,
    Evidence,
    IsTyping,
    OperatorAsk,
    Post,
    Refused,
    Reply as ReplyMessage,
    Reports,
)
from chatd.model import (
    Answer,
    Attribute,
    HeldRecord,
    Item,
    Key,
    Profile,
    Proof,
    ReportRecord,
    RoomId,
    Shown,
    Ties,
    TokenRecord,
    UserId,
    UserRecord,
)

KeyId = tuple[RoomId, UserId, Key]
"""The scope in which a key has one answer for ever: (room, sender, key)."""

Query = Ask | Reports | Evidence | OperatorAsk
"""The commands that change no room, and whose answer comes from the store: most of them read pages."""


@frozen
class Actor:
    """Who asks: an authenticated session."""

    session: int
    user: UserId
    operator: bool = False
    created: int = 0
    """When their account was made; 0: nobody knows, and it counts as old."""
    credential: str = ""
    """What an operator is called in the audit."""
    claims: tuple[tuple[str, Attribute], ...] = ()
    """What the app says of them in the token that they came with, by name."""


@frozen(kw_only=True)
class Needs:
    """What must be in memory, or looked up, before a command can be decided."""

    rooms: tuple[RoomId, ...] = ()
    members: tuple[tuple[RoomId, UserId], ...] = ()
    key: KeyId | None = None
    own_key: KeyId | None = None
    """Where the key stands if the room of `key` has no entry of the command: in the actor's self room."""
    derived: tuple[KeyId, ...] = ()
    """The keys that further entries of what the command commits may have."""
    users: tuple[UserId, ...] = ()
    """Whose existence, and number of rooms, the decision rests on."""
    created: RoomId | None = None
    """The room whose first entry may be the answer."""
    token: bytes | None = None
    """The public id of a token, as bytes."""
    settled: tuple[tuple[RoomId, UserId], ...] = ()
    """Memberships of which nothing may be in flight: the decision writes them whole, floor and all."""
    message: tuple[RoomId, int] | None = None
    """A room and the seq of a post in it that is acted on."""
    speaks: bool = False
    """Whether a gate of the first room may ask what the app says of the actor."""
    author: bool = False
    """Whether the membership of who wrote that post counts, too."""
    reaction: tuple[str, UserId] | None = None
    """An emoji and a user, of whose reaction to that post the decision must know."""
    vote: UserId | None = None
    """A user, of whose vote in that post, a poll, the decision must know."""
    hidden: tuple[RoomId, int] | None = None
    """A room and a seq: whether the actor has hidden that entry."""
    shown: bool = False
    """Whether it counts whom the actor lets know of their presence."""
    quoted: tuple[RoomId, int] | None = None
    """A room and the seq of a post in it that is forwarded."""
    pinned: bool = False
    """Whether it counts how many conversations the actor has pinned."""
    ties: tuple[UserId, ...] = ()
    """With whom it counts what they and the actor have to do with each other."""
    blocking: bool = False
    """Whether it counts how many users the actor has blocked."""
    reporting: bool = False
    """Whether it counts how much the actor has reported lately."""
    evidence: tuple[RoomId, int] | None = None
    """A room and the seq of a post in it that is reported."""
    report: bytes | None = None
    """A report that is to be settled."""
    profile: bool = False
    """Whether it counts how the actor shows themselves until now."""
    skeleton: str | None = None
    """What a handle looks like that the actor wants."""
    held: tuple[RoomId, int] | None = None
    """A room and the number of a post that was held there."""
    letters: tuple[str, tuple[RoomId, int] | None] | None = None
    """An endpoint of the app, and the place of one of its letters; None for any."""
    held_in: RoomId | None = None
    """The room in which it counts how many posts of the actor wait for review."""


NOTHING = Needs()


@frozen
class First:
    """Where a key stands, and what tells whether a repeat is the same command."""

    room: RoomId
    seq: int
    time: int
    salt: bytes | None
    command_hash: bytes | None
    """None: it is the key of no command, but of what followed from one."""


@frozen(kw_only=True)
class Loaded:
    """The answers to `Needs` that are no part of a room in memory."""

    first: First | None = None
    derived: tuple[KeyId, ...] = ()
    """Those asked for. If one of them stands somewhere, that is `first`."""
    rooms_of: Mapping[UserId, int] = field(factory=dict[UserId, int])
    """The number of rooms of each user asked for who exists and is not closed."""
    users: Mapping[UserId, UserRecord] = field(factory=dict[UserId, UserRecord])
    """What is on record of each user asked for, closed ones too."""
    created: int | None = None
    """The time of the first entry of the room asked for."""
    token: TokenRecord | None = None
    attributes: tuple[tuple[str, Attribute], ...] = ()
    hidden: bool = False
    """Whether the actor has hidden the entry asked for."""
    pinned: int = 0
    """How many conversations the actor has pinned, where that was asked for."""
    verdict: Verdict | None = None
    """What the app's rules say of a post or an edit, where they were asked."""
    shown: Shown = Shown.NOBODY
    """Whom the actor lets know of their presence, where that was asked for."""
    quoted: Quote | None = None
    """What a true forward says of the post asked for; None where there is none that the actor may see."""
    checked: Checked | None = None
    """What the content of the command says, told by who checked it; None of a text that mentions nobody."""
    ties: Mapping[UserId, Ties] = field(factory=dict[UserId, Ties])
    """The actor's, with each user asked for."""
    blocking: int = 0
    """How many users the actor has blocked, where that was asked for."""
    reported: int = 0
    """When the actor made the oldest of as many reports as a day allows; 0: there are fewer."""
    evidence: tuple[Proof, ...] = ()
    """Some entries before the post asked for, the post itself, and its newest edit."""
    report: ReportRecord | None = None
    profile: Profile | None = None
    """The actor's, where that was asked for and there is one."""
    holder: UserId | None = None
    """Who has a handle that looks like the one asked for."""
    held: HeldRecord | None = None
    """The held post asked for."""
    letters: bool = False
    """Whether there is a letter such as was asked for."""
    waiting: int = 0
    """How many posts of the actor wait for review, where that was asked for."""


NOTHING_LOADED = Loaded()


@frozen
class Limit:
    """An upper bound of what a command can commit: the credit it takes in the journal."""

    entries: int
    bytes: int


@frozen
class Rider:
    """A reply that rests on an item in flight: it goes out after it, or fails with it."""

    session: int
    request: int
    message: ReplyMessage | None
    """None: the item's own outcome, as a duplicate."""


def _nobody() -> list[Rider]:
    return []  # `list[Rider]()` takes seven times as long: it tries to note `Rider`


@define(eq=False)
class InFlight:
    """A command's item from the decision until its outcome is applied."""

    item: Item
    session: int
    request: int
    key: KeyId | None = None
    """None of what carries no key from a client (read marks, tokens): it is answered `Done`."""
    answers: dict[UserId, Answer] | None = None
    credit: Limit | None = None
    """Taken in the journal when it was submitted; given back when it is delivered."""
    riders: list[Rider] = Factory(_nobody)


@frozen
class Reply:
    session: int
    request: int
    message: ReplyMessage


@frozen
class Commit:
    flight: InFlight


@frozen
class Signal:
    """A passing fact for everybody attached to a room but `sender`. May be shed."""

    room: RoomId
    sender: int
    message: IsTyping


@frozen
class Read:
    """Let the store answer: what the session may see, or whether its file is held."""

    session: int
    request: int
    command: Query


Effect = Reply | Commit | Signal | Read


@frozen
class Refusal:
    """An expected no."""

    code: RefusalCode
    text: str = ""
    after_ms: int | None = None
    wait_ms: int | None = None
    reason: str = ""


@frozen(kw_only=True)
class Verdict:
    """What the app's rules say of a post or an edit before it is decided: a part of its proposal (protocol 5.64).
    Neither field set: it may pass as it is."""

    refusal: Refusal | None = None
    """What it is refused with where nothing else stands against it."""
    content: bytes | None = field(default=None, repr=False)
    """What is said in the place of what was sent. It was checked."""
    hold: bool = False
    """Whether it waits for review where that can be, and is refused elsewhere alone."""


def let_through(command: Post | Edit, verdict: Verdict) -> Post | Edit:
    """Return `command` with the content that `verdict` lets through."""
    return command if verdict.content is None else evolve(command, content=verdict.content)


def refused(refusal: Refusal) -> Refused:
    """Return the message that tells a client of `refusal`."""
    return Refused(
        code=refusal.code.value,
        verdict=VERDICTS[refusal.code].value,
        text=refusal.text,
        after_ms=refusal.after_ms,
        wait_ms=refusal.wait_ms,
        reason=refusal.reason,
    )
