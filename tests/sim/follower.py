"""An app that follows the stream of all commits, now and then, over every life of the daemon (protocol 13.17)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define, field

from chatd.messages import Follow, Followed
from chatd.model import RoomId
from chatd.server.operate import Operator

Place = tuple[RoomId, int]

EVENTS = 20


@define(eq=False)
class Follower:
    told: list[Place] = field(factory=list[Place], init=False)
    position: bytes | None = field(default=None, init=False)
    resets: int = field(default=0, init=False)
    _following: bool = field(default=False, init=False)

    async def follow(self, operator: Operator) -> None:
        """Take what there is by now. Raises what `operator` does; what came until then is kept with its position."""
        if self._following:
            return
        self._following = True
        try:
            more = True
            while more:
                page = await operator.ask(Follow(after=self.position, limit=EVENTS))
                more = isinstance(page, Followed) and page.more
                if isinstance(page, Followed):
                    self._take(page)
        finally:
            self._following = False

    def _take(self, page: Followed) -> None:
        self.resets += page.status != "ok"
        self.told += [(event.entry.room, event.entry.seq) for event in page.events]
        self.position = page.position

    def faults(self, committed: Sequence[Place]) -> Iterator[str]:
        """Yield what is wrong with the stream, if `committed` is what the store holds in the order of commits."""
        if self.resets:
            yield f"O7 the stream began anew {self.resets} times"
        for number, (told, stored) in enumerate(zip(self.told, committed, strict=False)):
            if told != stored:
                yield f"O7 event {number} of the stream is {told}, and {stored} was committed there"
                return
        if len(self.told) > len(committed):
            yield "D2 the stream told of what was never committed"
