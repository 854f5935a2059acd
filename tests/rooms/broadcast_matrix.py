"""What differs in a broadcast room from the tables of `matrix`."""

from __future__ import annotations

BROADCAST = """
                            owner    admin    mod      member   readonly asking   invited  left     banned   stranger
5.4  Post                   ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post media             ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post reply             ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post ttl               ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post mention member    ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post mention readonly  ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post mention asking    mention  mention  mention  forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post mention invited   mention  mention  mention  forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post mention left      mention  mention  mention  forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post mention banned    mention  mention  mention  forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post mention stranger  mention  mention  mention  forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post mention nobody    mention  mention  mention  forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post forward group     ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post forward others    origin   origin   origin   forbid   forbid   absent   absent   absent   absent   unknown
5.4  Post gated             ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.28 Typing                 ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.31 Edit own               ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.37 Reactions owner        ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.54 Permissions left       ok       ok       ok       nobody   nobody   absent   absent   absent   absent   unknown
5.60 WhoRead owner          kind     kind     kind     kind     kind     absent   absent   absent   absent   unknown
5.60 WhoRead beyond         kind     kind     kind     kind     kind     absent   absent   absent   absent   unknown
5.84 Votes owner            ok       ok       ok       forbid   forbid   absent   absent   absent   absent   unknown
5.100 Review member         forbid   forbid   forbid   forbid   forbid   absent   absent   absent   absent   unknown
"""
"""Where a broadcast room answers otherwise than a group does: its members are its followers (9.11)."""
