"""What the model says of posts that wait for review, and of the filters that hold them (protocol 5.77, 5.104)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from chatd.chain import self_id
from chatd.limits import FILTERED_CHARS_MAX
from chatd.messages import HeldPage, Post, Review, SetFilter
from chatd.model import RoomId
from tests.model import said
from tests.model.nouns import Filter, Held, Room, Standing
from tests.model.rights import RANK, may
from tests.model.verdicts import Accept, Refuse, Verdict

if TYPE_CHECKING:
    from tests.model.device import Ask
    from tests.model.record import Record

WORD = "spam"
HELD_MAX, HELD_PER_USER_MAX = 3, 2
PAGE = 5


def caught(room: Room, own: Standing, content: bytes) -> str | None:
    """Return by which code the filter of the room refuses what a member would say, and what a forward of theirs quotes;
    None where it lets it pass. It may be held instead where that is `filtered`."""
    if room.filter is None or room.filter == Filter() or RANK[own.role] >= RANK[room.filter.exempt]:
        return None
    facts = said.facts_of(content)
    texts = _texts(facts) + (_texts(said.facts_of(facts["content"])) if facts["type"] == "forward" else [])
    if sum(map(len, texts)) > FILTERED_CHARS_MAX:
        return "too_large"
    return "filtered" if room.filter.words and any(WORD in text for text in texts) else None


def _texts(facts: dict[str, Any]) -> list[str]:
    """Return what people read of a content, as far as this model writes any."""
    return [facts[name] for name in ("text", "fallback", "question") if name in facts] + list(facts.get("options", ()))


def is_held(room: Room, own: Standing, content: bytes) -> bool:
    holds = room.filter is not None and room.filter.action == "hold"
    return holds and caught(room, own, content) == "filtered"


def hold(room: Room, user: str) -> Verdict:
    """Return what comes of a post that is to be held."""
    own = [each for each in room.held.values() if each.user == user]
    full = len(room.held) >= HELD_MAX or len(own) >= HELD_PER_USER_MAX
    return Refuse("limit_reached") if full else Accept(self_id(user), "held")


def filtered(room: Room, command: SetFilter) -> Filter:
    """Return what the filter of a room becomes."""
    wanted = {
        "words": command.words,
        "exempt": command.exempt and command.exempt.value,
        "action": command.action and command.action.value,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return evolve(room.filter or Filter(), **given)  # type: ignore[arg-type]


def takes_back(room: Room, user: str, command: Review) -> bool:
    """Return whether somebody takes back what waits of theirs: whatever they are in the room by now."""
    held = room.held.get(command.number)
    return held is not None and held.user == command.user == user and not command.approve


def review(room: Room, room_id: RoomId, user: str, own: Standing, command: Review, now: int) -> Verdict:
    if command.user == user and not command.approve:
        return Refuse("bad_seq")
    if not may(room, own, "delete_others", now):
        return Refuse("forbidden")
    held = room.held.get(command.number)
    if held is None or held.user != command.user:
        return Refuse("bad_seq")
    author = room.people.get(held.user)
    if author is not None and RANK[own.role] <= RANK[author.role]:
        return Refuse("forbidden")
    if command.approve and (code := _may_not_say(room, author, held, now)):
        return Refuse(code)
    return Accept(self_id(user), "review", tells=(held.user,))


def _may_not_say(room: Room, author: Standing | None, held: Held, now: int) -> str | None:
    """Return why its author may not say it any more. Who is not in a live room counts as one who watches it."""
    is_gone = author is None or not author.here
    if is_gone and (room.kind != "live" or (author is not None and author.is_banned(now))):
        return "unknown_user"
    if author is None or is_gone:
        author = Standing("member", "member", 1, None, denied=author.denied if author else {})
    if not may(room, author, "post", now):
        return "forbidden"
    return "forbidden" if said.unfit(room, author, said.facts_of(held.content), now) else None


def keep(room: Room, user: str, command: Post) -> None:
    """A post is held, under a number that no other has."""
    room.held_ever += 1
    room.held[room.held_ever] = Held(user, command)


# -- what is told of it ------------------------------------------------------------------------------------------------


def check(record: Record, ask: Ask, page: HeldPage) -> None:
    """Complain where a page of what waits is not the model's, or shows what is another's to who may not review."""
    command, own = ask.command, record.book.standing(ask.command.room, ask.user)
    if not ask.alone:
        return
    if own is None or not own.here:
        record.complain("A1 what waits was shown to a stranger", ask, page)
        return
    room = record.book.rooms[command.room]
    shows_all = may(room, own, "delete_others", record.book.now)
    waiting = [
        (number, held.user, held.content, held.command.reply)
        for number, held in room.held.items()
        if number > command.after and (shows_all or held.user == ask.user)
    ]
    limit = min(command.limit, PAGE)
    told = [(each.number, each.user, each.content, each.reply) for each in page.posts]
    if (told, page.more) != (waiting[:limit], len(waiting) > limit):
        record.complain("5.101 held posts", ask, page, "right is", waiting)


def check_refusal(record: Record, ask: Ask, code: str) -> None:
    own = record.book.standing(ask.command.room, ask.user)
    right = "unknown_room" if own is None else "not_member" if not own.here else ""
    if ask.alone and code != right:
        record.complain("refused", ask, code, "right is", right)
