from __future__ import annotations

import pytest
from attrs import evolve

from benchmarks.daemon import Daemon
from benchmarks.peers.chatd_speech import ChatdSpeech
from benchmarks.peers.rooms import chatd_rooms
from benchmarks.peers.speech import Seat
from benchmarks.peers.works import Kind, Work
from benchmarks.session import Session
from chatd.messages import History, HistoryPage, Members, MembersPage

pytestmark = pytest.mark.slow

WORK = Work(name="w", kind=Kind.LOAD, rooms=2, members=150)


def made_rooms(daemon: Daemon, work: Work) -> ChatdSpeech:
    speech = chatd_rooms(int(daemon.url.rpartition(":")[2]), work)
    assert isinstance(speech, ChatdSpeech)
    return speech


def test_rooms_have_all_their_members_and_cursors_at_their_heads(daemon: Daemon) -> None:
    speech = made_rooms(daemon, WORK)
    last = Session.begin(daemon.url, Seat(1, 149).user)
    room = speech.cursors[1].room
    assert last.ask(Members(room=room, after=Seat(1, 148).user), MembersPage).members[0].user == Seat(1, 149).user
    page = last.ask(History(room=room, limit=1), HistoryPage)
    assert (speech.cursors[1].seq, speech.cursors[1].h8) == (page.head, page.entries[0].h8)
    assert speech.epoch == last.greeting.epoch
    last.sock.close()


def test_idle_connections_need_no_room(daemon: Daemon) -> None:
    assert made_rooms(daemon, evolve(WORK, kind=Kind.IDLE)).cursors == {}
