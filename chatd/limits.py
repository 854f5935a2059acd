"""The limits of the protocol. The constants are fixed by version 1; `Limits` is told in the greeting."""

from __future__ import annotations

from attrs import field
from attrs.validators import ge, le

from chatd.frozen import frozen

VERSION = 1

FRAME_BYTES_MAX = 64 * 1024
"""Of a frame's payload, both ways. One read of a socket is as large: a bigger frame would only sit in buffers."""
FRAME_BYTES_BEFORE_HELLO = 4 * 1024
CONTAINERS_MAX = 256
"""Maps and arrays in one frame from a client: 64 KiB of nested empty maps would cost 4.6 MB decoded."""
CONTAINERS_BEFORE_HELLO = 16
CONTAINERS_FROM_SERVER = 1024
"""Room enough for a `subscribed` of 512 rooms, each a map."""
VALUES_PER_CONTAINER = 16
"""Of all values that a frame may hold, a frame being one itself: 4,096 from a client, 256 before the hello, 16,384 from
a server. 64 KiB of small numbers would cost 2.6 MB decoded. The greatest command is a `subscribe` of 512 rooms: 1,536
values and a dozen. The greatest answer is a `subscribed` with every field of every room: 64 KiB are under 15,000."""
DEPTH_MAX = 8
CONTENT_BYTES_MAX = 32 * 1024
MENTIONS_MAX = 50
"""Users that one content mentions."""
MENTIONS_COUNTED_MAX = 100
"""Posts that mention a user, of one room: more are not counted, and clients show this as `99+`."""
EXPIRY_LATE_S_MAX = 5
"""So long after its time a post is deleted at the latest, by a server that runs and whose disk has space. For every
thousand that are due at a time, it is a second more."""
RETENTION_LATE_S_MAX = 15
"""As that, of an entry that is too old for its live room."""
HELD_LATE_S_MAX = 60
"""So long after its time a held post is rejected at the latest. For every hundred that are due at a time, it is a
second more."""
OPTIONS_MAX = 12
"""What one poll lets its voters choose from."""
QUERY_BYTES_MAX = 2 * 1024
TERMS_MAX = 16
"""Of a search: each may have to be looked for in every room of its user."""
TERM_BYTES_MAX = 64
PRESENCE_USERS_MAX = 500
"""Whose presence one session watches, whatever a server allows: all of them fit a frame."""
HOPS_MAX = 255
"""So often is a post handed on, whatever a server allows."""
CREDENTIAL_BYTES_MAX = 2 * 1024
LEEWAY_S_MAX = 300
"""By so much may the clock of who signs tokens be off at most."""
DISPLAY_BYTES_MAX = 128
"""Of a display name."""
HANDLE_BYTES_MAX = 64
HANDLE_CHARS_MIN = 3
AVATAR_BYTES_MAX = 256
REPORTS_A_DAY_MAX = 50
"""Of one user."""
REQUEST_ID_MAX = 2**32 - 1
DRAFT_BYTES_MAX = 8 * 1024
FILTER_WORDS_MAX = 100
"""Of a room's filter, each of which may be several words one behind another."""
FILTER_WORD_BYTES_MAX = 64
FILTER_PARTS_MAX = 1000
"""Words that all of a filter have together: each takes memory, and time when the filter is made ready."""
FILTER_HOSTS_MAX = 20
FILTERED_CHARS_MAX = 4096
"""Of what is said where a filter holds: it is looked through at once, and all others wait for it."""
HOST_BYTES_MAX = 253
NEWCOMER_S = 86_400
"""In an emergency, who came in less than so long ago is new."""
REQUEST_AGAIN_S = 60
"""How long who is not in a group any more waits before they ask to be let in: asking and withdrawing are entries."""
WATCHED_ROOMS_MAX = 8
"""Rooms that one session watches at once."""
CHEERS_MAX = 20
"""Of one command, and counted of one session and second in all: more than a thumb can do."""
SEQ_MAX = 2**53 - 1
"""Seqs stay exact in languages whose numbers are doubles."""


