"""The people of the places that the tables of `matrix` speak of."""

from __future__ import annotations

from chatd.model import MemberState, Role
from tests.rooms.scene import ADMIN, INVITED, LEFT, MEMBER, OWNER, Standing

PEOPLE = {
    "owner": ("olga", "otto"),
    "admin": ("adam", "anna"),
    "mod": ("maud", "mark"),
    "member": ("mila", "mike"),
    "readonly": ("rita", "ruth"),
    "asking": ("asta", "axel"),
    "invited": ("ivan", "ines"),
    "left": ("lena", "lars"),
    "banned": ("bert", "bill"),
    "stranger": ("sven", "stan"),
    "viewer": ("vera", "vito"),
}
"""Two of each standing in the group, and of the audience of a live room: who asks, and whom it is about."""

NOBODY = "nemo"
"""A name that no user has."""

STANDINGS: dict[str, Standing] = {
    "owner": OWNER,
    "admin": ADMIN,
    "mod": (MemberState.MEMBER, Role.MODERATOR),
    "member": MEMBER,
    "readonly": (MemberState.RESTRICTED, Role.MEMBER),
    "asking": (MemberState.REQUESTED, Role.MEMBER),
    "invited": INVITED,
    "left": LEFT,
    "banned": (MemberState.BANNED, Role.MEMBER),
}
