"""The text protocol of NATS, core and JetStream, as far as the driver speaks it."""

from __future__ import annotations

import json

from attrs import frozen

from benchmarks.peers.speech import Seat, Step, Template, plain_template, text_of
from benchmarks.stamps import MARK

STREAM = "ROOMS"
CONSUMERS_MAX = 100_000
"""A stream allows 1,000 unless told otherwise."""
_CONNECT = b'CONNECT {"verbose":false,"pedantic":false,"tls_required":false,"echo":true}\r\n'
_PING, _PONG = b"PING\r\n", b"PONG\r\n"


def publish(subject: str, payload: bytes, reply: str = "") -> bytes:
    """Return the bytes that publish `payload`, to be answered at `reply` if that is given."""
    to = f"{subject} {reply}" if reply else subject
    return f"PUB {to} {len(payload)}\r\n".encode() + payload + b"\r\n"


def subscribe(subject: str, sid: int) -> bytes:
    """Return the bytes that subscribe to `subject`; the client calls the subscription `sid`."""
    return f"SUB {subject} {sid}\r\n".encode()


def subject_of(room: int) -> str:
    return f"room.{room:05}"


@frozen
class NatsSpeech:
    """Rooms are subjects. With `stores`, a post is done when its stream has stored it, and can be given again."""

    stores: bool = False
    complaint: bytes | None = b"-ERR"
    acknowledges: bool = False

    @property
    def answer(self) -> bytes | None:
        return f'{{"stream":"{STREAM}","seq":'.encode() if self.stores else None

    def enter(self, seat: Seat) -> tuple[Step, ...]:
        return (Step(_CONNECT + _PING, _PONG),)

    def join(self, seat: Seat) -> tuple[Step, ...]:
        inbox = subscribe(_inbox(seat), 2) if self.stores else b""
        return (Step(subscribe(subject_of(seat.room), 1) + inbox + _PING, _PONG),)

    def post(self, seat: Seat, size: int) -> Template:
        reply = _inbox(seat) if self.stores else ""
        return plain_template(publish(subject_of(seat.room), text_of(size), reply))

    def resume(self, seat: Seat, missed: int) -> tuple[Step, ...]:
        """A consumer of the room's part of the stream, from where the user stood: before the first post."""
        subject = subject_of(seat.room)
        config = {"deliver_policy": "all", "ack_policy": "none", "filter_subject": subject, "mem_storage": True}
        wanted = {"stream_name": STREAM, "config": {**config, "deliver_subject": _inbox(seat)}}
        ask = publish(f"$JS.API.CONSUMER.CREATE.{STREAM}", json.dumps(wanted).encode())
        return (Step(_CONNECT + subscribe(_inbox(seat), 1) + ask, MARK, missed),)

    def stream(self) -> tuple[Step, ...]:
        """Return how the one stream that keeps all rooms is made."""
        config = {"name": STREAM, "subjects": ["room.>"], "storage": "file", "max_consumers": CONSUMERS_MAX}
        ask = publish(f"$JS.API.STREAM.CREATE.{STREAM}", json.dumps(config).encode(), "setup.reply")
        return (
            Step(_CONNECT + _PING, _PONG),
            Step(subscribe("setup.reply", 1) + ask, b'"did_create":true'),
        )


def _inbox(seat: Seat) -> str:
    return f"inbox.{seat.user}"
