"""About how long a run will take: measured once, to tell who starts it, and good for nothing else. Pure."""

from __future__ import annotations

from benchmarks.peers.works import Kind, Work

_AROUND_S = {Kind.LOAD: 4.0, Kind.IDLE: 5.0, Kind.STORM: 12.0, Kind.COLD: 11.0}
"""Starting a server, letting all in, and ending it: what a work takes beside its own seconds."""
_SLOW_S = {
    ("inspircd", "idle"): 20.0,
    ("inspircd", "storm"): 20.0,
    ("ejabberd", "fanout1000"): 7.0,
    ("ejabberd", "storm"): 40.0,
    ("ejabberd", "storm-cold"): 35.0,
    ("prosody", "fanout1000"): 33.0,
    ("prosody", "small"): 11.0,
    ("prosody", "idle"): 30.0,
    ("prosody", "storm"): 150.0,
    ("prosody", "storm-cold"): 130.0,
}
"""What some servers take beyond that."""


def about_s(work: Work, peer: str) -> float:
    """Return a rough guess of the seconds that a work takes with a server, both of the standard size."""
    own_s = work.seconds if work.kind is Kind.LOAD else 0.0
    return own_s + _AROUND_S[work.kind] + _SLOW_S.get((peer, work.name), 0.0)


def spoken(seconds: float) -> str:
    """Return a duration in words: whole minutes, if it is more than one."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"
