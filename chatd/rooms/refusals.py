"""The refusals that more than one place gives."""

from __future__ import annotations

from chatd.codes import RefusalCode
from chatd.rooms.effects import Refusal

UNKNOWN_ROOM = Refusal(RefusalCode.UNKNOWN_ROOM, "no such room")
NOT_MEMBER = Refusal(RefusalCode.NOT_MEMBER, "you are not in this room")
CONFLICT = Refusal(RefusalCode.CONFLICT, "the key belongs to another command")
OPERATORS_ONLY = Refusal(RefusalCode.FORBIDDEN, "for operators")
UNCHANGED = Refusal(RefusalCode.UNCHANGED, "it is so already")
BAD_INVITE = Refusal(RefusalCode.BAD_INVITE, "the link lets nobody in")
KEPT_OUT = Refusal(RefusalCode.FORBIDDEN, "you are kept out of this room")
ENDED = Refusal(RefusalCode.ENDED, "the stream is over")
CLOSED_NAME = Refusal(RefusalCode.FORBIDDEN, "the name belonged to a user who is closed")
NO_USER = Refusal(RefusalCode.UNKNOWN_USER, "no such user")
NO_PART = Refusal(RefusalCode.FORBIDDEN, "operators do not take part")
