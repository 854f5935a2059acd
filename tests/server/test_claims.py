"""What checks signed tokens is loaded where the app signs some, and only there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chatd.server import claims
from chatd.server.claims import verifier_of
from chatd.server.errors import ConfigError
from chatd.server.token_config import TokenConfig
from tests.signing import public, sign

NOW_S = 1_800_000_000


def config(folder: Path) -> TokenConfig:
    file = folder / "app.pem"
    file.write_bytes(public().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    file.chmod(0o600)
    return TokenConfig(keys=(f"pair:EdDSA:{file}",))


def test_an_app_that_signs_nothing_has_nothing_checked() -> None:
    assert verifier_of(TokenConfig()) is None


def test_a_key_in_a_file_checks_what_its_other_half_has_signed(tmp_path: Path) -> None:
    verify = verifier_of(config(tmp_path))
    assert verify is not None
    assert verify(sign("ana", NOW_S), NOW_S * 1000).user == "ana"


def test_without_the_cryptography_the_start_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "NEEDED", ("jwt", "no_such_module"))
    with pytest.raises(ConfigError, match=r"chatd\[tokens\]"):
        verifier_of(config(tmp_path))


@pytest.mark.slow
def test_a_daemon_whose_app_signs_nothing_does_not_load_the_cryptography() -> None:
    said = "import sys, chatd.server.cli; print([name for name in ('jwt', 'cryptography') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
