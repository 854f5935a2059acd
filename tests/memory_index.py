"""The reference index: it looks at everything, word by word. The real one is held against it, and daemons run on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from attrs import define, field

from chatd import words
from chatd.model import RoomId
from chatd.storage.index import (
    NO_PROGRESS,
    Edited,
    Erased,
    Find,
    Found,
    Hit,
    IndexChange,
    IndexFailed,
    Posted,
    Progress,
)

Name = tuple[RoomId, int]


@define(eq=False)
class Text:
    posted: Posted
    version: int
    words: list[str]
    erased: bool


def has(said: list[str], term: words.Term) -> bool:
    """Return whether the words of `term` stand one behind another in `said`."""
    *whole, last = term.words
    for start in range(len(said) - len(whole)):
        end = said[start + len(whole)]
        if said[start : start + len(whole)] == whole and (end.startswith(last) if term.open else end == last):
            return True
    return False


@define(eq=False)
class MemoryIndex:
    """Forgets everything when it is begun anew, and only then."""

    texts: dict[Name, Text] = field(factory=dict[Name, Text])
    progress: Progress = NO_PROGRESS
    epoch: bytes = b""
    begun: list[bool] = field(factory=list[bool])
    """Whether each `begin` was asked to begin anew."""
    failures: list[IndexFailed] = field(factory=list[IndexFailed])
    """What the next calls meet, in order."""
    untidy: bool = False
    puts: list[int] = field(factory=list[int])
    """How many changes came with each `put`."""

    def _meet(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    async def begin(self, epoch: bytes, *, anew: bool = False) -> Progress:
        self._meet()
        self.begun.append(anew)
        if anew or epoch != self.epoch:
            self.texts.clear()
            self.progress, self.epoch, self.untidy = NO_PROGRESS, epoch, False
        return self.progress

    async def put(self, changes: Sequence[IndexChange], progress: Progress | None) -> None:
        self._meet()
        self.puts.append(len(changes))
        for change in changes:
            self._take(change)
        self.progress = progress or self.progress

    def _take(self, change: IndexChange) -> None:
        name = (change.room, change.seq)
        match change:
            case Posted():
                said = words.words(change.text or "")
                self.texts[name] = Text(change, change.seq, said, change.text is None)
            case Edited():
                if name in self.texts and not self.texts[name].erased:
                    self.texts[name].version, self.texts[name].words = change.version, words.words(change.text)
                    self.untidy = True
            case Erased():
                if name in self.texts and not self.texts[name].erased:
                    self.texts[name].erased, self.texts[name].words = True, []
                    self.untidy = True
            case _:
                assert_never(change)

    async def find(self, find: Find, *, deadline_s: float) -> Found:
        self._meet()
        names = list(self.texts)
        end = names.index(find.below) if find.below in names else len(names)
        hits = [self._hit(name) for name in reversed(names[:end]) if self._fits(self.texts[name], find)]
        return Found(tuple(hits[: find.limit]), more=len(hits) > find.limit)

    def _hit(self, name: Name) -> Hit:
        return Hit(*name, self.texts[name].version)

    def _fits(self, text: Text, find: Find) -> bool:
        posted = text.posted
        return (
            any(
                scope.room == posted.room and scope.first <= posted.seq and text.version <= scope.last
                for scope in find.scopes
            )
            and (find.sender is None or posted.sender == find.sender)
            and (find.before is None or posted.time < find.before)
            and (find.after is None or posted.time >= find.after)
            and all(has(text.words, term) for term in find.terms)
        )

    async def tidy(self) -> bool:
        self._meet()
        self.untidy = False
        return False

    async def aclose(self) -> None:
        """There is nothing to close."""
