"""A certificate for loopback, made on the spot by an authority that nobody else knows."""

from __future__ import annotations

from pathlib import Path

import trustme
from attrs import frozen

HOST = "127.0.0.1"


@frozen
class Certificate:
    """Files in PEM."""

    authority: Path
    """Who verifies the certificate needs this one alone."""
    chain: Path
    key: Path


def make_certificate(directory: Path) -> Certificate:
    """Return a certificate for `HOST`, with an ECDSA key on P-256, in `directory`. It is valid from now on."""
    authority = trustme.CA()
    issued = authority.issue_cert(HOST)
    made = Certificate(directory / "authority.pem", directory / "chain.pem", directory / "key.pem")
    authority.cert_pem.write_to_path(made.authority)
    for part in issued.cert_chain_pems:
        part.write_to_path(made.chain, append=True)
    issued.private_key_pem.write_to_path(made.key)
    return made