def _within(low: int, high: int) -> int:
    return field(validator=[ge(low), le(high)])


@frozen(kw_only=True)
class Limits:
    """What one server allows, in the unit that ends each name. Sent whole in the greeting."""

    frame_bytes_max: int = _within(FRAME_BYTES_MAX, FRAME_BYTES_MAX)
    content_bytes_max: int = _within(1, CONTENT_BYTES_MAX)
    requests_in_flight_max: int = _within(1, 100_000)
    subscribe_rooms_max: int = _within(1, 512)
    users_per_call_max: int = _within(1, 100)
    group_members_max: int = _within(2, 1_000_000)
    rooms_per_user_max: int = _within(1, 100_000)
    page_entries_max: int = _within(1, 200)
    page_rooms_max: int = _within(1, 100)
    page_members_max: int = _within(1, 500)
    edit_s_max: int = _within(0, 10 * 366 * 86_400)
    """How long after a post it may be edited."""
    edits_max: int = _within(0, 1_000)
    """Of one post."""
    reactions_max: int = _within(0, 50)
    """Different ones to one post."""
    pins_max: int = _within(0, 200)
    """Of one room."""
    page_reactions_max: int = _within(1, 500)
    invites_max: int = _within(0, 50)
    """Links into one room, those that expired and still stand apart."""
    join_requests_max: int = _within(0, 10_000)
    """Of one room, waiting to be let in."""
    forward_hops_max: int = _within(0, HOPS_MAX)
    """How often a post is handed on, from one who forwards it to the next; 0: nothing is forwarded."""
    held_max: int = _within(0, 10_000)
    """Posts of one room that wait for review."""
    held_per_user_max: int = _within(0, 1_000)
    """Of these, by one author."""
    held_s_max: int = _within(60, 31_622_400)
    """How long a post waits for review: then it is rejected."""
    conversations_pinned_max: int = _within(0, 100)
    """Of one user."""
    blocks_max: int = _within(0, 100_000)
    """Users whom one user has blocked."""
    typing_members_max: int = _within(0, 10_000)
    receipts_members_max: int = _within(0, 500)
    """One signal carries the marks of all of them: 500 names and seqs fit a frame."""
    presence_users_max: int = _within(0, PRESENCE_USERS_MAX)
    """Whose presence one session watches."""
    watchers_max: int = _within(0, 1_000_000)
    """Sessions that watch one room."""
    live_entries_max: int = _within(10, 20_000)
    """What a live room keeps."""
    live_s_max: int = _within(0, 31_622_400)
    """How long a live room keeps an entry, while the stream lasts; 0: however long."""
    heartbeat_s_min: int = _within(1, 25)
    heartbeat_s_max: int = _within(25, 3_600)
    hello_s_max: int = _within(1, 60)


DEFAULTS = Limits(
    frame_bytes_max=FRAME_BYTES_MAX,
    content_bytes_max=CONTENT_BYTES_MAX,
    requests_in_flight_max=1024,
    subscribe_rooms_max=512,
    users_per_call_max=100,
    group_members_max=1024,
    rooms_per_user_max=1000,
    page_entries_max=100,
    page_rooms_max=50,
    page_members_max=200,
    edit_s_max=48 * 3600,
    edits_max=50,
    reactions_max=20,
    pins_max=50,
    page_reactions_max=200,
    invites_max=20,
    join_requests_max=200,
    forward_hops_max=5,
    held_max=200,
    held_per_user_max=10,
    held_s_max=30 * 24 * 3600,
    conversations_pinned_max=10,
    blocks_max=5_000,
    typing_members_max=200,
    receipts_members_max=100,
    presence_users_max=100,
    watchers_max=100_000,
    live_entries_max=5_000,
    live_s_max=0,
    heartbeat_s_min=25,
    heartbeat_s_max=240,
    hello_s_max=10,
)
