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
