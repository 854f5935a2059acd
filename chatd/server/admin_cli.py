"""`chatd admin`: users and rooms, from the command line, and what was committed."""

from __future__ import annotations

import sys

from cyclopts import App

from chatd.messages import (
    AddMember,
    CloseUser,
    CreateFor,
    CreateUser,
    Delete,
    Freeze,
    Post,
    RemoveMember,
    SetRole,
)
from chatd.model import Role, RoomKind
from chatd.names import is_name
from chatd.server.admin_follow import follow
from chatd.server.admin_people import attributes, relate, report, tell
from chatd.server.admin_reading import audit, commit, history, members, room_of, stream, users
from chatd.server.admin_rooms import approve, end, forward, held, reject, set_filter, show_filter, unset_filter
from chatd.server.auth import token_hash
from chatd.server.config import ExitCode
from chatd.server.console import DEFAULTS, Settings, fail, new_key, say
from chatd.server.operate import new_secret
from chatd.wire import content
from chatd.wire.bodies import System

admin = App(name="admin", help="What the app's own side may do. Works while the daemon runs, and while not.")
user = App(name="user", help="Who may connect, once they have a token.")
room = App(name="room", help="Rooms, named by their ids in hex.")
admin.command(user)
admin.command(room)
admin.command(report)
admin.command(audit)
admin.command(stream)
admin.command(follow)
user.command(users, name="list")
user.command(relate)
user.command(tell)
user.command(attributes)
room.command(members)
room.command(history)
room.command(end)
room.command(held)
room.command(approve)
room.command(reject)
room.command(forward)
room.command(show_filter, name="filter")
room.command(set_filter)
room.command(unset_filter)


@user.command(name="create")
def create_user(user: str, /, *, config: Settings = DEFAULTS) -> int:
    """Let USER exist: others can add and write to them. Takes the options of serve."""
    return commit(config, lambda: CreateUser(key=new_key(), user=user))


@user.command(name="close")
def close_user(user: str, /, *, reason: str = "", config: Settings = DEFAULTS) -> int:
    """End USER's sessions and let nobody in as them any more, for good. Takes the options of serve.

    Parameters
    ----------
    reason
        For the audit.
    """
    return commit(config, lambda: CloseUser(key=new_key(), user=user, reason=reason))


@room.command(name="create")
def create_room(
    owner: str, title: str, /, *members: str, kind: RoomKind = RoomKind.GROUP, config: Settings = DEFAULTS
) -> int:
    """Make a room that belongs to OWNER, and print its id. Takes the options of serve.

    Parameters
    ----------
    kind
        Of the rooms that somebody leads.
    """
    return commit(config, lambda: CreateFor(key=new_key(), owner=owner, title=title, members=tuple(members), kind=kind))


@room.command
def add(room: str, /, *users: str, config: Settings = DEFAULTS) -> int:
    """Add users to ROOM. Takes the options of serve."""
    return commit(config, lambda: AddMember(room=room_of(room), key=new_key(), users=tuple(users)))


@room.command
def remove(room: str, user: str, /, *, config: Settings = DEFAULTS) -> int:
    """Remove USER from ROOM. Takes the options of serve."""
    return commit(config, lambda: RemoveMember(room=room_of(room), key=new_key(), user=user))


@room.command
def role(room: str, user: str, role: Role, /, *, config: Settings = DEFAULTS) -> int:
    """Make USER the owner, admin, moderator or member of ROOM. Takes the options of serve."""
    return commit(config, lambda: SetRole(room=room_of(room), key=new_key(), user=user, role=role))


@room.command
def post(room: str, text: str, /, *, event: str = "note", config: Settings = DEFAULTS) -> int:
    """Say TEXT in ROOM, as nobody in it. Takes the options of serve.

    Parameters
    ----------
    event
        What has happened, for clients that say it in their own words.
    """

    def make() -> Post:
        said = content.of(System(event=event, fallback=text), allow_system=True)
        return Post(room=room_of(room), key=new_key(), content=said)

    return commit(config, make)


@room.command
def delete(room: str, seq: int, /, *, config: Settings = DEFAULTS) -> int:
    """Delete the post at SEQ of ROOM for everybody. Takes the options of serve."""
    return commit(config, lambda: Delete(room=room_of(room), key=new_key(), seq=seq))


@room.command
def freeze(room: str, /, *, reason: str = "", config: Settings = DEFAULTS) -> int:
    """Let nobody write to ROOM or change it. Takes the options of serve.

    Parameters
    ----------
    reason
        For those who are in it.
    """
    return commit(config, lambda: Freeze(room=room_of(room), key=new_key(), reason=reason))


@room.command
def unfreeze(room: str, /, *, reason: str = "", config: Settings = DEFAULTS) -> int:
    """End what `freeze` began. Takes the options of serve.

    Parameters
    ----------
    reason
        For those who are in it.
    """
    return commit(config, lambda: Freeze(room=room_of(room), key=new_key(), on=False, reason=reason))


@admin.command
def credential(name: str, /) -> int:
    """Make a credential for `admin.listen`: print its secret, once, and on stderr what `admin.credentials` is to hold.

    Parameters
    ----------
    name
        What the audit calls who comes with it.
    """
    if not is_name(name):
        return fail("NAME: not a name", ExitCode.BAD_CONFIGURATION)
    secret = new_secret()
    say(sys.stderr, f"{name}:{token_hash(secret).hex()}\n")
    say(sys.stdout, f"{secret}\n")
    return ExitCode.OK
