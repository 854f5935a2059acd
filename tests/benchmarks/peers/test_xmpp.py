from __future__ import annotations

from base64 import b64decode
from xml.etree import ElementTree

from benchmarks.peers.speech import Seat
from benchmarks.peers.xmpp import XmppSpeech, plain
from benchmarks.stamps import STAMP_BYTES, read_stamp

SEAT = Seat(3, 4)
SPEECH = XmppSpeech()


def test_plain_says_name_and_password() -> None:
    element = ElementTree.fromstring(plain("ana", "secret"))
    assert element.get("mechanism") == "PLAIN"
    assert b64decode(element.text or "") == b"\0ana\0secret"


def test_the_stream_begins_again_after_the_password() -> None:
    steps = SPEECH.enter(SEAT)
    assert steps[0] == steps[2]
    assert [step.until for step in steps[1::2]] == [b"<success", b"</jid>"]


def test_joining_asks_for_no_history() -> None:
    presence = ElementTree.fromstring(SPEECH.join(SEAT)[0].send)
    assert presence.get("to") == f"r00003@conference.localhost/{SEAT.user}"
    assert [each.get("maxstanzas") for each in presence.iter() if each.tag.endswith("history")] == ["0"]


def test_a_post_is_a_message_to_all() -> None:
    sent = SPEECH.post(SEAT, 100).fill(1, 2, 3, 4)
    message = ElementTree.fromstring(sent)
    assert (message.tag, message.get("type")) == ("message", "groupchat")
    body = message.findtext("body") or ""
    assert len(body) == 100
    assert read_stamp(body.encode()[:STAMP_BYTES]) is not None


def test_who_comes_back_asks_the_archive_for_the_last_posts() -> None:
    last = SPEECH.resume(SEAT, 20)[-1]
    query = ElementTree.fromstring(last.send)
    assert query.get("to") == "r00003@conference.localhost"
    assert [each.text for each in query.iter() if each.tag.endswith("max")] == ["20"]
    assert last.until == b"<fin "
