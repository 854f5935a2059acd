"""The client library for scripts without async: the same chat, and every call waits for its answer.

with blocking.connect("tcp://127.0.0.1:7700", user="ana") as chat:
    group = chat.create_group("friends", ["bo"])
    chat.post(group.room, "hello")
    for event in chat.events(timeout_s=60):
        print(event)

`administer` is to the admin side what `connect` is to a chat.

The chat itself lives in a thread of its own. Each call is handed to that thread and its outcome handed back, and the
script waits meanwhile: who has many posts to make gives them by `post_nowait`, and waits for their acks together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import update_wrapper
from typing import Concatenate, ParamSpec

import anyio
from attrs import define, field, frozen

from chatd.messages import Committed
from chatd.model import Key
from chatd_client import chat as asynchronous, ledger
from chatd_client.blocking_admin import Admin, administer
from chatd_client.errors import Ended, Left
from chatd_client.events import Event
from chatd_client.portal import Portal, at_once, waiting

__all__ = ["Admin", "Chat", "Sending", "administer", "connect"]

P = ParamSpec("P")


@frozen
class Sending:
    """A post that was given and not waited for. `acked()` waits for its end."""

    _chat: Chat
    _sending: ledger.Sending

    @property
    def key(self) -> Key:
        return self._sending.key

    @property
    def done(self) -> bool:
        return self._sending.done

    def acked(self) -> Committed:
        """Wait until the post is on the server's disk and return where. Raises Refused or Ended.

        Interrupted, or after `call_s_max`, it changes nothing: the post stays under way.
        """
        return self._chat.run(lambda _: self._sending.acked())


def _given(
    method: Callable[Concatenate[asynchronous.Chat, P], ledger.Sending],
) -> Callable[Concatenate[Chat, P], Sending]:
    """Return the twin of a `method` whose outcome is waited for later."""
    giving = at_once(method)

    def call(chat: Chat, /, *args: P.args, **kwargs: P.kwargs) -> Sending:
        return Sending(chat, giving(chat, *args, **kwargs))

    update_wrapper(call, method)
    return call


@define(eq=False)
class _Look:
    """One wait for an event. Its methods run in the chat's thread, so none of them comes between two steps of another.

    Whoever waits may be interrupted in the moment in which the event is taken. The event is then given back.
    """

    _chat: asynchronous.Chat
    _scope: anyio.CancelScope | None = field(default=None, init=False)
    _taken: bool = field(default=False, init=False)
    _withdrawn: bool = field(default=False, init=False)

    async def event(self, timeout_s: float | None) -> Event | None:
        event = self._chat.next_event_nowait()
        if event is None:
            with anyio.move_on_after(timeout_s) as self._scope:
                event = await self._chat.next_event()
        self._taken = event is not None
        self._settle()
        return event

    async def withdraw(self) -> None:
        self._withdrawn = True
        if self._scope is not None:
            self._scope.cancel()
        self._settle()

    def _settle(self) -> None:
        if self._taken and self._withdrawn:
            self._chat.give_back()


@define(eq=False)
class Chat(Portal[asynchronous.Chat]):
    """A user's conversations on one device, for blocking code. Made by `connect`, used within `with`.

    Every method is that of the asynchronous chat: the same name, arguments and reply. What holds of threads, exceptions
    and interruptions stands with `Portal`.
    """

    # The events.

    def events(self, *, timeout_s: float | None = None) -> Iterator[Event]:
        """Yield the events as they come. It ends when none came for `timeout_s`, and when the chat has been left.

        Raises any other Ended. Asking for the next event says that the one before has been consumed.
        """
        while True:
            try:
                event = self.next_event(timeout_s=timeout_s)
            except (Left, TimeoutError):
                return
            yield event

    def next_event(self, *, timeout_s: float | None = None) -> Event:
        """Return the next event. Raises Ended after the last, TimeoutError when none came for `timeout_s`.

        `call_s_max` does not count here. Interrupted, it loses none.
        """
        event = self._look(timeout_s)
        if event is None:
            raise TimeoutError(f"no event within {timeout_s} s")
        return event

    def next_event_nowait(self) -> Event | None:
        """Return the next event, None when there is none yet. Raises Ended after the last."""
        return self._look(0)

    def _look(self, timeout_s: float | None) -> Event | None:
        look = _Look(self._chat)
        try:
            return self._run(lambda _: look.event(timeout_s), None)
        except Ended:
            raise
        except BaseException:
            with suppress(Left):
                self._run(lambda _: look.withdraw(), None)
            raise

    give_back = at_once(asynchronous.Chat.give_back)

    # The commands.

    post_nowait = _given(asynchronous.Chat.post_nowait)

    connected = waiting(asynchronous.Chat.connected)
    save = waiting(asynchronous.Chat.save)

    post = waiting(asynchronous.Chat.post)
    edit = waiting(asynchronous.Chat.edit)
    delete = waiting(asynchronous.Chat.delete)
    react = waiting(asynchronous.Chat.react)
    pin = waiting(asynchronous.Chat.pin)
    forward = waiting(asynchronous.Chat.forward)

    vote = waiting(asynchronous.Chat.vote)
    close_poll = waiting(asynchronous.Chat.close_poll)
    votes = waiting(asynchronous.Chat.votes)

    open_direct = waiting(asynchronous.Chat.open_direct)
    create_group = waiting(asynchronous.Chat.create_group)
    add_member = waiting(asynchronous.Chat.add_member)
    remove_member = waiting(asynchronous.Chat.remove_member)
    join = waiting(asynchronous.Chat.join)
    leave = waiting(asynchronous.Chat.leave)
    set_title = waiting(asynchronous.Chat.set_title)
    set_role = waiting(asynchronous.Chat.set_role)
    transfer_ownership = waiting(asynchronous.Chat.transfer_ownership)

    restrict = waiting(asynchronous.Chat.restrict)
    ban = waiting(asynchronous.Chat.ban)
    unban = waiting(asynchronous.Chat.unban)
    set_settings = waiting(asynchronous.Chat.set_settings)
    set_gates = waiting(asynchronous.Chat.set_gates)
    set_filter = waiting(asynchronous.Chat.set_filter)
    filter = waiting(asynchronous.Chat.filter)
    held_posts = waiting(asynchronous.Chat.held_posts)
    approve = waiting(asynchronous.Chat.approve)
    reject = waiting(asynchronous.Chat.reject)
    withdraw = waiting(asynchronous.Chat.withdraw)
    create_invite = waiting(asynchronous.Chat.create_invite)
    revoke_invite = waiting(asynchronous.Chat.revoke_invite)
    join_by_invite = waiting(asynchronous.Chat.join_by_invite)
    request_join = waiting(asynchronous.Chat.request_join)
    permissions = waiting(asynchronous.Chat.permissions)

    history = waiting(asynchronous.Chat.history)
    versions = waiting(asynchronous.Chat.versions)
    reactions = waiting(asynchronous.Chat.reactions)
    members = waiting(asynchronous.Chat.members)
    rooms = waiting(asynchronous.Chat.rooms)
    search = waiting(asynchronous.Chat.search)
    mark_read = waiting(asynchronous.Chat.mark_read)
    mark_delivered = waiting(asynchronous.Chat.mark_delivered)
    who_read = waiting(asynchronous.Chat.who_read)
    typing = waiting(asynchronous.Chat.typing)
    set_presence = waiting(asynchronous.Chat.set_presence)
    watch_presence = waiting(asynchronous.Chat.watch_presence)

    watch = at_once(asynchronous.Chat.watch)
    unwatch = waiting(asynchronous.Chat.unwatch)
    cheer = waiting(asynchronous.Chat.cheer)
    end_stream = waiting(asynchronous.Chat.end_stream)

    hide = waiting(asynchronous.Chat.hide)
    set_conversation = waiting(asynchronous.Chat.set_conversation)
    draft = waiting(asynchronous.Chat.draft)
    set_draft = at_once(asynchronous.Chat.set_draft)
    read_privately = at_once(asynchronous.Chat.read_privately)

    block = waiting(asynchronous.Chat.block)
    blocked = at_once(asynchronous.Chat.blocked)
    contacts = waiting(asynchronous.Chat.contacts)
    set_profile = waiting(asynchronous.Chat.set_profile)
    profiles = waiting(asynchronous.Chat.profiles)
    find = waiting(asynchronous.Chat.find)
    report = waiting(asynchronous.Chat.report)
    reports = waiting(asynchronous.Chat.reports)
    evidence = waiting(asynchronous.Chat.evidence)
    resolve = waiting(asynchronous.Chat.resolve)

    follow = at_once(asynchronous.Chat.follow)
    unfollow = at_once(asynchronous.Chat.unfollow)
    room = at_once(asynchronous.Chat.room)


def _front(door: Callable[P, asynchronous.Chat]) -> Callable[P, Chat]:
    def connect(*args: P.args, **kwargs: P.kwargs) -> Chat:
        """Return the chat of one user on one device, to be entered with `with`.

        The arguments, and what they raise, are those of the asynchronous `connect`.
        """
        return Chat(door(*args, **kwargs))

    update_wrapper(connect, door, assigned=())
    return connect


connect = _front(asynchronous.connect)
