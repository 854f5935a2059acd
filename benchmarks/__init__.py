"""The load tools: `python -m benchmarks.replay` and `python -m benchmarks.load`. README.md says how to read them."""

from __future__ import annotations
