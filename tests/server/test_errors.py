from __future__ import annotations

from chatd.server.errors import ConfigError


def test_a_bad_setting_is_a_bad_value() -> None:
    assert issubclass(ConfigError, ValueError)
