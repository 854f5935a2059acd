"""The words of the table in `matrix`."""

from __future__ import annotations

WORDS = {
    "ok": "ok",
    "forbid": "forbidden",
    "absent": "not_member",
    "unknown": "unknown_room",
    "same": "unchanged",
    "kind": "wrong_kind",
    "last": "last_owner",
    "beyond": "bad_seq",
    "nobody": "unknown_user",
    "invite": "bad_invite",
    "origin": "bad_origin",
    "mention": "bad_mention",
    "report": "unknown_report",
    "frozen": "frozen",
    "gate": "ineligible",
}
"""What stands in the table for an answer. Pages have words of their own: what is in them."""

PAGES = {
    "all": "all entries",
    "past": "the entries up to their leaving",
    "none": "a page without entries",
    "found": "what was looked for",
    "live": "told what follows",
    "closed": "told what is visible, and nothing new",
    "listed": "among the conversations",
    "hidden": "not among the conversations",
}
