"""The files of the keys by which the app signs: what may stand in them, and who may get at them."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chatd.server.errors import ConfigError
from chatd.server.key_files import Key, read_key
from chatd.server.token_config import NamedKey
from tests.signing import PRIVATE, SECRET, public

PEM = public().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
PRIVATE_PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
CURVE_PEM = generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def named(folder: Path, algorithm: str, text: bytes, mode: int = 0o600) -> NamedKey:
    file = folder / "key"
    file.write_bytes(text)
    file.chmod(mode)
    return NamedKey("k1", algorithm, file)


def test_a_shared_secret_stands_there_in_base64(tmp_path: Path) -> None:
    assert read_key(named(tmp_path, "HS256", b64encode(SECRET) + b"\n")) == Key("HS256", SECRET)


def test_a_public_key_stands_there_in_pem(tmp_path: Path) -> None:
    key = read_key(named(tmp_path, "EdDSA", PEM))
    assert (key.algorithm, key.value) == ("EdDSA", public())


def test_no_key_shows_itself(tmp_path: Path) -> None:
    assert "know this" not in repr(read_key(named(tmp_path, "HS256", b64encode(SECRET))))


@pytest.mark.parametrize(
    ("algorithm", "text", "why"),
    [
        pytest.param("HS256", b"\xff\xfe not base64", "no base64", id="no base64"),
        pytest.param("HS256", PEM, "no base64", id="a public key as a secret"),
        pytest.param("HS256", b64encode(bytes(31)), "32 to 64 bytes", id="a short secret"),
        pytest.param("HS256", b64encode(bytes(65)), "32 to 64 bytes", id="a long secret"),
        pytest.param("HS256", b"", "32 to 64 bytes", id="an empty file"),
        pytest.param("EdDSA", b64encode(SECRET), "no public key", id="a secret as a public key"),
        pytest.param("EdDSA", PRIVATE_PEM, "no public key", id="the private key"),
        pytest.param("EdDSA", PEM[:40], "no public key", id="half a key"),
        pytest.param("EdDSA", CURVE_PEM, "Ed25519", id="a key of another kind"),
    ],
)
def test_what_is_no_such_key_is_refused(tmp_path: Path, algorithm: str, text: bytes, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        read_key(named(tmp_path, algorithm, text))
    assert text.decode("latin-1")[:20] not in str(caught.value) or not text


@pytest.mark.parametrize(
    ("algorithm", "text", "mode", "fits"),
    [
        ("HS256", b64encode(SECRET), 0o640, True),
        ("HS256", b64encode(SECRET), 0o644, False),
        ("HS256", b64encode(SECRET), 0o620, False),
        ("EdDSA", PEM, 0o644, True),
        ("EdDSA", PEM, 0o664, False),
        ("EdDSA", PEM, 0o602, False),
    ],
)
def test_a_file_that_others_may_get_at_is_refused(
    tmp_path: Path, algorithm: str, text: bytes, mode: int, fits: bool
) -> None:
    key = named(tmp_path, algorithm, text, mode)
    if fits:
        assert read_key(key).algorithm == algorithm
    else:
        with pytest.raises(ConfigError, match=f"mode {mode:04o}"):
            read_key(key)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"k1: .*nowhere: FileNotFoundError"):
        read_key(NamedKey("k1", "EdDSA", tmp_path / "nowhere"))
