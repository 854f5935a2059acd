"""The chatd daemon. This package root holds the version alone: see README.md for the map."""

from __future__ import annotations

__version__ = "0.1.0"
