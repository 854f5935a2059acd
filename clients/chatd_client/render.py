"""How the terminal client prints what others wrote. Nothing of it may move the cursor or forge a line (threat T22)."""

from __future__ import annotations

import unicodedata
from typing import Any, cast

from attrs import evolve

from chatd.model import EntryKind, Seen
from chatd.wire.bodies import Other, Text
from chatd_client.cards import one_line
from chatd_client.directory import RoomInfo
from chatd_client.events import Entry, Summary
from chatd_client.talking import Message, Page

_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINERS = "\u200c\u200d"
"""Format characters that emoji and several scripts need, and which move nothing."""
_INDENT = "\n    | "
NOBODY = "(the server)"
"""Printed as the sender of what operators and the server itself commit. No user is called so: names have no spaces."""


def emergency(level: int) -> str:
    """Return what an emergency level of the server means, as the end of a line; nothing of level 0."""
    says = ("", "no newcomers speak", "moderators speak", "admins speak", "nobody writes")
    return f": an emergency, {says[level]}" if 0 < level < len(says) else ""


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
    name = safe(entry.sender) or NOBODY
    if entry.kind != EntryKind.POST:
        return f"[{room}] * {name} {_told(entry)}"
    answers = f" > {entry.target}" if entry.target is not None else ""
    called = " @you" if entry.mentioned and not entry.mine else ""
    said = "(deleted)" if entry.erased else _said(entry)
    return f"[{room} {entry.seq}] {name}{answers}{called}: {said}"


def _said(entry: Entry) -> str:
    match entry.typed:
        case None | Text() | Other():
            return _INDENT.join(safe(each) for each in entry.text.split("\n"))
        case body:
            return safe(one_line(body))


def _told(entry: Entry) -> str:
    facts = entry.facts
    match entry.kind:
        case EntryKind.CREATE:
            return f"created {safe(str(facts.get('title', '')))}".rstrip()
        case EntryKind.TITLE:
            return f"set the title to {safe(str(facts.get('title', '')))}"
        case EntryKind.MEMBERS:
            return _changes(facts.get("changes")) + _why(facts)
        case EntryKind.EDIT:
            return f"edited {entry.target}: {'(deleted)' if entry.erased else _said(entry)}"
        case EntryKind.DELETE:
            return f"deleted {entry.target}"
        case EntryKind.REACT:
            verb = "reacted to" if facts.get("on") else "took back from"
            return f"{verb} {entry.target}: {safe(str(facts.get('emoji', '')))}"
        case EntryKind.PIN:
            return f"{'pinned' if facts.get('on') else 'unpinned'} {entry.target}"
        case EntryKind.VOTE:
            return f"chose {chosen(facts.get('options'))} in {entry.target}; {_result(facts)}"
        case EntryKind.CLOSE:
            return f"closed {entry.target}; {_result(facts)}"
        case _:
            return _ruled(entry)


def _ruled(entry: Entry) -> str:
    facts = entry.facts
    match entry.kind:
        case EntryKind.SETTINGS:
            return f"set {'; '.join(f'{safe(name)}: {_listed(value)}' for name, value in facts.items())}"
        case EntryKind.RESTRICT:
            user, denied = safe(str(facts.get("user", ""))), facts.get("denied")
            taken = f"took {_listed(denied)} from {user}" if denied else f"gave {user} back what was taken"
            return taken + _why(facts)
        case EntryKind.END:
            return f"ended the stream (kept for: {_listed(facts.get('archive'))})"
        case EntryKind.FEATURES:
            return f"off from here on: {_listed(facts.get('off')) or 'nothing'}"
        case EntryKind.FREEZE:
            return f"{'froze' if facts.get('on') else 'unfroze'} the room{_why(facts)}"
        case EntryKind.FILTER:
            return f"set the filter: {'; '.join(f'{safe(name)}: {_listed(value)}' for name, value in facts.items())}"
        case EntryKind.HELD:
            return f"posted what waits for review, as number {safe(str(facts.get('number')))}"
        case EntryKind.REVIEW:
            return _reviewed(facts, entry.sender)
        case EntryKind.INVITE:
            return "revoked a link" if facts.get("revoked") else "made a link"
        case _:
            return f"({safe(entry.kind)})"


