from __future__ import annotations

from benchmarks.frames import Cutter
from benchmarks.peers.chatd_speech import ChatdSpeech, Cursor
from benchmarks.peers.speech import Seat
from benchmarks.stamps import Stamp, read_stamp
from chatd.limits import CONTAINERS_MAX, CONTENT_BYTES_MAX
from chatd.messages import CaughtUp, Committed, FromClient, Hello, Post, Refused, Subscribe, Welcome
from chatd.wire import codec, content

ROOM = b"the room, by id."
SEAT = Seat(0, 1)
SPEECH = ChatdSpeech(b"the first epoch.", {0: Cursor(ROOM, 3, b"8 bytes.")})


def decoded(data: bytes) -> list[tuple[int, FromClient]]:
    """Return the requests in `data`, as the daemon reads them, with their ids."""
    parts = [codec.decode_payload(payload, CONTAINERS_MAX) for payload in Cutter().feed(data)]
    return [(request, codec.from_client(tag, body, CONTENT_BYTES_MAX)) for tag, request, body in parts]


def test_entering_is_a_hello_that_is_believed_by_name() -> None:
    [step] = SPEECH.enter(SEAT)
    [(request, hello)] = decoded(step.send)
    assert isinstance(hello, Hello)
    assert (hello.scheme, hello.credential) == ("dev", SEAT.user)
    welcome = Welcome(version=1, capabilities=(), user=SEAT.user, device="default", room=ROOM, heartbeat_s=240)
    assert step.until in codec.encode(welcome, request)


def test_joining_subscribes_from_the_cursor_until_all_is_caught_up() -> None:
    [step] = SPEECH.join(SEAT)
    [(request, subscribe)] = decoded(step.send)
    assert isinstance(subscribe, Subscribe)
    assert (subscribe.epoch, subscribe.rooms) == (b"the first epoch.", (ROOM, 3, b"8 bytes."))
    assert step.until in codec.encode(CaughtUp(request=request))


def test_coming_back_says_hello_and_subscribes_at_once() -> None:
    [step] = SPEECH.resume(SEAT, 20)
    assert [type(message) for _, message in decoded(step.send)] == [Hello, Subscribe]


def test_a_filled_post_is_one_that_the_daemon_reads() -> None:
    template = SPEECH.post(SEAT, 100)
    [(first, one), (second, other)] = decoded(template.fill(2, 0, 5, 10**9) + template.fill(2, 1, 5, 10**9))
    assert isinstance(one, Post)
    assert isinstance(other, Post)
    assert (one.room, read_stamp(other.content)) == (ROOM, Stamp(5, 2, 1))
    assert len(content.parse(one.content).text) == 100
    assert (second - first, one.key == other.key) == (1, False)


def test_a_refusal_is_a_complaint_and_an_ack_is_not() -> None:
    refused = Refused(code="busy", verdict="after_ms", after_ms=5)
    committed = Committed(room=ROOM, seq=1, time=1)
    assert SPEECH.complaint is not None
    found = [SPEECH.complaint in codec.encode(message, 1) for message in (refused, committed)]
    assert found == [True, False]
