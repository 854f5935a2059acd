"""Which refusal wins where several fit (protocol 5.1.2): the first in the order, whatever else stands against it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from chatd.limits import DEFAULTS
from chatd.messages import Delete, Edit, Pin, Post, React, Refused, Talk
from chatd.model import Filter, MemberState, MessageRecord, ReactionRecord, RoomId, Tally
from chatd.rights import GRANTABLE, Level, Permission, Settings
from chatd.wire import content
from chatd.wire.bodies import Poll
from tests.rooms.pieces import text
from tests.rooms.scene import MEMBER, OWNER, Scene

SAYING = {"stranger": "unknown_room", "gone": "not_member"}
SPOKEN = {
    "post": "forbidden",
    "emergency": "emergency",
    "mention_all": "forbidden",
    "media": "forbidden",
    "mention": "bad_mention",
    "filtered": "filtered",
}
ACTING = SAYING | {"unseen": "bad_seq"}
FAULTS: dict[type[Talk], dict[str, str]] = {
    Post: SAYING | SPOKEN | {"slow": "slow_mode", "answer": "bad_seq"},
    Edit: ACTING
    | SPOKEN
    | {"another": "forbidden", "deleted": "deleted", "late": "too_late", "often": "limit_reached"},
    Delete: ACTING | {"another": "forbidden", "deleted": "unchanged"},
    React: ACTING
    | {"react": "forbidden", "emergency": "emergency", "deleted": "deleted"}
    | {"given": "unchanged", "often": "limit_reached"},
    Pin: ACTING | {"pin": "forbidden", "deleted": "deleted", "given": "unchanged", "often": "limit_reached"},
}
"""What may stand against each command, and how it is refused for that alone, in the order of the clause."""

TAKEN_WITH = {Permission.REPLY: Permission.POST}
"""Who may answer needs no more than one of both."""

CASES = [(kind, first) for kind, faults in FAULTS.items() for first in faults]


def said(faults: set[str]) -> bytes:
    mentions = ("nobody" if "mention" in faults else "ana",)
    return content.of(Poll(question="?", options=("tea", "coffee"), fallback="?", mentions=mentions, mention_all=True))


def command_of(kind: type[Talk], scene: Scene, room: RoomId, seq: int, faults: set[str]) -> Talk:
    fields: dict[str, Any] = {"seq": seq}
    if kind is Post:
        fields = {"reply": 999 if "answer" in faults else None}
    if kind in (Post, Edit):
        fields["content"] = said(faults)
    if kind is React:
        fields["emoji"] = "x"
    return kind(room=room, key=scene.key(), **fields)


def burden(scene: Scene, room: RoomId, seq: int, faults: set[str]) -> None:
    """Put on disk what stands against a command of bo on the post at `seq`."""
    often = "often" in faults
    tallies = tuple(Tally(f"e{number}", 1, ()) for number in range(DEFAULTS.reactions_max if often else 0))
    pins = (*((seq,) if "given" in faults else ()), *range(100, 100 + DEFAULTS.pins_max if often else 100))
    member = scene.members(room)["bo"]
    scene.put(
        evolve(
            scene.record(room),
            pins=pins,
            settings=Settings(
                defaults=tuple([each for each in GRANTABLE if TAKEN_WITH.get(each, each).value not in faults]),
                slow_mode_s=10 if "slow" in faults else 0,
                level=Level.ADMINS if "emergency" in faults else Level.NORMAL,
            ),
            filter=Filter(words=("tea",)) if "filtered" in faults else None,
        ),
        evolve(
            member,
            state=MemberState.LEFT if "gone" in faults else member.state,
            floor=seq + 1 if "unseen" in faults else member.floor,
        ),
        MessageRecord(
            room=room,
            seq=seq,
            deleted="deleted" in faults,
            edits=DEFAULTS.edits_max if often else 0,
            reactions=tallies,
        ),
        ReactionRecord(room=room, seq=seq, emoji="x", user="bo", on="given" in faults),
    )
    scene.registry.rooms.clear()


def refusal(kind: type[Talk], faults: set[str]) -> Any:
    """Return how a command is answered against which all of `faults` stand."""
    scene = Scene()
    room = scene.group({"ana": OWNER, "bo": MEMBER, "cy": MEMBER})
    author = scene.enter("cy" if "another" in faults else "bo")
    seq = scene.do(author, Post(room=room, key=scene.key(), content=text())).seq
    burden(scene, room, seq, faults)
    scene.now += DEFAULTS.edit_s_max * 1000 + 1 if "late" in faults else 1
    actor = scene.enter("zoe" if "stranger" in faults else "bo", "tablet")
    return scene.do(actor, command_of(kind, scene, room, seq, faults))


@pytest.mark.parametrize(("kind", "first"), CASES)
def test_the_first_in_the_order_wins_over_all_that_come_after_it(kind: type[Talk], first: str) -> None:
    order = list(FAULTS[kind])
    alone, among = refusal(kind, {first}), refusal(kind, set(order[order.index(first) :]))
    assert isinstance(alone, Refused)
    assert alone.code == FAULTS[kind][first]
    assert among == alone
    if first in (each.value for each in GRANTABLE):
        assert alone.text.endswith(f": {first}")


@pytest.mark.parametrize("kind", FAULTS)
def test_where_nothing_stands_against_it_a_command_is_taken(kind: type[Talk]) -> None:
    assert not isinstance(refusal(kind, set()), Refused)