def _reviewed(facts: dict[str, Any], sender: str) -> str:
    if facts.get("user") == sender:
        return "took back what waited for review"
    verdict = "approved" if facts.get("approved") else "rejected"
    return f"{verdict} the post of {safe(str(facts.get('user')))} that waited" + _why(facts)


def _why(facts: dict[str, Any]) -> str:
    return f" ({safe(str(facts['reason']))})" if facts.get("reason") else ""


def _changes(changes: object) -> str:
    if not isinstance(changes, list):
        return "changed the members"
    return "; ".join(_standing(each) for each in cast("list[object]", changes))


def _listed(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(_named(*each) for each in cast("dict[object, object]", value).items())
    several = isinstance(value, list)
    return ", ".join(safe(str(each)) for each in cast("list[object]", value)) if several else safe(str(value))


def _named(name: object, value: object) -> str:
    """Return a name, with what is listed under it."""
    return f"{safe(str(name))}={_listed(cast('object', value))}" if isinstance(value, list) else safe(str(name))


def _standing(parts: object) -> str:
    """Return what a [user, state, role] says; what is something else says nothing."""
    return " ".join(safe(str(part)) for part in cast("list[object]", parts)) if isinstance(parts, list) else ""


def summed(summary: Summary, room: str) -> list[str]:
    """Return what many came to as it is printed, a line for each post that has reactions, and for each poll."""
    told = {seq: " ".join([f"{safe(emoji)} {n}" for emoji, n in of.items()]) for seq, of in summary.reactions.items()}
    lines = [f"[{room} {seq}] {counted}" for seq, counted in told.items() if counted]
    return [*lines, *[f"[{room} {seq}] the votes: {_counted(votes)}" for seq, votes in summary.votes.items()]]


def chosen(options: object) -> str:
    """Return the options that a vote is for, counted from 1 as people do."""
    places = cast("list[object]", options) if isinstance(options, list | tuple) else []
    return " and ".join(str(place + 1) for place in places if type(place) is int) or "nothing any more"


def _result(facts: dict[str, Any]) -> str:
    return f"the votes: {_counted(facts.get('counts'))}"


def _counted(counts: object) -> str:
    several = cast("list[object]", counts) if isinstance(counts, list | tuple) else []
    return ", ".join(f"({number}) {safe(str(count))}" for number, count in enumerate(several, 1))


def presence(seen: dict[str, Seen]) -> list[str]:
    """Return a line for each user who was there not too long ago: of the others nothing is known."""
    known = [(user, step) for user, step in seen.items() if step is not Seen.LONG_AGO]
    return [f"    {safe(user)} {_SEEN[step]}" for user, step in known]


_SEEN = {
    Seen.ONLINE: "is here",
    Seen.RECENTLY: "was here within a day",
    Seen.WEEK: "was here within a week",
    Seen.MONTH: "was here within a month",
}


def paged(page: Page, room: str) -> list[str]:
    """Return a page of history as it is printed: each post as it reads now, and none of the edits that led there.

    An edit of a post that the page does not hold stands for itself, and so do those of which the newest did not fit.
    """
    newest = {seq: message for seq, message in page.messages.items() if message.edit or message.deleted}
    lines: list[str] = []
    for entry in page.entries:
        if entry.kind == EntryKind.EDIT and entry.target in newest:
            continue
        message = page.messages.get(entry.seq)
        told = line(entry if message is None else _as_edited(entry, message), room)
        lines.append(f"{told} {became(message) if message else ''}".rstrip(" "))
    return lines


def _as_edited(post: Entry, message: Message) -> Entry:
    """Return a post with what its newest edit says, and still as old as it is."""
    edit = message.edit
    return post if edit is None else evolve(post, content=edit.content, body=edit.body, mentioned=edit.mentioned)


def became(message: Message) -> str:
    """Return what became of a post, to be printed beside it: that it was edited, how a poll stands, the reactions."""
    if message.deleted:
        return ""
    edited = [f"(edited {message.edits} times)" if message.edits > 1 else "(edited)"] if message.edits else []
    votes = [f"(votes: {_counted(message.votes)}{', closed' if message.closed else ''})"] if message.votes else []
    return " ".join([*edited, *votes, *(f"{safe(emoji)} {count}" for emoji, count in message.reactions.items())])
