"""chatd beside the servers people would otherwise choose, on one machine, by one driver. `__main__.py` starts it."""

from __future__ import annotations
