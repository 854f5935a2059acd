"""The admin side for scripts without async: its methods are those of the asynchronous one, and so is the stream."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

import pytest

from chatd.messages import CreateUser, Followed
from chatd_client import Admin, Left, StreamReset, blocking
from chatd_client.admin_people import AdminPeople
from chatd_client.admin_webhooks import AdminWebhooks
from chatd_client.administering import Administering
from chatd_client.moderating import Ruling
from chatd_client.talking import Handling
from tests.client.fakes import Network, Peer, calm
from tests.client.stage import CALL_S_MAX, Stage, no_thread_left
from tests.client.test_admin import page, position, serve


def staged(play: Callable[[Network, Peer], Awaitable[None]]) -> blocking.Admin:
    """Return an admin side whose server welcomes it and then plays."""
    networks: list[Network] = []

    async def begin(network: Network) -> Peer:
        networks.append(network)
        return await network.welcome(user="")

    stage = Stage(lambda peer: play(networks[0], peer), begin)
    admin = blocking.administer(stage.dial, sources=calm())
    admin.call_s_max = CALL_S_MAX
    return admin


def streaming(*pages: Followed) -> blocking.Admin:
    async def play(network: Network, _: Peer) -> None:
        await serve(await network.welcome(user=""), *pages, asked=[])

    return staged(play)


def test_every_method_of_the_asynchronous_one_is_there() -> None:
    kinds = (Administering, AdminPeople, AdminWebhooks, Ruling, Handling)
    named = [name for kind in kinds for name in vars(kind) if not name.startswith("_")]
    assert [name for name in named if inspect.unwrap(getattr(blocking.Admin, name)) is not getattr(Admin, name)] == []


def test_a_call_waits_for_its_answer() -> None:
    async def play(_: Network, peer: Peer) -> None:
        received, _command = await peer.expect(CreateUser)
        await peer.ack(received, seq=7)

    with no_thread_left(), staged(play) as admin:
        assert admin.create_user("ana").seq == 7


def test_the_stream_yields_page_after_page_and_ends_when_nothing_comes() -> None:
    with no_thread_left(), streaming(page(1, 2), page(3), page(reached=3)) as admin:
        told = [(each.entry.seq, each.position) for each in admin.stream(timeout_s=0)]
    assert told == [(number, position(number)) for number in (1, 2, 3)]


def test_a_position_of_another_store_is_told() -> None:
    with no_thread_left(), streaming(page(reached=0, status="reset")) as admin, pytest.raises(StreamReset):
        next(admin.stream(position(9)))


def test_a_stream_ends_with_the_admin_side() -> None:
    with no_thread_left(), streaming(page(1)) as admin:
        stream = admin.stream()
        assert next(stream).entry.seq == 1
    assert list(stream) == []
    with pytest.raises(Left):
        admin.create_user("ana")
