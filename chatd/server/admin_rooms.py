"""`chatd admin room`: what may not be said in a room, what waits there for review, what is handed on, and its end."""

from __future__ import annotations

import json
from typing import Any

from chatd.limits import CONTAINERS_MAX
from chatd.messages import (
    AskFilter,
    Committed,
    End,
    FilterOf,
    HeldPage,
    HeldPost,
    HeldPosts,
    History,
    HistoryPage,
    Origin,
    Post,
    Review,
    SetFilter,
    Unfit,
    Versions,
    VersionsPage,
)
from chatd.model import NO_FILTER, EntryKind, FilterAction, Links, Role
from chatd.rights import Archive
from chatd.server.admin_reading import PAGE, BadArgument, answered, commit, committed, plain, print_lines, room_of
from chatd.server.console import DEFAULTS, Settings, new_key
from chatd.server.operate import Operator, OperatorError
from chatd.wire import quoting
from chatd.wire.strict import unpack


def end(room: str, /, *, archive: Archive = Archive.ALL, config: Settings = DEFAULTS) -> int:
    """End the stream of ROOM, a live room: nobody writes in it any more. Takes the options of serve.

    Parameters
    ----------
    archive
        For whom it is kept: all, staff, or none, which erases what was said.
    """
    return commit(config, lambda: End(room=room_of(room), key=new_key(), archive=archive))


# -- what may not be said ----------------------------------------------------------------------------------------------


def show_filter(room: str, /, *, config: Settings = DEFAULTS) -> int:
    """Print what may not be said in ROOM, as a JSON object. Takes the options of serve."""
    return print_lines(config, lambda: AskFilter(room=room_of(room)), _filter)


async def _filter(operator: Operator, command: AskFilter) -> list[str]:
    there = await answered(operator, command, FilterOf)
    words = {"words": there.words, "links": there.links.value, "hosts": there.hosts}
    return [json.dumps({**words, "exempt": there.exempt.value, "action": there.action.value})]


def set_filter(
    room: str,
    /,
    *,
    words: str | None = None,
    links: Links | None = None,
    hosts: str | None = None,
    exempt: Role | None = None,
    action: FilterAction | None = None,
    config: Settings = DEFAULTS,
) -> int:
    """Set what may not be said in ROOM. What is not given stays as it is. Takes the options of serve.

    Parameters
    ----------
    words
        Words, and words one behind another, with commas between. Empty: none.
    links
        Which links may be said: any, none, or listed, those to `hosts`.
    hosts
        Names of hosts with commas between. Empty: none.
    exempt
        Whoever has this role, or a higher one, says what they like.
    action
        What becomes of a post that it catches: refuse, or hold for review.
    """

    def make() -> SetFilter:
        return SetFilter(
            room=room_of(room),
            key=new_key(),
            words=_listed(words),
            links=links,
            hosts=_listed(hosts),
            exempt=exempt,
            action=action,
        )

    return commit(config, make)


def unset_filter(room: str, /, *, config: Settings = DEFAULTS) -> int:
    """Let everything be said in ROOM again. Takes the options of serve."""

    def make() -> SetFilter:
        return SetFilter(
            room=room_of(room),
            key=new_key(),
            words=NO_FILTER.words,
            links=NO_FILTER.links,
            hosts=NO_FILTER.hosts,
            exempt=NO_FILTER.exempt,
            action=NO_FILTER.action,
        )

    return commit(config, make)


