from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from benchmarks.certificate import HOST, Certificate, make_certificate


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return make_certificate(tmp_path)


def _shake_hands(served: Certificate, authority: Path, host: str = HOST) -> None:
    """Take both ends through a handshake in memory. Raises ssl.SSLError if the client does not believe the server."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(served.chain, served.key)
    client.load_verify_locations(authority)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(back, there, server_hostname=host), server.wrap_bio(there, back, server_side=True)]
    while ends:
        try:
            ends[0].do_handshake()
            ends.pop(0)
        except ssl.SSLWantReadError:
            ends.reverse()


def test_who_trusts_the_authority_believes_the_certificate(certificate: Certificate) -> None:
    _shake_hands(certificate, certificate.authority)


def test_who_trusts_another_authority_does_not(certificate: Certificate, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = make_certificate(tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        _shake_hands(certificate, other.authority)


def test_it_is_for_loopback_alone(certificate: Certificate) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        _shake_hands(certificate, certificate.authority, "127.0.0.2")
