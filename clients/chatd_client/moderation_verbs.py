"""What lines of the terminal client do about rights: silence, ban, slow down, make links and follow them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from attrs import define, field

from chatd.messages import HeldPost
from chatd.model import Attribute, FilterAction, Links, RoomId
from chatd.rights import ROOM_LEVEL_MAX, SWITCHED, Feature, JoinBy, Level, Past, Permission
from chatd.wire import content
from chatd_client.broadcast_verbs import room_of
from chatd_client.chat import Chat
from chatd_client.links import InviteLink
from chatd_client.render import safe
from chatd_client.sources import Sources
from chatd_client.verbs import Misused

HELP = """
/silence USER [TIME], /unsilence USER    let a member read only, for TIME (30s, 10m, 2h, 7d)
/ban USER [TIME] [REASON], /unban USER   remove somebody and keep them out
/allow PERMISSION,...|none what every member may do: post media react mention_all pin invite title
/slow SECONDS              one post in so many seconds for each member; 0 turns it off
/newcomers TIME [TIME]     who speaks has been a member so long, with an account so old; 0 turns it off
/requires NAME=VALUE|... ... what the app must say of who speaks here; nothing ends it
/emergency 0|1|2|3         who still speaks: all, but no newcomers, moderators, admins
/filter                    what may not be said here
/filter words [WORD, ...]  what nobody below a moderator says; without words: everything may be said
/filter hold|refuse        what becomes of posts that it catches
/queue, /approve NUMBER, /reject NUMBER [REASON]   the posts that wait for review
/withdraw NUMBER           take a post of yours back that waits for review
/filter links any|none|HOST,...   which links may be said
/fadeall TIME|0            posts vanish after TIME (30s, 10m, 2h, 7d); 0: they stay
/invite [TIME] [USES]      make a link into the open room
/revoke LINK, /joinlink LINK
/handover USER             make them the owner in your place
/requests on|off, /ask ROOM   may others ask to be let in? (/add and /kick answer them)
/features                  what is on in this room; /off receipts,typing turns that off, /off alone nothing
/public on|off             may whoever knows the room's id come in?
/past on|off               may those who come in read what was there before them?
/may [USER]                what you, or another, may do here"""

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_TIME = re.compile(r"([1-9][0-9]{0,6})([smhd])")
_SILENCE = (Permission.POST, Permission.MEDIA, Permission.REACT)
"""Who may not post does not answer either."""


def seconds_of(word: str) -> int | None:
    """Return the seconds in a word such as `10m`; None where it is no time."""
    found = _TIME.fullmatch(word)
    return int(found[1]) * _UNITS_S[found[2]] if found else None


def _value(word: str) -> Attribute:
    """Return the value of an attribute as it is typed: yes, no, a number, or a text."""
    if word in ("yes", "no"):
        return word == "yes"
    return int(word) if word.isascii() and word.isdecimal() else word


def timed(words: str) -> tuple[str, int | None, str]:
    """Return the first word, the time that may follow it in seconds, and the rest. Raises Misused.

    What begins like a time must be one: who has mistyped it does not mean for good.
    """
    first, _, rest = words.partition(" ")
    if not first:
        raise Misused("who?")
    word, _, after = rest.strip().partition(" ")
    seconds = seconds_of(word)
    if seconds is None and word[:1].isdecimal():
        raise Misused("for how long? 30s, 10m, 2h, 7d, or nothing: for good")
    return (first, None, rest.strip()) if seconds is None else (first, seconds, after.strip())


def permissions_of(words: str) -> list[Permission]:
    """Return the permissions in `a,b`. Raises Misused."""
    try:
        return [Permission(word.strip()) for word in words.split(",") if word.strip()]
    except ValueError as error:
        raise Misused(f"no such permission; there are {', '.join(Permission)}") from error


def features_of(words: str) -> list[Feature]:
    """Return the features in `a,b`. Raises Misused."""
    try:
        return [Feature(word.strip()) for word in words.split(",") if word.strip()]
    except ValueError as error:
        raise Misused(f"no such feature; there are {', '.join(SWITCHED)}") from error


def is_on(word: str) -> bool:
    """Return whether `word` is `on`. Raises Misused where it is neither that nor `off`."""
    if word not in ("on", "off"):
        raise Misused("on or off")
    return word == "on"


@define(eq=False)
class ModerationVerbs:
    """The commands about rights in the open room."""

    _chat: Chat
    _room: Callable[[], RoomId]
    """Raises Misused where no room is open."""
    _print: Callable[[str], None]
    _wall_ms: Callable[[], int] = field(factory=lambda: Sources().wall_ms)

    def commands(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        """Return what each word behind a slash does with the rest of its line."""
        return {
            "silence": self._silence,
            "unsilence": self._unsilence,
            "ban": self._ban,
            "unban": self._unban,
            "allow": self._allow,
            "slow": self._slow,
            "newcomers": self._newcomers,
            "requires": self._requires,
            "emergency": self._emergency,
            "filter": self._filter,
            "fadeall": self._fade_all,
            "queue": self._queue,
            "approve": self._approve,
            "reject": self._reject,
            "withdraw": self._withdraw,
            "invite": self._invite,
            "revoke": self._revoke,
            "joinlink": self._join_link,
            "handover": self._hand_over,
            "requests": self._requests,
            "public": self._public,
            "past": self._past,
            "ask": self._ask,
            "features": self._features,
            "off": self._off,
            "may": self._may,
        }

    async def _silence(self, words: str) -> None:
        user, seconds, reason = timed(words)
        await self._chat.restrict(self._room(), user, *_SILENCE, until=self._until(seconds), reason=reason)

    async def _unsilence(self, words: str) -> None:
        await self._chat.restrict(self._room(), words)

    async def _ban(self, words: str) -> None:
        user, seconds, reason = timed(words)
        await self._chat.ban(self._room(), user, until=self._until(seconds), reason=reason)

    async def _unban(self, words: str) -> None:
        await self._chat.unban(self._room(), words)

    async def _allow(self, words: str) -> None:
        if not words:
            raise Misused("what? The permissions of every member, or none: they only read")
        given = [] if words == "none" else permissions_of(words)
        await self._chat.set_settings(self._room(), defaults=given)

    async def _slow(self, words: str) -> None:
        if not (words.isascii() and words.isdecimal()):
            raise Misused("seconds are needed, 0 to turn it off")
        await self._chat.set_settings(self._room(), slow_mode_s=int(words))

    async def _newcomers(self, words: str) -> None:
        times = [0 if word == "0" else seconds_of(word) for word in words.split()]
        member_s, account_s = (*times, 0)[:2] if times else (None, None)
        if len(times) > 2 or member_s is None or account_s is None:
            raise Misused("a time (2h) to have been a member, and one for the account; 0 turns it off")
        await self._chat.set_gates(self._room(), member_s=member_s, account_s=account_s)

    async def _requires(self, words: str) -> None:
        named = {name: values for name, _, values in (word.partition("=") for word in words.split())}
        if not all(named.values()):
            raise Misused("NAME=VALUE is needed, or NAME=VALUE|VALUE")
        requires = {name: tuple(map(_value, values.split("|"))) for name, values in named.items()}
        await self._chat.set_gates(self._room(), requires=requires)

    async def _emergency(self, words: str) -> None:
        levels = {str(level.value): level for level in Level if level <= ROOM_LEVEL_MAX}
        if words not in levels:
            raise Misused("a level from 0 to 3")
        await self._chat.set_gates(self._room(), level=levels[words])

    async def _filter(self, line: str) -> None:
        what, _, rest = line.partition(" ")
        given = [each.strip() for each in rest.split(",") if each.strip()]
        if what == "words":
            await self._chat.set_filter(self._room(), words=given)
        elif what == "links" and given:
            named = Links(given[0]) if given in (["any"], ["none"]) else Links.LISTED
            await self._chat.set_filter(self._room(), links=named, hosts=given if named is Links.LISTED else [])
        elif line in list(FilterAction):
            await self._chat.set_filter(self._room(), action=FilterAction(line))
        elif line:
            raise Misused("words WORD, ..., or links any, none or HOST, ..., or hold, or refuse")
        else:
            found = await self._chat.filter(self._room())
            self._print(f"    links: {found.links} {', '.join(found.hosts)}".rstrip())
            self._print(f"    words: {safe(', '.join(found.words)) or 'none'}")
            self._print(f"    {found.action} what is caught, of whoever is below {found.exempt}")

    async def _fade_all(self, words: str) -> None:
        ttl_s = 0 if words == "0" else seconds_of(words)
        if ttl_s is None:
            raise Misused("after how long? 30s, 10m, 2h, 7d, or 0: they stay")
        await self._chat.set_settings(self._room(), ttl_s=ttl_s)

    async def _queue(self, _: str) -> None:
        page = await self._chat.held_posts(self._room())
        for post in page.posts:
            self._print(f"    {post.number} {safe(post.user)}: {safe(content.shown(content.parse(post.content)))}")
        if not page.posts or page.more:
            self._print("    (and more)" if page.more else "    (nothing waits)")

    async def _approve(self, words: str) -> None:
        await self._chat.approve(self._room(), await self._held(words))

    async def _reject(self, words: str) -> None:
        number, _, reason = words.partition(" ")
        await self._chat.reject(self._room(), await self._held(number), reason.strip())

    async def _withdraw(self, word: str) -> None:
        if not (word.isascii() and word.isdecimal() and int(word)):
            raise Misused("which? /queue lists what waits, with its number")
        await self._chat.withdraw(self._room(), int(word))

    async def _held(self, word: str) -> HeldPost:
        """Return the post of that number which waits for review. Raises Misused."""
        if word.isascii() and word.isdecimal() and int(word):
            page = await self._chat.held_posts(self._room(), after=int(word) - 1, limit=1)
            if page.posts and page.posts[0].number == int(word):
                return page.posts[0]
        raise Misused("no post with this number waits; /queue lists them")

    async def _invite(self, words: str) -> None:
        ttl_s, uses = None, None
        for word in words.split():
            if word.isascii() and word.isdecimal():
                uses = int(word)
            elif (ttl_s := seconds_of(word)) is None:
                raise Misused("a time (2h) and a number of uses, or neither")
        self._print(str(await self._chat.create_invite(self._room(), uses=uses, ttl_s=ttl_s)))

    async def _revoke(self, words: str) -> None:
        link = InviteLink.parse(words)
        await self._chat.revoke_invite(link.room, link)

    async def _join_link(self, words: str) -> None:
        link = InviteLink.parse(words)
        await self._chat.join_by_invite(link)
        self._print(f"(joined {link.room.hex()[:8]}; /rooms lists it)")

    async def _hand_over(self, words: str) -> None:
        await self._chat.transfer_ownership(self._room(), words)

    async def _requests(self, words: str) -> None:
        await self._chat.set_settings(self._room(), join_by=JoinBy.REQUEST if is_on(words) else JoinBy.INVITATION)

    async def _public(self, words: str) -> None:
        await self._chat.set_settings(self._room(), join_by=JoinBy.OPEN if is_on(words) else JoinBy.INVITATION)

    async def _past(self, words: str) -> None:
        await self._chat.set_settings(self._room(), history=Past.ALL if is_on(words) else Past.JOINED)

    async def _ask(self, words: str) -> None:
        await self._chat.request_join(room_of(words))

    async def _features(self, _: str) -> None:
        info = self._chat.room(self._room())
        self._print(f"    on: {', '.join(info.features) or '-'}; off: {', '.join(info.off) or '-'}")

    async def _off(self, words: str) -> None:
        await self._chat.set_settings(self._room(), off=features_of(words))

    async def _may(self, words: str) -> None:
        found = await self._chat.permissions(self._room(), words or None)
        self._print(f"    {safe(found.user)} {found.role} {found.state}: {', '.join(found.permissions) or 'reads'}")

    def _until(self, seconds: int | None) -> int | None:
        return None if seconds is None else self._wall_ms() + seconds * 1000
