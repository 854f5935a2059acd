"""What a client says all at once, the replies that it heard, and what must be true of them afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import trio
from attrs import Factory, define, evolve, field

from chatd.chain import self_id
from chatd.limits import CONTAINERS_FROM_SERVER, FRAME_BYTES_MAX, SEQ_MAX
from chatd.messages import Committed, CreateGroup, FromClient, KeyedCommand, Post, SetTitle, Subscribe
from chatd.model import RoomId
from chatd.storage import queries as ask
from chatd.wire import codec, content
from chatd.wire.framing import Framing
from tests.fuzz.dialogues import cursor
from tests.house import EPOCH, House
from tests.nth.scene import ANA
from tests.nth.stopper import Violation
from tests.wire.ends import HELLO


@define(eq=False)
class Script:
    """What a client says at once, hello first, and the replies that it heard, by request id."""

    commands: Sequence[FromClient]
    heard: dict[int, object] = Factory(dict[int, object])
    answered: trio.Event = Factory(trio.Event)
    """Set when everything has its reply."""
    _framing: Framing = field(factory=Framing, init=False)

    @property
    def data(self) -> bytes:
        said = [evolve(HELLO, credential=ANA, device="phone"), *self.commands]
        return b"".join(codec.encode(each, request) for request, each in enumerate(said, 1))

    async def hear(self, stream: trio.abc.Stream) -> None:
        """Keep the replies until the stream ends. Runs as a task."""
        while data := await _received(stream):
            self._framing.feed(data)
            while (payload := self._framing.take(FRAME_BYTES_MAX)) is not None:
                tag, request, body = codec.decode_payload(payload, CONTAINERS_FROM_SERVER)
                message = codec.from_server(tag, body)
                if request and self.heard.setdefault(request, message) is not message:
                    raise Violation(f"two replies to request {request}")
                if len(self.heard) > len(self.commands):
                    self.answered.set()

    def told(self) -> list[tuple[KeyedCommand, Committed | None]]:
        """Return each keyed command, with the ack that it got if it got one."""
        numbered = enumerate(self.commands, 2)
        keyed = [(request, each) for request, each in numbered if isinstance(each, KeyedCommand)]
        replies = [(each, self.heard.get(request)) for request, each in keyed]
        return [(each, reply if isinstance(reply, Committed) else None) for each, reply in replies]


async def _received(stream: trio.abc.Stream) -> bytes:
    try:
        return bytes(await stream.receive_some(1 << 20))
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return b""


def script(group: RoomId, n: int) -> Script:
    """A follow, posts, a change, a group of its own: all under keys of this trial."""
    keys = [b"key" + n.to_bytes(8, "big") + number.to_bytes(5, "big") for number in range(6)]
    posts = [Post(room=group, key=key, content=content.text(f"post {n}")) for key in keys[:3]]
    follow = Subscribe(epoch=EPOCH, rooms=(*cursor(self_id(ANA)), *cursor(group)))
    return Script(
        [follow, *posts, CreateGroup(key=keys[3], title="new"), SetTitle(room=group, key=keys[4], title=f"{n}")]
    )


async def require_once(house: House, said: Script) -> None:
    """Send every keyed command again: each has one answer, and the one that was told."""
    peer = await house.enter(ANA, "another", follow=False)
    for command, told in said.told():
        again = await peer.ask(evolve(command, retry=True))
        if not isinstance(again, Committed):
            raise Violation(f"{type(command).__name__} sent again: {again}")
        if told is not None and (again.room, again.seq, again.time) != (told.room, told.seq, told.time):
            raise Violation(f"E2: told {told}, and now {again}")
        if told is not None and not again.duplicate:
            raise Violation(f"D1: {told} was told, and is carried out again")
    await peer.stream.aclose()
    await house.rest()


async def require_dense(house: House, room: RoomId) -> None:
    query = ask.GetEntries(room=room, first=1, last=SEQ_MAX, entries_max=1 << 20, bytes_max=1 << 30)
    [page] = (await house.store.read([query])).values
    if not isinstance(page, ask.Page):
        raise Violation("no page of entries")
    seqs, names = [entry.seq for entry in page.entries], [(entry.sender, entry.key) for entry in page.entries]
    if seqs != list(range(1, len(seqs) + 1)) or len(dict.fromkeys(names)) != len(names):
        raise Violation("O1 or E1: a hole, or a key twice")
