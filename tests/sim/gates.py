"""Gates: who speaks in a room of whom the app says what the room requires (protocol 5.3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from chatd.chain import self_id
from chatd.model import Entry, EntryKind, RoomId, UserId
from tests.sim.channels import facts_of
from tests.sim.rolls import Roll, changes_of

ADULT = "adult"
SPEAKING = (EntryKind.POST, EntryKind.EDIT, EntryKind.REACT, EntryKind.VOTE)


def faults(rooms: Mapping[RoomId, Sequence[Entry]], vouched: Mapping[UserId, int]) -> Iterator[str]:
    """Yield the entries by members of whom the app has never said what their room required at that place.

    `vouched` says of whom it did, and after which commit. What it took back meanwhile is not looked at, because what
    a command was judged by may be a moment older than its place; nor are approved posts, which no gate holds back.
    """
    approved = _approved(rooms)
    for entries in rooms.values():
        roll, gated = Roll(), False
        for entry in entries:
            if entry.kind is EntryKind.SETTINGS:
                gated = ADULT in facts_of(entry).get("requires", {})
            speaks = entry.kind in SPEAKING and (entry.sender, entry.g) not in approved
            is_known = entry.g > vouched.get(entry.sender, entry.g)
            if gated and speaks and not is_known and roll.roles.get(entry.sender, "member") == "member":
                yield f"A3 {entry.sender} speaks, of whom nobody has said what is required: {entry}"
            for change in changes_of(entry):
                roll.change(entry.seq, *change)


def _approved(rooms: Mapping[RoomId, Sequence[Entry]]) -> dict[tuple[UserId, int], None]:
    """Return whose post was let through by which commit."""
    found: dict[tuple[UserId, int], None] = {}
    for entry in [entry for entries in rooms.values() for entry in entries if entry.kind is EntryKind.REVIEW]:
        facts = facts_of(entry)
        if facts["approved"] and entry.room == self_id(facts["user"]):
            found[facts["user"], entry.g] = None
    return found
