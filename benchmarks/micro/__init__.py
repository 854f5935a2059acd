"""Micro-benchmarks of the real code, by pyperf: `python -m benchmarks.micro`. README.md says what each measures."""

from __future__ import annotations
