"""The rooms of chatd and the stream of JetStream, made before the drivers begin: all other rooms make themselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from hashlib import blake2b

from benchmarks.peers.chatd_speech import ChatdSpeech, Cursor
from benchmarks.peers.nats import NatsSpeech
from benchmarks.peers.speech import Seat, Speech
from benchmarks.peers.talk import Company, Talk
from benchmarks.peers.works import Kind, Work
from benchmarks.session import Session
from chatd.chain import KEY_BYTES
from chatd.messages import AddMember, Committed, CreateGroup, History, HistoryPage
from chatd.messages.fields import USERS_PER_CALL_MAX
from chatd.model import Key

_ANSWER_S_MAX = 10.0


def chatd_rooms(port: int, work: Work) -> Speech:
    """Return chatd's speech with the rooms of `work` made. Raises SetupFailed, ProtocolError or OSError."""
    url = f"tcp://127.0.0.1:{port}"
    with_epoch = Session.begin(url, "first")
    epoch = with_epoch.greeting.epoch
    with_epoch.sock.close()
    if work.kind is Kind.IDLE:
        return ChatdSpeech(epoch)
    return ChatdSpeech(epoch, {room: _chatd_room(url, room, work.members) for room in range(work.rooms)})


def _chatd_room(url: str, room: int, members: int) -> Cursor:
    """Make a room and return the cursor of who has seen all of it."""
    owner = Session.begin(url, Seat(room, 0).user)
    try:
        calls = _in_calls([Seat(room, member).user for member in range(1, members)])
        create = CreateGroup(key=_key(room, 0), title=f"room {room}", members=calls[0])
        made = owner.ask(create, Committed)
        for number, users in enumerate(calls[1:], start=1):
            owner.ask(AddMember(room=made.room, key=_key(room, number), users=users), Committed)
        last = owner.ask(History(room=made.room, limit=1), HistoryPage).entries[-1]
        return Cursor(made.room, last.seq, last.h8)
    finally:
        owner.sock.close()


def _in_calls(users: Sequence[str]) -> list[tuple[str, ...]]:
    parts = [tuple(users[at : at + USERS_PER_CALL_MAX]) for at in range(0, len(users), USERS_PER_CALL_MAX)]
    return parts or [()]


def _key(room: int, call: int) -> Key:
    return blake2b(f"{room}-{call}".encode(), digest_size=KEY_BYTES).digest()


def jetstream(port: int, work: Work) -> Speech:
    """Return JetStream's speech with the stream made that keeps all rooms. Raises TalkFailed or OSError."""
    del work
    speech = NatsSpeech(stores=True)
    talk = Talk(port, deque(speech.stream()))
    try:
        Company().run([talk], 1, _ANSWER_S_MAX)
    finally:
        talk.sock.close()
    return speech
