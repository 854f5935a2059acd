from __future__ import annotations

import pytest
from attrs import evolve

from chatd import facts
from chatd.chain import pack
from chatd.model import Filter, HeldRecord, MemberState, Role, RoomKind
from chatd.rights import SWITCHED, USUAL, Archive, Denial, Invite, Level, Permission
from chatd.wire import content
from chatd.wire.bodies import Sticker, Text
from chatd_client import RoomInfo, events
from chatd_client.render import emergency, label, line, safe
from tests.client.scrolls import Scroll


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e9\u4e2d", "plain \u00e9\u4e2d"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\u202eevil", "\\u202eevil"),
        ("a\rb\tc", "a\\rb\\tc"),
        ("\u2028", "\\u2028"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("\U000e0041", "\\U000e0041"),
        ("\x9b2J", "\\x9b2J"),
    ],
)
def test_what_could_move_the_cursor_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert safe(text) == shown


CATS = Sticker(pack="cats", id="7", fallback="a\ncat", text="\u202e\x1b[2J")
DENIED = (Denial(Permission.POST, 5),)
HELD = HeldRecord(room=bytes(16), number=3, user="cy", key=bytes(16), time=1, content=b"")
LINK = Invite(hash=bytes(32), creator="bo", expires=None, uses=None)
CY = facts.Change("cy", MemberState.MEMBER, Role.MEMBER)


def _entry(kind: str, body: bytes | None, sender: str = "bo") -> events.Entry:
    scroll = Scroll()
    return events.entry(evolve(scroll.add(body or b"", kind, sender), body=body), "ana")


@pytest.mark.parametrize(
    ("entry", "printed"),
    [
        (_entry("post", content.text("one\n[room] eve: two")), "[room 1] bo: one\n    | [room] eve: two"),
        (_entry("post", pack({"type": "poll", "fallback": "a poll"})), "[room 1] bo: a poll"),
        (_entry("post", content.of(CATS)), "[room 1] bo: [sticker] a\\ncat \\u202e\\x1b[2J"),
        (_entry("post", content.of(Text(text="a\nb", mention_all=True))), "[room 1] bo @you: a\n    | b"),
        (_entry("post", b"\xc1"), "[room 1] bo: "),
        (_entry("post", None), "[room 1] bo: (deleted)"),
        (
            _entry("members", facts.changed([facts.Change("cy", MemberState.MEMBER, Role.MEMBER)])),
            "[room] * bo cy member member",
        ),
        (_entry("members", pack({"changes": [1]})), "[room] * bo "),
        (_entry("members", b"\xc1"), "[room] * bo changed the members"),
        (_entry("members", pack([1])), "[room] * bo changed the members"),
        (_entry("title", facts.titled("x\x1b")), "[room] * bo set the title to x\\x1b"),
        (_entry("po\x1bll", b""), "[room] * bo (po\\x1bll)"),
        (
            _entry("settings", facts.agreed(evolve(USUAL, slow_mode_s=30))),
            "[room] * bo set defaults: post, media, react; slow_mode_s: 30; join_by: invitation; history: joined; "
            "member_s: 0; account_s: 0; level: 0",
        ),
        (
            _entry("settings", pack({"requires": {"region": ["eu", "c\x1bh"], "level": [3]}})),
            "[room] * bo set requires: region=eu, c\\x1bh, level=3",
        ),
        (
            _entry("restrict", facts.restricted("cy\x1b", DENIED, "sp\x1bam")),
            "[room] * bo took post from cy\\x1b (sp\\x1bam)",
        ),
        (_entry("restrict", facts.restricted("cy", (), "")), "[room] * bo gave cy back what was taken"),
        (_entry("features", facts.features(SWITCHED)), "[room] * bo off from here on: receipts, typing"),
        (_entry("end", facts.ended(Archive.STAFF)), "[room] * bo ended the stream (kept for: staff)"),
        (_entry("features", facts.features(())), "[room] * bo off from here on: nothing"),
        (
            _entry("vote", facts.voted((0, 2), (1, 0, 1), 1)),
            "[room] * bo chose 1 and 3 in None; the votes: (1) 1, (2) 0, (3) 1",
        ),
        (
            _entry("vote", facts.voted((), (1, 0), 1)),
            "[room] * bo chose nothing any more in None; the votes: (1) 1, (2) 0",
        ),
        (
            _entry("vote", pack({"counts": ["\x1b"]})),
            "[room] * bo chose nothing any more in None; the votes: (1) \\x1b",
        ),
        (_entry("close", facts.closed((1, 0), 1)), "[room] * bo closed None; the votes: (1) 1, (2) 0"),
        (
            _entry("filter", facts.filtered(Filter(words=("x",), hosts=("a.b",)))),
            "[room] * bo set the filter: words: 1; links: any; hosts: a.b; exempt: moderator; action: refuse",
        ),
        (_entry("held", facts.held(bytes(16), 3)), "[room] * bo posted what waits for review, as number 3"),
        (
            _entry("review", facts.reviewed(HELD, "sp\x1bam", approved=False)),
            "[room] * bo rejected the post of cy that waited (sp\\x1bam)",
        ),
        (
            _entry("review", facts.reviewed(HELD, "", approved=True)),
            "[room] * bo approved the post of cy that waited",
        ),
        (
            _entry("review", facts.reviewed(evolve(HELD, user="bo"), "", approved=False)),
            "[room] * bo took back what waited for review",
        ),
        (_entry("invite", facts.invited(LINK, revoked=False)), "[room] * bo made a link"),
        (_entry("invite", facts.invited(LINK, revoked=True)), "[room] * bo revoked a link"),
        (_entry("freeze", facts.froze(on=True, reason="spam"), ""), "[room] * (the server) froze the room (spam)"),
        (_entry("freeze", facts.froze(on=False, reason=""), ""), "[room] * (the server) unfroze the room"),
        (_entry("post", content.text("closed"), ""), "[room 1] (the server): closed"),
        (_entry("members", facts.changed([CY], reason="spam")), "[room] * bo cy member member (spam)"),
    ],
)
def test_an_entry_is_printed_on_lines_that_only_it_can_make(entry: events.Entry, printed: str) -> None:
    assert line(entry, "room") == printed


def test_what_the_server_does_by_itself_is_said_of_it() -> None:
    told = events.entry(Scroll().add(facts.deleted(), "delete", sender=""), "ana")
    assert line(evolve(told, target=2), "room") == "[room] * (the server) deleted 2"


def test_a_post_that_mentions_its_reader_says_so_and_one_of_their_own_does_not() -> None:
    called = content.of(Text(text="come", mentions=("ana",)))
    assert line(events.entry(Scroll().add(called), "ana"), "room") == "[room 1] bo @you: come"
    assert line(events.entry(Scroll().add(called, sender="ana"), "ana"), "room") == "[room 1] ana: come"


def test_a_room_is_called_by_its_peer_its_title_or_its_id() -> None:
    info = RoomInfo(room=b"\xab" * 16)
    assert label(evolve(info, peer="bo", title="x"), "ana") == "bo"
    assert label(evolve(info, title="x\x1b"), "ana") == "x\\x1b"
    assert label(evolve(info, kind=RoomKind.SELF), "ana") == "ana"
    assert label(info, "ana") == "abababab"


def test_what_an_emergency_means_ends_a_line() -> None:
    said = [emergency(level.value) for level in Level]
    assert [bool(each) for each in said] == [level is not Level.NORMAL for level in Level]
    assert said[4] == ": an emergency, nobody writes"
    assert emergency(5) == ""
