"""What a daemon cannot start with."""

from __future__ import annotations


class ConfigError(ValueError):
    """A value that a daemon cannot start with. `str()` names the setting and what is wrong with it."""
