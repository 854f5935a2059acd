"""The two catalogues: refusals (the session lives) and closes (it ends). protocol.md defines each."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Verdict(StrEnum):
    """What a client does about a refusal. A client that does not know a code goes by its verdict."""

    NEVER = "never"
    """The same command will be refused again. It was not and will not be carried out."""
    AFTER_MS = "after_ms"
    """Send it again after that many milliseconds, same key, in order."""
    REAUTH = "reauth"
    """Connect again with other credentials."""
    RESYNC = "resync"
    """Subscribe again, then decide."""


class RefusalCode(StrEnum):
    BAD_REQUEST = "bad_request"
    UNKNOWN_COMMAND = "unknown_command"
    BAD_NAME = "bad_name"
    BAD_TITLE = "bad_title"
    BAD_CONTENT = "bad_content"
    BAD_MENTION = "bad_mention"
    TOO_LARGE = "too_large"
    UNKNOWN_ROOM = "unknown_room"
    UNKNOWN_USER = "unknown_user"
    UNKNOWN_TOKEN = "unknown_token"
    UNKNOWN_REPORT = "unknown_report"
    NOT_MEMBER = "not_member"
    FORBIDDEN = "forbidden"
    WRONG_KIND = "wrong_kind"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    LAST_OWNER = "last_owner"
    ROOM_FULL = "room_full"
    TOO_MANY_ROOMS = "too_many_rooms"
    BAD_SEQ = "bad_seq"
    BAD_QUERY = "bad_query"
    BAD_EMOJI = "bad_emoji"
    DELETED = "deleted"
    TOO_LATE = "too_late"
    TAKEN = "taken"
    LIMIT_REACHED = "limit_reached"
    BAD_INVITE = "bad_invite"
    BAD_OPTION = "bad_option"
    BAD_ORIGIN = "bad_origin"
    SLOW_MODE = "slow_mode"
    REJECTED = "rejected"
    ON_HOLD = "on_hold"
    NOT_JUDGED = "not_judged"
    TOO_NEW = "too_new"
    INELIGIBLE = "ineligible"
    EMERGENCY = "emergency"
    FILTERED = "filtered"
    ENDED = "ended"
    FROZEN = "frozen"
    BUSY = "busy"
    RATE_LIMITED = "rate_limited"
    STORAGE_FULL = "storage_full"
    INTERNAL = "internal"


VERDICTS: dict[RefusalCode, Verdict] = dict.fromkeys(RefusalCode, Verdict.NEVER) | {
    RefusalCode.BUSY: Verdict.AFTER_MS,
    RefusalCode.RATE_LIMITED: Verdict.AFTER_MS,
    RefusalCode.STORAGE_FULL: Verdict.AFTER_MS,
    RefusalCode.INTERNAL: Verdict.AFTER_MS,
}
"""The verdict that each code always carries."""


class CloseCode(IntEnum):
    """1000-1499: reconnect, with full jitter. 1500-1999: do not; a person or another version must act first."""

    GOING_AWAY = 1000
    IDLE = 1001
    STALLED = 1002
    RECOVERING = 1003
    INTERNAL = 1004
    TOO_MANY_CONNECTIONS = 1005
    HELLO_TIMEOUT = 1006
    TOKEN_EXPIRED = 1007
    PROTOCOL_ERROR = 1500
    FRAME_SIZE = 1501
    UNSUPPORTED_VERSION = 1502
    UNAUTHENTICATED = 1503
    REVOKED = 1504
    REPLACED = 1505
    HELLO_EXPECTED = 1506


RECONNECT_BELOW = 1500
"""A close code below this one asks the client to come back."""


class GapReason(StrEnum):
    """Why a range of seqs is not given (promise 3: what cannot be given is named)."""

    NOT_VISIBLE = "not_visible"
    SKIPPED = "skipped"
    EXPIRED = "expired"


class Unwatching(StrEnum):
    """Why somebody does not watch a live room any more who did not say so."""

    ENDED = "ended"
    BANNED = "banned"
