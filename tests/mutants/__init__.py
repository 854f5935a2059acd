"""Planted bugs: mutations of chatd and of its client library, each of which some test must catch."""

from __future__ import annotations
