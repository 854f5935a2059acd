"""The admin side for scripts without async: every call waits for its answer.

with blocking.administer("unix:///var/lib/chatd/control.sock") as admin:
    admin.create_user("ana")
    for event in admin.stream(after=position):
        position = keep(event)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import partial, update_wrapper
from typing import ParamSpec

from attrs import define

from chatd.messages.administering import FOLLOW_MS_MAX
from chatd.model import EntryKind, RoomKind
from chatd_client import admin as asynchronous
from chatd_client.admin import Streamed
from chatd_client.errors import Left
from chatd_client.portal import Portal, at_once, waiting

P = ParamSpec("P")


def _close(_: asynchronous.Admin, stream: asynchronous.Stream) -> None:
    stream.close()


async def _page(
    stream: asynchronous.Stream, after: bytes | None, wait_ms: int, _: asynchronous.Admin
) -> tuple[list[Streamed], bytes]:
    return await stream.page(after, wait_ms=wait_ms)


@define(eq=False)
class Admin(Portal[asynchronous.Admin]):
    """The admin side of one server, for blocking code. Made by `administer`, used within `with`.

    Every method is that of the asynchronous admin side: the same name, arguments and reply. What holds of threads,
    exceptions and interruptions stands with `Portal`.
    """

    create_user = waiting(asynchronous.Admin.create_user)
    close_user = waiting(asynchronous.Admin.close_user)
    users = waiting(asynchronous.Admin.users)
    issue_token = waiting(asynchronous.Admin.issue_token)
    revoke_token = waiting(asynchronous.Admin.revoke_token)
    revoke_tokens = waiting(asynchronous.Admin.revoke_tokens)
    tokens = waiting(asynchronous.Admin.tokens)

    set_relation = waiting(asynchronous.Admin.set_relation)
    set_attributes = waiting(asynchronous.Admin.set_attributes)
    attributes = waiting(asynchronous.Admin.attributes)
    reports = waiting(asynchronous.Admin.reports)
    evidence = waiting(asynchronous.Admin.evidence)
    resolve = waiting(asynchronous.Admin.resolve)

    webhooks = waiting(asynchronous.Admin.webhooks)
    letters = waiting(asynchronous.Admin.letters)
    redeliver = waiting(asynchronous.Admin.redeliver)
    drop_letters = waiting(asynchronous.Admin.drop_letters)

    create_group = waiting(asynchronous.Admin.create_group)
    add_member = waiting(asynchronous.Admin.add_member)
    remove_member = waiting(asynchronous.Admin.remove_member)
    set_role = waiting(asynchronous.Admin.set_role)
    set_title = waiting(asynchronous.Admin.set_title)
    freeze = waiting(asynchronous.Admin.freeze)
    unfreeze = waiting(asynchronous.Admin.unfreeze)
    end_stream = waiting(asynchronous.Admin.end_stream)
    set_level = waiting(asynchronous.Admin.set_level)

    restrict = waiting(asynchronous.Admin.restrict)
    ban = waiting(asynchronous.Admin.ban)
    unban = waiting(asynchronous.Admin.unban)
    set_settings = waiting(asynchronous.Admin.set_settings)
    set_gates = waiting(asynchronous.Admin.set_gates)
    set_filter = waiting(asynchronous.Admin.set_filter)
    filter = waiting(asynchronous.Admin.filter)
    held_posts = waiting(asynchronous.Admin.held_posts)
    approve = waiting(asynchronous.Admin.approve)
    reject = waiting(asynchronous.Admin.reject)
    create_invite = waiting(asynchronous.Admin.create_invite)
    revoke_invite = waiting(asynchronous.Admin.revoke_invite)

    post = waiting(asynchronous.Admin.post)
    edit = waiting(asynchronous.Admin.edit)
    delete = waiting(asynchronous.Admin.delete)
    pin = waiting(asynchronous.Admin.pin)
    forward = waiting(asynchronous.Admin.forward)
    history = waiting(asynchronous.Admin.history)
    versions = waiting(asynchronous.Admin.versions)
    reactions = waiting(asynchronous.Admin.reactions)
    audit = waiting(asynchronous.Admin.audit)
    members = waiting(asynchronous.Admin.members)
    newest_position = waiting(asynchronous.Admin.newest_position)
    follow = waiting(asynchronous.Admin.follow)

    _opened = at_once(asynchronous.Admin.stream)
    _closed = at_once(_close)

    def stream(
        self,
        after: bytes | None = None,
        *,
        room_kinds: Collection[RoomKind] = (),
        kinds: Collection[EntryKind] = (),
        timeout_s: float | None = None,
    ) -> Iterator[Streamed]:
        """Yield all that was and will be committed behind a position, None: from the beginning.

        It ends when nothing came for `timeout_s`, and when the admin side has been left; `call_s_max` does not count
        here. Interrupted, it loses nothing that was not yielded. Raises StreamReset and any other Ended.
        """
        stream = self._opened(after, room_kinds=room_kinds, kinds=kinds)
        try:
            yield from self._events(stream, after, timeout_s)
        except Left:
            return
        finally:
            with suppress(Left):
                self._closed(stream)

    def _events(self, stream: asynchronous.Stream, after: bytes | None, timeout_s: float | None) -> Iterator[Streamed]:
        heard_s = time.monotonic()
        while True:
            left_s = FOLLOW_MS_MAX if timeout_s is None else timeout_s - (time.monotonic() - heard_s)
            wait_ms = max(0, min(FOLLOW_MS_MAX, int(left_s * 1000)))
            events, after = self._run(partial(_page, stream, after, wait_ms), None)
            yield from events
            if events:
                heard_s = time.monotonic()
            elif left_s <= 0:
                return


def _front(door: Callable[P, asynchronous.Admin]) -> Callable[P, Admin]:
    def administer(*args: P.args, **kwargs: P.kwargs) -> Admin:
        """Return the admin side of a server, to be entered with `with`.

        The arguments, and what they raise, are those of the asynchronous `administer`.
        """
        return Admin(door(*args, **kwargs))

    update_wrapper(administer, door, assigned=())
    return administer


administer = _front(asynchronous.administer)
