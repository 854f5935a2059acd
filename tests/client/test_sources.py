from __future__ import annotations

from pathlib import Path

from chatd_client.sources import Sources

README = Path(__file__).parents[2] / "clients" / "README.md"


def test_a_key_is_a_uuid_of_version_7_that_begins_with_the_time() -> None:
    ones = Sources(wall_ms=lambda: 0x0123456789AB, entropy=lambda size: b"\xff" * size)
    assert ones.key().hex() == "0123456789ab7fffbfffffffffffffff"
    assert Sources().key() != Sources().key()
    assert 0 <= Sources().chance() < 1
