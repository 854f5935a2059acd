from __future__ import annotations

import ssl

import pytest

from benchmarks.daemon import Daemon
from benchmarks.session import Session, SetupFailed, open_socket
from chatd.messages import CaughtUp, Committed, CreateGroup, Done, Ping, Subscribe, Subscribed

pytestmark = pytest.mark.slow


def test_a_question_has_its_answer(daemon: Daemon) -> None:
    session = Session.begin(daemon.url, "ana")
    with session.sock:
        assert session.ask(Ping(), Done) == Done()


def test_an_event_is_waited_for_over_others(daemon: Daemon) -> None:
    session = Session.begin(daemon.url, "ana")
    with session.sock:
        room = session.ask(CreateGroup(key=b"k" * 16, title="room"), Committed).room
        cursor = (room, 0, bytes(8))
        session.ask(Subscribe(epoch=session.greeting.epoch, rooms=cursor), Subscribed)
        assert isinstance(session.wait_for(CaughtUp), CaughtUp)


def test_a_refusal_is_told_with_what_was_asked(daemon: Daemon) -> None:
    session = Session.begin(daemon.url, "ana")
    with session.sock, pytest.raises(SetupFailed, match=r"CreateGroup: .*unknown_user|CreateGroup: Done expected"):
        session.ask(CreateGroup(key=b"l" * 16, title="room", members=("nobody",)), Done)


def test_who_cannot_say_hello_is_told(daemon: Daemon) -> None:
    with pytest.raises(SetupFailed, match="hello as two words"):
        Session.begin(daemon.url, "two words")


def test_a_session_over_tls_is_verified_and_modern(tls_daemon: Daemon) -> None:
    session = Session.begin(tls_daemon.url, "ana", tls_daemon.authority)
    with session.sock as sock:
        assert isinstance(sock, ssl.SSLSocket)
        assert sock.version() == "TLSv1.3"
        assert session.ask(Ping(), Done) == Done()


def test_a_daemon_whose_authority_is_unknown_is_not_talked_to(tls_daemon: Daemon) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        open_socket(tls_daemon.url)


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:1", "tls://127.0.0.1", "tcp://127.0.0.1", "tcp://:1"])
def test_only_tcp_tls_and_unix_are_driven(url: str) -> None:
    with pytest.raises(SetupFailed, match="must be"):
        open_socket(url)
