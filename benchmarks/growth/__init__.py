"""`python -m benchmarks.growth`: what chatd costs as the work grows. README.md says how each curve is measured."""

from __future__ import annotations
