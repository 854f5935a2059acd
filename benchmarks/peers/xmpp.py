"""XMPP with SASL PLAIN and multi-user chat (XEP-0045), as far as the driver speaks it."""

from __future__ import annotations

from base64 import b64encode

from attrs import frozen

from benchmarks.peers.speech import Seat, Step, Template, plain_template, text_of

HOST = "localhost"
_STREAM = (
    f"<stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
).encode()
_FEATURES = b"</stream:features>"
_BIND = (
    b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>bench</resource></bind></iq>"
)


def plain(user: str, password: str) -> bytes:
    """Return the SASL PLAIN element that authenticates a user."""
    secret = b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
    return f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>".encode()


@frozen
class XmppSpeech:
    """Rooms are multi-user chats that their first member makes by joining."""

    answer: bytes | None = None
    complaint: bytes | None = b"<error "
    acknowledges: bool = False

    def enter(self, seat: Seat) -> tuple[Step, ...]:
        return (
            Step(_STREAM, _FEATURES),
            Step(plain(seat.user, "bench"), b"<success"),
            Step(_STREAM, _FEATURES),
            Step(_BIND, b"</jid>"),
        )

    def join(self, seat: Seat) -> tuple[Step, ...]:
        """The room's subject is the last thing that a newcomer is told."""
        return (Step(_presence(seat), b"<subject"),)

    def post(self, seat: Seat, size: int) -> Template:
        text = text_of(size).decode("ascii")
        return plain_template(f"<message to='{_room(seat)}' type='groupchat'><body>{text}</body></message>".encode())

    def resume(self, seat: Seat, missed: int) -> tuple[Step, ...]:
        """Join again and ask the room's archive (XEP-0313) for the last `missed` messages."""
        page = f"<set xmlns='http://jabber.org/protocol/rsm'><max>{missed}</max><before/></set>"
        query = f"<iq type='set' id='archive' to='{_room(seat)}'><query xmlns='urn:xmpp:mam:2'>{page}</query></iq>"
        return (*self.enter(seat), *self.join(seat), Step(query.encode(), b"<fin "))


def _room(seat: Seat) -> str:
    return f"r{seat.room:05}@conference.{HOST}"


def _presence(seat: Seat) -> bytes:
    return (
        f"<presence to='{_room(seat)}/{seat.user}'><x xmlns='http://jabber.org/protocol/muc'>"
        "<history maxstanzas='0'/></x></presence>"
    ).encode()
