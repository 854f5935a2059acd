"""The tests run with data that watches itself. The daemons which they start in other processes run as users' do."""

from __future__ import annotations

import os

WATCHED = "WATCH_FROZEN"

os.environ[WATCHED] = "1"
import chatd.frozen  # noqa: E402  what it decides here holds for every class that is made after it

del os.environ[WATCHED]

if chatd.frozen.WATCHED != WATCHED:
    raise RuntimeError("the tests do not watch what is frozen")
