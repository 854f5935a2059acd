"""What the daemon's memory does: for each idle connection and room, after a burst, and over very many connections."""

from __future__ import annotations
