"""How the terminal client prints what others wrote. Nothing of it may move the cursor or forge a line (threat T22)."""

from __future__ import annotations

import unicodedata
from typing import cast

from chatd.model import EntryKind
from chatd_client.directory import RoomInfo
from chatd_client.events import Entry

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINERS = "\u200c\u200d"
"""Format characters that emoji and several scripts need, and which move nothing."""
_INDENT = "\n    | "


def safe(text: str) -> str:
    """Return `text` with every control and format character, and every line end, as a visible escape."""
    return "".join(_escaped(char) if _is_hidden(char) else char for char in text)


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN and char not in _JOINERS


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def label(info: RoomInfo, user: str) -> str:
    """Return what a room is called on the terminal: its title, the peer, or the beginning of its id."""
    if info.peer is not None:
        return safe(info.peer)
    if info.title:
        return safe(info.title)
    return safe(user) if info.kind == "self" else info.room.hex()[:8]


def line(entry: Entry, room: str) -> str:
    """Return an entry as it is printed; further lines of a text are indented, so that none looks like another entry."""
    name = safe(entry.sender)
    if entry.kind != EntryKind.POST:
        return f"[{room}] * {name} {_told(entry)}"
    if entry.erased:
        return f"[{room}] {name}: (erased)"
    return f"[{room}] {name}: {_INDENT.join(safe(each) for each in entry.text.split(chr(10)))}"


def _told(entry: Entry) -> str:
    facts = entry.facts
    match entry.kind:
        case EntryKind.CREATE:
            return f"created {safe(str(facts.get('title', '')))}".rstrip()
        case EntryKind.TITLE:
            return f"set the title to {safe(str(facts.get('title', '')))}"
        case EntryKind.MEMBERS:
            return _changes(facts.get("changes"))
        case _:
            return f"({safe(entry.kind)})"


def _changes(changes: object) -> str:
    if not isinstance(changes, list):
        return "changed the members"
    return "; ".join(_standing(each) for each in cast("list[object]", changes))


def _standing(parts: object) -> str:
    """Return what a [user, state, role] says; what is something else says nothing."""
    return " ".join(safe(str(part)) for part in cast("list[object]", parts)) if isinstance(parts, list) else ""
