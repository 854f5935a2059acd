"""What will happen in a run: a list of timed actions, all of it drawn from one seed before the run begins.

An action names phones, rooms and users by numbers; which ones those are is seen when its time comes. So any of them
can be left out, and the rest still means something: that is what makes a failure shrink.
"""

from __future__ import annotations

import random

from attrs import frozen

USERS = ("ana", "bo", "cy", "dee")
STRANGER = "eve"
DOWN_S = (0.2, 1.0, 4.0, 12.0)
"""How long things may be out of order."""
DURATION_S = 120.0
"""Of the trouble. After it everything heals, and must come to rest."""
ACTIONS_MIN, ACTIONS_MAX = 60, 220
PHONES_MIN, PHONES_MAX = 3, 6

DEEDS = {
    "post": 30,
    "burst": 4,
    "call": 3,
    "fade": 3,
    "reply": 3,
    "edit": 6,
    "delete": 5,
    "react": 6,
    "pin": 3,
    "versions": 1,
    "reactions": 1,
    "poll": 3,
    "vote": 6,
    "close": 1,
    "votes": 1,
    "forward": 3,
    "show": 2,
    "watch": 2,
    "create": 3,
    "open": 3,
    "add": 8,
    "remove": 4,
    "call back": 6,
    "join": 4,
    "leave": 3,
    "title": 2,
    "role": 4,
    "silence": 2,
    "ban": 1,
    "settings": 1,
    "ask": 2,
    "unban": 1,
    "invite": 2,
    "uninvite": 1,
    "enter": 3,
    "may": 1,
    "sift": 4,
    "tempt": 8,
    "review": 12,
    "require": 2,
    "vouch": 3,
    "knock": 2,
    "let in": 3,
    "hand over": 1,
    "history": 8,
    "members": 2,
    "rooms": 2,
    "read": 6,
    "keep": 3,
    "hide": 2,
    "draft": 3,
    "delivered": 3,
    "readers": 1,
    "block": 2,
    "profile": 1,
    "contacts": 1,
    "report": 2,
    "look": 1,
    "settle": 1,
    "typing": 2,
    "repeat": 8,
    "alter": 3,
    "operate": 2,
    "stream": 2,
    "tune in": 6,
    "tune out": 1,
    "cheer": 3,
    "chatter": 6,
    "host": 1,
    "end": 1,
}
"""What people do, and how often, one beside the other."""
FAULTS = {
    "cut": 5,
    "dark": 3,
    "unread": 3,
    "pieces": 2,
    "delay": 2,
    "nap": 3,
    "crash": 3,
    "kill": 4,
    "drain": 2,
    "full": 2,
    "dying": 1,
    "slow": 2,
    "unreadable": 2,
    "clock": 3,
    "intrude": 4,
    "storm": 1,
    "overload": 1,
}
SPARED = 0.4
"""Of the kinds of trouble, so many are left out of a run: what always comes together hides what comes alone."""


@frozen
class Action:
    at_s: float
    kind: str
    who: int
    what: int
    much: int

    def __str__(self) -> str:
        return f"{self.at_s:7.3f} {self.kind} who={self.who} what={self.what} much={self.much}"


@frozen
class Plan:
    seed: int
    phones: int
    invites: bool
    actions: tuple[Action, ...]


def plan(seed: int) -> Plan:
    """Return what the run of `seed` does. The same seed gives the same plan, in every process."""
    chance = random.Random(f"plan {seed}")
    faults = {kind: weight for kind, weight in FAULTS.items() if chance.random() >= SPARED}
    kinds = DEEDS | faults
    count = chance.randint(ACTIONS_MIN, ACTIONS_MAX)
    drawn = chance.choices(list(kinds), list(kinds.values()), k=count)
    times = sorted(chance.uniform(1.0, DURATION_S) for _ in range(count))
    return Plan(
        seed=seed,
        phones=chance.randint(PHONES_MIN, PHONES_MAX),
        invites=chance.random() < 0.3,
        actions=tuple(
            Action(at_s, kind, chance.randrange(64), chance.randrange(64), chance.randrange(64))
            for at_s, kind in zip(times, drawn, strict=True)
        ),
    )
