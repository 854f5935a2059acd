"""Planted texts, who may ever be sent which, and what each session was sent: invariants A1, A2, A7 and A9 by bytes.

A canary is a text that cannot occur by chance. Everything that somebody writes carries one of its own. The table `WHO`
says in words whom each kind of text is for (by the clauses of protocol.md that stand there), and `Place` knows nothing
of a room but who is in it: so what is asked here is much simpler than what the daemon does.
"""

from __future__ import annotations

import random
import re

import trio
from attrs import Factory, define

from chatd.messages import Welcome
from chatd.model import Role, RoomId, UserId
from tests.house import House, Peer

SIGN = re.compile(rb"canary[a-p]{10}")
"""16 characters, as many as a link's code has bytes: 2^40 different ones."""
OPERATORS: UserId = ""
REVIEWERS = (Role.OWNER, Role.ADMIN, Role.MODERATOR)
"""Who has `delete_others` (5.3)."""
MANAGERS = (Role.OWNER, Role.ADMIN)
"""Who has `settings` (5.3)."""

WHO = {
    "post": "within",  # 9.6; who watches a live room: 5.93; followers: 9.11
    "edit": "within",
    "poll": "within",
    "forward": "within",  # 5.88, and with it what is quoted
    "title": "within and invited",  # 8.6, 9.2: `room`
    "reason": "within",  # 9.2: of a ban, a restriction, a freeze
    "reason among fans": "author",  # 9.11.2: it stands in the self room of who did it
    "restriction among fans": "author and other",  # 9.11.2: whom it concerns finds the same in theirs
    "draft": "author",  # 5.58
    "held": "author and reviewers",  # 5.104
    "review": "author and other",  # 5.104.3
    "report": "reviewers but other",  # 14.16: a room's staff, and not whom it is about
    "report of a user": "operators",  # 14.16
    "evidence": "reviewers but other",  # 14.12
    "filter": "managers",  # 5.75; its entry tells of words how many there are
    "profile": "everybody",  # 14.20
    "attribute": "operators",  # 14.17
    "query": "nobody",
    "code": "nobody",  # 5.50: the server tells its hash
    "refused": "nobody",  # what was not taken is told to nobody, not even to who said it
}
"""Whom a text is for. Operators may see all but what is for nobody (13.2, 13.17)."""


@define(eq=False)
class Ear:
    """One session, and all bytes that it was ever sent."""

    peer: Peer
    user: UserId
    heard: bytearray


class _Keeping(trio.abc.ReceiveStream):
    """The receiving end of a session's stream, which keeps what comes."""

    def __init__(self, stream: trio.abc.ReceiveStream, heard: bytearray) -> None:
        self._stream, self._heard = stream, heard

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        data = await self._stream.receive_some(max_bytes)
        self._heard += data
        return data

    async def aclose(self) -> None:
        await self._stream.aclose()


@define(eq=False)
class Said:
    """One thing that stands in the order of a room, and the canaries in it."""

    seq: int
    time: int
    author: UserId
    what: str
    canaries: tuple[str, ...]
    content: bytes = b""
    edits: list[Said] = Factory(list["Said"])
    erased: bool = False


@define(eq=False)
class Waiting:
    """What waits for those who review: a held post, or a report and its evidence."""

    what: str
    author: UserId
    canaries: tuple[str, ...]
    other: UserId = ""
    content: bytes = b""
    name: bytes = b""
    number: int = 0


@define(eq=False)
class Place:
    """A room, as far as anybody must know it who says who may see what: who is in it."""

    id: RoomId
    kind: str
    shows_all: bool
    title: str
    inside: dict[UserId, Role] = Factory(dict[UserId, Role])
    watching: dict[UserId, None] = Factory(dict[UserId, None])
    invited: dict[UserId, None] = Factory(dict[UserId, None])
    said: list[Said] = Factory(list[Said])
    held: list[Waiting] = Factory(list[Waiting])
    reports: list[Waiting] = Factory(list[Waiting])
    titles: list[str] = Factory(list[str])
    """Those that were taken before the one of now: who may read all that was there sees them."""
    words: list[str] = Factory(list[str])
    held_ever: int = 0

    def within(self) -> list[UserId]:
        return [*dict.fromkeys((*self.inside, *self.watching))]

    def having(self, roles: tuple[Role, ...]) -> list[UserId]:
        return [user for user, role in self.inside.items() if role in roles]


@define(eq=False)
class Text:
    what: str
    may: dict[UserId, None] = Factory(dict[UserId, None])
    """Who may ever be sent it."""
    standing: int = 0
    """In how many places it stands that were not erased: a forward of it is one more."""
    heard: dict[Ear, int] | None = None
    """How many bytes each session had been sent when it had been erased everywhere; None while it stands."""


