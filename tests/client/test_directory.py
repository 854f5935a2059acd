from __future__ import annotations

from pathlib import Path

from chatd.model import RoomKind
from chatd_client.directory import Directory, RoomInfo
from chatd_client.events import entry
from tests.client.scrolls import ROOM, Scroll

README = Path(__file__).parents[2] / "clients" / "README.md"


def test_a_directory_learns_from_entries() -> None:
    from chatd import facts
    from chatd.chain import pack
    from chatd.model import MemberState, Role

    directory, scroll = Directory(), Scroll()
    directory.learn_entry(entry(scroll.add(facts.created(RoomKind.GROUP, "friends", []), "create"), "ana"))
    assert directory.get(ROOM) == RoomInfo(room=ROOM, kind=RoomKind.GROUP, title="friends")
    own = facts.own_room(ROOM, RoomKind.DIRECT, "", "bo", facts.Change("ana", MemberState.MEMBER, Role.MEMBER))
    directory.learn_entry(entry(scroll.add(own, "room"), "ana"))
    assert directory.get(ROOM) == RoomInfo(room=ROOM, kind=RoomKind.DIRECT, peer="bo")
    directory.learn_entry(entry(scroll.add(pack({"room": 1}), "room"), "ana"))
    assert directory.get(ROOM).peer == "bo"


def test_a_directory_knows_what_is_off_in_a_room() -> None:
    from chatd import facts
    from chatd.chain import pack
    from chatd.messages import RoomSync
    from chatd.model import MemberState, Role
    from chatd.rights import Feature

    directory, scroll = Directory(), Scroll()
    assert (directory.get(ROOM).features, directory.get(ROOM).has(Feature.TYPING)) == ((), True)
    directory.learn(RoomSync(room=ROOM, status="ok", kind=RoomKind.GROUP, off=("typing", "levitation")))
    assert directory.get(ROOM).off == (Feature.TYPING,)
    assert Feature.TYPING not in directory.get(ROOM).features
    directory.learn_entry(entry(scroll.add(facts.features((Feature.RECEIPTS,)), "features"), "ana"))
    assert [directory.get(ROOM).has(each) for each in (Feature.RECEIPTS, Feature.TYPING)] == [False, True]
    own = facts.Change("ana", MemberState.MEMBER, Role.MEMBER)
    off = facts.own_room(ROOM, RoomKind.GROUP, "", None, own, (Feature.RECEIPTS, Feature.TYPING))
    directory.learn_entry(entry(scroll.add(off, "room"), "ana"))
    assert directory.get(ROOM).off == (Feature.RECEIPTS, Feature.TYPING)
    directory.learn_entry(entry(scroll.add(pack({"off": "typing"}), "features"), "ana"))
    assert directory.get(ROOM).off == ()


def test_a_directory_knows_how_many_watch_and_whether_a_stream_is_over() -> None:
    from chatd import facts
    from chatd.messages import RoomSync
    from chatd.rights import Archive

    directory, scroll = Directory(), Scroll()
    directory.learn(RoomSync(room=ROOM, status="ok", kind=RoomKind.LIVE, watchers=7))
    directory.learn_watchers(ROOM, 9)
    assert (directory.get(ROOM).watchers, directory.get(ROOM).ended) == (9, None)
    directory.learn_entry(entry(scroll.add(facts.ended(Archive.STAFF), "end"), "ana"))
    assert directory.get(ROOM).ended is Archive.STAFF
    directory.learn(RoomSync(room=ROOM, status="ok", kind=RoomKind.LIVE, ended="kept by nobody known"))
    assert directory.get(ROOM).ended is None