def _listed(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple([word.strip() for word in text.split(",") if word.strip()])


# -- what waits for review ---------------------------------------------------------------------------------------------


def held(room: str, /, *, config: Settings = DEFAULTS) -> int:
    """Print the posts of ROOM that wait for review, oldest first, one JSON object a line. The daemon's log tells it.
    Takes the options of serve."""
    return print_lines(config, lambda: HeldPosts(room=room_of(room), limit=PAGE), _held)


async def _held(operator: Operator, command: HeldPosts) -> list[str]:
    lines: list[str] = []
    more = True
    while more:
        page = await answered(operator, command, HeldPage)
        lines += [json.dumps(_waiting(each)) for each in page.posts]
        more = page.more and bool(page.posts)
        if more:
            command = HeldPosts(room=command.room, after=page.posts[-1].number, limit=PAGE)
    return lines


def _waiting(post: HeldPost) -> dict[str, Any]:
    what = plain(unpack(post.content, CONTAINERS_MAX))
    return {"number": post.number, "user": post.user, "time": post.time, "reply": post.reply, "content": what}


def approve(room: str, number: int, /, *, config: Settings = DEFAULTS) -> int:
    """Let the post NUMBER, which waits in ROOM, become an entry of it. Takes the options of serve."""
    return _review(config, room, number, "", approved=True)


def reject(room: str, number: int, /, *, reason: str = "", config: Settings = DEFAULTS) -> int:
    """Let the post NUMBER, which waits in ROOM, not become an entry of it. Takes the options of serve.

    Parameters
    ----------
    reason
        For its author.
    """
    return _review(config, room, number, reason, approved=False)


def _review(config: Settings, room: str, number: int, reason: str, *, approved: bool) -> int:
    def make() -> HeldPosts:
        if number < 1:
            raise BadArgument("NUMBER: that of a post that waits expected")
        return HeldPosts(room=room_of(room), after=number - 1, limit=1)

    async def work(operator: Operator, asked: HeldPosts) -> Committed:
        page = await answered(operator, asked, HeldPage)
        author = next((each.user for each in page.posts if each.number == number), None)
        if author is None:
            raise OperatorError("no such post waits for review")
        review = Review(room=asked.room, key=new_key(), number=number, user=author, approve=approved, reason=reason)
        return await answered(operator, review, Committed)

    return committed(config, make, work)


# -- what is handed on -------------------------------------------------------------------------------------------------


def forward(room: str, source: str, seq: int, /, *, text: str = "", config: Settings = DEFAULTS) -> int:
    """Hand the post at SEQ of the room SOURCE on to ROOM, as it reads now. Takes the options of serve.

    Parameters
    ----------
    text
        What is said beside it.
    """

    async def work(operator: Operator, asked: History) -> Committed:
        try:
            said = await _quoting(operator, asked, seq, text)
            post = Post(room=room_of(room), key=new_key(), content=said, origin=Origin(room=asked.room, seq=seq))
        except Unfit as error:
            raise OperatorError(str(error)) from error
        return await answered(operator, post, Committed)

    def make() -> History:
        room_of(room)
        return History(room=room_of(source), around=seq, limit=1)

    return committed(config, make, work)


async def _quoting(operator: Operator, asked: History, seq: int, text: str) -> bytes:
    """Return the content of a true forward of the post at `seq`. Raises OperatorError where there is none, Unfit where
    it cannot be quoted."""
    page = await answered(operator, asked, HistoryPage)
    post = next((each for each in page.entries if each.seq == seq and each.kind == EntryKind.POST), None)
    said = await _newest(operator, page, seq) or (post.body if post else None)
    if post is None or said is None:
        raise OperatorError("no such post to forward")
    return quoting.forward(quoting.quote_of(said, post.sender, post.time), text)


async def _newest(operator: Operator, page: HistoryPage, seq: int) -> bytes | None:
    """Return what the newest edit of a post says, also where it was too large for the page; None without edits."""
    became = next((each for each in page.messages if each.seq == seq), None)
    if became is None or not became.edits or became.deleted:
        return None
    newest, after, more = became.edit, 0, True
    while newest is None and more:
        edits = await answered(operator, Versions(room=page.room, seq=seq, after=after), VersionsPage)
        after, more = (edits.edits[-1].seq, edits.more) if edits.edits else (after, False)
        newest = edits.edits[-1] if edits.edits and not more else None
    return newest.body if newest else None