@define(eq=False)
class Ledger:
    """All canaries, and all who listen."""

    chance: random.Random
    everybody: tuple[UserId, ...]
    texts: dict[str, Text] = Factory(dict[str, Text])
    ears: list[Ear] = Factory(list[Ear])

    def new(self, what: str) -> str:
        """Return a text that was never there before. Nobody may see it until `tell` says who may."""
        sign = "canary" + "".join(self.chance.choices("abcdefghijklmnop", k=10))
        self.texts[sign] = Text(what)
        return sign

    def whom(self, what: str, place: Place | None, author: UserId, other: UserId) -> list[UserId]:
        """Return whom a text of the kind `what` is for, as things are now. This and `WHO` are all the wisdom here."""
        room = place or Place(b"", "", False, "")
        return {
            "within": room.within(),
            "within and invited": [*room.within(), *room.invited],
            "author": [author],
            "author and other": [author, other],
            "author and reviewers": [author, *room.having(REVIEWERS)],
            "reviewers but other": [user for user in room.having(REVIEWERS) if user != other],
            "managers": room.having(MANAGERS),
            "everybody": [*self.everybody],
            "operators": [],
            "nobody": [],
        }[WHO[what]]

    def tell(self, signs: tuple[str, ...], what: str, place: Place | None, author: UserId, other: UserId = "") -> None:
        """From now on those may be sent `signs` whom a text of that kind is for."""
        for sign in signs:
            text = self.texts[sign]
            operators = [] if WHO[what] == "nobody" else [OPERATORS]
            text.may.update(dict.fromkeys([*self.whom(what, place, author, other), *operators]))

    def stands(self, signs: tuple[str, ...]) -> None:
        for sign in signs:
            self.texts[sign].standing += 1

    def erase(self, signs: tuple[str, ...]) -> None:
        """Note that one place in which `signs` stood has been erased: where it was the last, nobody is sent them."""
        for sign in signs:
            text = self.texts[sign]
            text.standing -= 1
            if not text.standing:
                text.heard = {ear: len(ear.heard) for ear in self.ears}

    def put(self, place: Place, said: Said) -> None:
        """Note what was committed to a room: who is in it sees it."""
        place.said.append(said)
        self.stands(said.canaries)
        self.tell(said.canaries, said.what, place, said.author)

    def delete(self, said: Said) -> None:
        for each in (said, *said.edits):
            if not each.erased:
                each.erased = True
                self.erase(each.canaries)

    def enters(self, place: Place) -> None:
        """Somebody has come into a room, was invited, or has another role: what is there is for them, too."""
        self.tell((*(place.titles if place.shows_all else ()), place.title), "title", place, "")
        for said in place.said if place.shows_all else []:
            if not said.erased:
                self.tell(said.canaries, said.what, place, said.author)
        for each in (*place.held, *place.reports):
            self.tell(each.canaries, each.what, place, each.author, each.other)
        self.tell(tuple(place.words), "filter", place, "")

    def leaks(self) -> list[str]:
        """Return whatever a session was sent that its user may not see, or that was erased by then."""
        return [leak for ear in self.ears for leak in self._leaks_to(ear)]

    def _leaks_to(self, ear: Ear) -> list[str]:
        found: list[str] = []
        for match in SIGN.finditer(ear.heard):
            sign = match.group().decode()
            text = self.texts.get(sign)
            if text is None:
                found.append(f"{sign}, which nobody wrote, to {ear.user!r}")
            elif ear.user not in text.may:
                found.append(f"{sign} ({text.what}) to {ear.user!r}")
            elif text.heard is not None and match.start() >= text.heard.get(ear, 0):
                found.append(f"{sign} ({text.what}) to {ear.user!r} after it was erased")
        return found

    def shown(self) -> set[str]:
        """Return the kinds of texts of which somebody was sent one."""
        signs = {sign.decode() for ear in self.ears for sign in SIGN.findall(ear.heard)}
        return {self.texts[sign].what for sign in signs if sign in self.texts}


async def listen(house: House, ledger: Ledger, user: UserId, device: str = "phone") -> Ear:
    """Return the open session of a user, or of an operator, of which all bytes are kept from the first on."""
    peer = await house.connect(operators=user == OPERATORS)
    heard = bytearray()
    peer.stream = trio.StapledStream(peer.stream, _Keeping(peer.stream, heard))
    scheme = "operator" if user == OPERATORS else "dev"
    assert isinstance(await peer.hello(user, device, scheme=scheme), Welcome)
    if user != OPERATORS:
        await peer.subscribe(peer.room)
    peer.received.clear()
    ear = Ear(peer, user, heard)
    ledger.ears.append(ear)
    return ear
