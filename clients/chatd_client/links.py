"""Links into a group: a text that holds all it takes to come in, so it is as good as the right to."""

from __future__ import annotations

import re

from attrs import field, frozen

from chatd.chain import invite_hash
from chatd.model import RoomId

_LINK = re.compile(r"chatd:join/([0-9a-f]{32})/([0-9a-f]{32})")


@frozen
class InviteLink:
    """A room and the code that lets into it. `str()` is what one gives to others."""

    room: RoomId
    code: bytes = field(repr=False)
    """16 random bytes, which no server keeps."""

    @property
    def hash(self) -> bytes:
        """What the server, and everybody in the room, knows the link by."""
        return invite_hash(self.room, self.code)

    def __str__(self) -> str:
        return f"chatd:join/{self.room.hex()}/{self.code.hex()}"

    @classmethod
    def parse(cls, text: str) -> InviteLink:
        """Return the link that `text` is. Raises ValueError where it is none."""
        found = _LINK.fullmatch(text.strip())
        if found is None:
            raise ValueError("this is no link: chatd:join/ROOM/CODE expected")
        return cls(bytes.fromhex(found[1]), bytes.fromhex(found[2]))
