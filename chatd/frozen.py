"""`frozen`, as attrs has it, at the price of `define`.

A frozen class of attrs sets every field by a call, which makes its objects two and a half times as dear: 5 us of the
70 us that a post costs. Here mypy and pyright see `attrs.frozen`, and refuse every assignment; what runs is a class
with the same `__init__`, equality and hash that does not watch itself. The tests run on the one that does.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import attrs

WATCHED = "WATCH_FROZEN"
"""The environment variable under which an assignment fails while the program runs, too."""

if TYPE_CHECKING:
    from attrs import frozen
else:
    # Without NO_OP a class with validators would check on assignments, and its own `__init__` would set by calls, too.
    unwatched = partial(attrs.define, unsafe_hash=True, on_setattr=attrs.setters.NO_OP)
    frozen = attrs.frozen if os.environ.get(WATCHED) else unwatched

__all__ = ["WATCHED", "frozen"]
