"""All that lines of the terminal client do beside finding rooms: the commands of each noun, and their help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from chatd.model import RoomId
from chatd_client import (
    appearing_verbs,
    body_verbs,
    broadcast_verbs,
    moderation_verbs,
    people_verbs,
    personal_verbs,
    report_verbs,
    streaming_verbs,
    verbs,
    voting_verbs,
)
from chatd_client.chat import Chat

_PARTS = (
    *(verbs, body_verbs, voting_verbs, appearing_verbs, broadcast_verbs, moderation_verbs, personal_verbs),
    streaming_verbs,
    *(people_verbs, report_verbs),
)
HELP = "".join([part.HELP for part in _PARTS])


def every_verb(
    chat: Chat,
    room: Callable[[], RoomId],
    label: Callable[[RoomId], str],
    find: Callable[[str], Awaitable[RoomId]],
    show_open: Callable[[RoomId, str], None],
    show: Callable[[str], None],
) -> dict[str, Callable[[str], Awaitable[None]]]:
    """Return what each word after the slash does with the rest of its line.

    `room` is the open one, or raises Misused; `find` the one that a user means; `show` prints.
    """
    return {
        **verbs.TalkVerbs(chat, room, label, show, find).commands(),
        **broadcast_verbs.BroadcastVerbs(chat, room, show_open, show).commands(),
        **body_verbs.BodyVerbs(chat, room).commands(),
        **moderation_verbs.ModerationVerbs(chat, room, show).commands(),
        **personal_verbs.PersonalVerbs(chat, room, show).commands(),
        **people_verbs.PeopleVerbs(chat, show).commands(),
        **appearing_verbs.AppearingVerbs(chat, room, show).commands(),
        **voting_verbs.VotingVerbs(chat, room, show).commands(),
        **streaming_verbs.StreamingVerbs(chat, room, show_open, show).commands(),
    }
