"""The wire: bytes to messages and back, without I/O. Shared by the server and every client."""

from __future__ import annotations
