"""What those who lead a room may decide about who speaks in it, what is said, who comes in, and for how long."""

from __future__ import annotations

from chatd.messages import Ban, HeldPosts, Post, RequestJoin, Restrict, Review, SetFilter, SetSettings
from chatd.model import FilterAction, Role, RoomId
from chatd.rights import JoinBy, Permission
from chatd.wire import content
from chatd.wire.bodies import Text
from tests.model.nouns import Room
from tests.model.waiting import WORD

STRICT = ("restrict", "strict", "door", "keep out", "ask")
ORDERS = (*STRICT, "require")
SIFTING = ("sift", "tempt", "review", "queue")
DENIED = (
    (Permission.POST,),
    (),
    (Permission.REACT, Permission.MEDIA),
    (Permission.INVITE, Permission.BAN),
    (Permission.DELETE_OTHERS,),
    (Permission.TITLE, Permission.ROLES, Permission.SETTINGS),
    (Permission.POST, Permission.MUTE),
    (Permission.PIN, Permission.MENTION_ALL),
)
LEVELS = (None, 0, 0, 2, 0, 1, 0, 3)
"""Most often there is no emergency: else nobody would say much."""
EXEMPT = (None, Role.OWNER, None, Role.MODERATOR)
REQUIRED: tuple[dict[str, tuple[str | int | bool, ...]], ...] = (
    {"region": ("eu",)},
    {"region": ("us", "eu"), "adult": (True,)},
    {},
    {"adult": (True, False)},
)
UNTIL_S = (None, 1, 3, 40)


def strict(kind: str, room: RoomId, key: bytes, other: str, number: int, now: int) -> object | None:
    """Return a command of one of the kinds `ORDERS`; of others None."""
    wait_s = UNTIL_S[number % len(UNTIL_S)]
    until = None if wait_s is None else now + 1000 * wait_s if number != 7 else now
    match kind:
        case "restrict":
            return Restrict(room=room, key=key, user=other, deny=DENIED[number % len(DENIED)], until=until)
        case "keep out":
            return Ban(room=room, key=key, user=other, until=until)
        case "ask":
            return RequestJoin(room=room, key=key)
        case "door":
            return SetSettings(room=room, key=key, join_by=(JoinBy.REQUEST, *JoinBy)[number % 4])
        case "require":
            return SetSettings(room=room, key=key, requires=REQUIRED[number % len(REQUIRED)])
        case "strict":
            slow_s, member_s = (None, 0, 2, 30)[number % 4], (None, 0, 2)[number % 3]
            level = LEVELS[number % len(LEVELS)]
            return SetSettings(room=room, key=key, slow_mode_s=slow_s, member_s=member_s, level=level)
        case _:
            return None


def sifting(kind: str, room_id: RoomId, room: Room | None, key: bytes, other: str, number: int) -> object:
    """Return a command of one of the kinds `SIFTING`."""
    match kind:
        case "sift":
            action = (FilterAction.HOLD, None, FilterAction.HOLD, FilterAction.REFUSE)[number % 4]
            words = ((WORD,), None, ())[number % 3] if number != 5 else (WORD,)
            return SetFilter(room=room_id, key=key, words=words, action=action, exempt=EXEMPT[number % len(EXEMPT)])
        case "tempt":
            called = (other,) if number % 4 == 1 else ()
            text = Text(text=f"{WORD} {number}", mentions=called, mention_all=number == 10)
            reply, ttl_s = (1 + number if number % 4 == 2 else None), (3 if number % 4 == 3 else None)
            return Post(room=room_id, key=key, content=content.of(text), reply=reply, ttl_s=ttl_s)
        case "queue":
            return HeldPosts(room=room_id, after=number % 3, limit=1 + number % 4)
        case _:
            return _review(room_id, room, key, other, number)


def _review(room_id: RoomId, room: Room | None, key: bytes, other: str, number: int) -> Review:
    """Review something that waits, where anything does; now and then as another's, or what does not wait."""
    waiting = [(each, held.user) for each, held in room.held.items()] if room else []
    at, user = waiting[number % len(waiting)] if waiting and number != 11 else (1 + number % 3, other)
    return Review(room=room_id, key=key, number=at, user=other if number == 10 else user, approve=number % 3 > 0)
