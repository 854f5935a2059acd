"""One call is signed, goes to the address that was checked, and ends in its time with an answer or a failure."""

from __future__ import annotations

import ssl
from functools import partial
from pathlib import Path

import pytest
import trio
import trustme
from trio.testing import MockClock, wait_all_tasks_blocked

from chatd.server.hooks.calling import INTERIM_MAX, HttpCaller
from chatd.server.hooks.calls import Answer, CallFailed
from chatd.server.hooks.signing import headers
from tests.server.hooks.endpoints import HANG, HANG_UP, SECRET, Names, Reply, call, open_endpoint

BODY = b'{"type": "entry"}'


async def test_a_call_arrives_signed_and_its_answer_comes_back() -> None:
    async with open_endpoint(lambda _: Reply(201, b"thanks")) as endpoint:
        caller = HttpCaller(endpoint.target(path="/hook?a=1"))
        assert await caller.post(call(7, 2, BODY), 100, whole=True) == Answer(201, b"thanks")
        [seen] = endpoint.seen
        assert (seen.body, seen.path) == (BODY, "/hook?a=1")
        assert seen.headers["host"] == f"127.0.0.1:{endpoint.port}"
        assert seen.headers["content-type"] == "application/json"
        for name, value in headers((SECRET,), "msg_7", 2, 1_800_000_000_999, BODY):
            assert seen.headers[name] == value
        await caller.aclose()


async def test_calls_one_behind_another_share_a_connection_and_calls_at_once_have_one_each() -> None:
    async with open_endpoint() as endpoint:
        caller = HttpCaller(endpoint.target())
        for number in range(3):
            await caller.post(call(number), 0, whole=True)
        assert [seen.connection for seen in endpoint.seen] == [1, 1, 1]
        async with trio.open_nursery() as nursery:
            for number in range(2):
                nursery.start_soon(partial(caller.post, call(number), 0, whole=True))
        assert sorted(seen.connection for seen in endpoint.seen[3:]) == [1, 2]
        await caller.aclose()


async def test_a_connection_that_the_endpoint_has_closed_meanwhile_is_made_anew() -> None:
    replies = [Reply(), HANG_UP, Reply(204)]
    async with open_endpoint(lambda _: replies.pop(0)) as endpoint:
        caller = HttpCaller(endpoint.target())
        await caller.post(call(1), 0, whole=True)
        assert (await caller.post(call(2), 0, whole=True)).status == 204
        assert [(seen.headers["webhook-id"], seen.connection) for seen in endpoint.seen] == [
            ("msg_1", 1),
            ("msg_2", 1),
            ("msg_2", 2),
        ]
        await caller.aclose()


TLS_RECORD_BYTES = 16_384
"""Of what is sent, at most."""
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno"


@pytest.mark.parametrize(
    "said",
    [OK + OK.replace(b"no", b"ok"), OK + b"more", b"HTTP/1.1 200 OK\r\n\r\nno"],
    ids=["a second answer", "more than it says", "an answer that the end of the connection ends"],
)
async def test_what_stands_behind_an_answer_is_no_answer_to_the_next_question(said: bytes) -> None:
    """Invariant A3: else each post after it would be judged by the answer about another."""
    replies: list[Reply | bytes] = [said, Reply(200, b"yes")]
    async with open_endpoint(lambda _: replies.pop(0)) as endpoint:
        endpoint.ends_after_bytes = not said.startswith(OK)
        caller = HttpCaller(endpoint.target())
        assert (await caller.post(call(1), 100, whole=True)).body == b"no"
        assert (await caller.post(call(2), 100, whole=True)).body == b"yes"
        assert [seen.connection for seen in endpoint.seen] == [1, 2]
        await caller.aclose()


async def test_what_comes_unasked_is_no_answer_to_the_next_question() -> None:
    """Invariant A3."""
    async with open_endpoint(lambda _: Reply(200, b"yes")) as endpoint:
        caller = HttpCaller(endpoint.target())
        await caller.post(call(1), 100, whole=True)
        await wait_all_tasks_blocked()
        await endpoint.streams[0].send_all(OK)
        assert (await caller.post(call(2), 100, whole=True)).body == b"yes"
        assert [seen.connection for seen in endpoint.seen] == [1, 2]
        await caller.aclose()


@pytest.mark.parametrize(("interim", "fits"), [(INTERIM_MAX, True), (INTERIM_MAX + 1, False)])
async def test_an_endpoint_that_only_says_go_on_is_a_failure(interim: int, fits: bool) -> None:
    async with open_endpoint(lambda _: b"HTTP/1.1 100 Continue\r\n\r\n" * interim + OK) as endpoint:
        caller = HttpCaller(endpoint.target())
        if fits:
            assert (await caller.post(call(), 100, whole=True)).body == b"no"
            await caller.aclose()
        else:
            with pytest.raises(CallFailed, match="makes no sense"):
                await caller.post(call(), 100, whole=True)


async def test_an_answer_that_says_so_ends_the_connection() -> None:
    async with open_endpoint(lambda _: Reply(headers=(("connection", "close"),), closes=True)) as endpoint:
        caller = HttpCaller(endpoint.target())
        for number in range(2):
            await caller.post(call(number), 0, whole=True)
        assert [seen.connection for seen in endpoint.seen] == [1, 2]


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    async with open_endpoint() as other:
        there = (("location", other.url),)
        async with open_endpoint(lambda _: Reply(307, headers=there)) as endpoint:
            caller = HttpCaller(endpoint.target())
            assert (await caller.post(call(), 0, whole=True)).status == 307
            await caller.aclose()
        assert other.connections == 0


async def test_an_answer_that_must_be_whole_and_is_too_long_is_a_failure() -> None:
    async with open_endpoint(lambda _: Reply(200, bytes(10_000_000))) as endpoint:
        with pytest.raises(CallFailed, match="more than 4096 bytes"):
            await HttpCaller(endpoint.target()).post(call(), 4096, whole=True)


async def test_of_an_answer_that_need_not_be_whole_the_rest_is_left() -> None:
    async with open_endpoint(lambda _: Reply(200, bytes(10_000_000))) as endpoint:
        caller = HttpCaller(endpoint.target())
        assert await caller.post(call(), 4096, whole=False) == Answer(200, bytes(4096))
        assert (await caller.post(call(), 4096, whole=False)).status == 200
        assert endpoint.connections == 2


@pytest.mark.parametrize(
    "said",
    [b"nonsense\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000],
    ids=["nonsense", "an odd status", "endless headers"],
)
async def test_what_is_no_http_is_a_failure(said: bytes) -> None:
    async with open_endpoint(lambda _: said) as endpoint:
        with pytest.raises(CallFailed):
            await HttpCaller(endpoint.target()).post(call(), 4096, whole=True)


async def test_an_endpoint_that_hangs_up_at_once_is_a_failure() -> None:
    async with open_endpoint(lambda _: HANG_UP) as endpoint:
        with pytest.raises(CallFailed, match="hung up"):
            await HttpCaller(endpoint.target()).post(call(), 4096, whole=True)


async def test_a_port_where_nobody_listens_is_a_failure() -> None:
    async with open_endpoint() as endpoint:
        target = endpoint.target()
    with pytest.raises(CallFailed, match="no connection"):
        await HttpCaller(target).post(call(), 4096, whole=True)


@pytest.mark.parametrize(
    ("said", "read_s_max", "passes_s", "failure"),
    [
        (HANG, 20.0, 5.0, "no answer within 5.0 s"),
        (HANG, 2.0, 2.0, "nothing came for 2.0 s"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", 2.0, 2.0, "nothing came for 2.0 s"),
    ],
    ids=["all in all", "before an answer", "within an answer"],
)
async def test_an_endpoint_that_hangs_is_a_failure_in_its_time(
    mock_clock: MockClock, said: Reply | bytes, read_s_max: float, passes_s: float, failure: str
) -> None:
    async with open_endpoint(lambda _: said) as endpoint, trio.open_nursery() as nursery:
        caller = HttpCaller(endpoint.target(total_s_max=5.0, read_s_max=read_s_max))

        over = trio.Event()

        async def post() -> None:
            with pytest.raises(CallFailed, match=failure):
                await caller.post(call(), 4096, whole=True)
            over.set()

        nursery.start_soon(post)
        await endpoint.came(1)
        while not over.is_set():
            mock_clock.jump(passes_s)
            await wait_all_tasks_blocked()


async def test_the_name_is_looked_up_once_and_the_connection_goes_to_what_was_found() -> None:
    """Threat T21: a second answer, that leads inside, is never asked for."""
    names = Names(["127.0.0.1", "10.0.0.1"])
    trio.socket.set_custom_hostname_resolver(names)
    async with open_endpoint() as endpoint:
        caller = HttpCaller(endpoint.target(host="app.example"))
        assert (await caller.post(call(), 0, whole=True)).status == 200
        assert names.asked == ["app.example"]
        assert endpoint.seen[0].headers["host"] == f"app.example:{endpoint.port}"
        await caller.aclose()


async def test_a_name_that_leads_inside_is_not_connected_to() -> None:
    trio.socket.set_custom_hostname_resolver(Names(["127.0.0.1"]))
    async with open_endpoint() as endpoint:
        with pytest.raises(CallFailed, match=r"no connection: app.example is at 127.0.0.1, which is not allowed"):
            await HttpCaller(endpoint.target(host="app.example", allowed=())).post(call(), 0, whole=True)
        assert endpoint.connections == 0


async def test_of_several_addresses_the_first_that_answers_is_taken() -> None:
    trio.socket.set_custom_hostname_resolver(Names(["127.0.0.2,127.0.0.1"]))
    async with open_endpoint() as endpoint:
        caller = HttpCaller(endpoint.target(host="app.example"))
        assert (await caller.post(call(), 0, whole=True)).status == 200
        await caller.aclose()


async def test_a_name_that_is_never_found_is_a_failure_in_its_time(mock_clock: MockClock) -> None:
    names = Names([""])
    trio.socket.set_custom_hostname_resolver(names)
    async with open_endpoint() as endpoint, trio.open_nursery() as nursery:

        async def post() -> None:
            with pytest.raises(CallFailed, match=r"no connection within 2.0 s"):
                await HttpCaller(endpoint.target(host="app.example", connect_s_max=2.0)).post(call(), 0, whole=True)

        nursery.start_soon(post)
        await wait_all_tasks_blocked()
        mock_clock.jump(2)
        await wait_all_tasks_blocked()
        assert names.asked == ["app.example"]


def _tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.mark.parametrize(("name", "fits"), [("app.example", True), ("other.example", False)])
async def test_tls_verifies_the_name_and_not_the_address(tmp_path: Path, name: str, fits: bool) -> None:
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    trio.socket.set_custom_hostname_resolver(Names(["127.0.0.1"]))
    async with open_endpoint(tls=_tls(authority, name)) as endpoint:
        caller = HttpCaller(endpoint.target(host="app.example", secure=True, ca_file=str(file)))
        if fits:
            for number in range(2):
                assert (await caller.post(call(number), 0, whole=True)).status == 200
            assert endpoint.connections == 1
            await caller.aclose()
        else:
            with pytest.raises(CallFailed, match=r"no connection: .*certificate"):
                await caller.post(call(), 0, whole=True)


async def test_what_stands_behind_an_answer_by_tls_is_no_answer_to_the_next_question(tmp_path: Path) -> None:
    """Invariant A3: also where it is a record of its own, of which the socket knows nothing any more."""
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 16342\r\n\r\n"
    first = head + bytes(TLS_RECORD_BYTES - len(head))
    async with open_endpoint(lambda _: first + OK, tls=_tls(authority, "127.0.0.1")) as endpoint:
        caller = HttpCaller(endpoint.target(secure=True, ca_file=str(file)))
        for number in range(2):
            assert (await caller.post(call(number), 20_000, whole=True)).body == bytes(16342)
        assert [seen.connection for seen in endpoint.seen] == [1, 2]
        await caller.aclose()


async def test_what_comes_unasked_by_tls_is_no_answer_to_the_next_question(tmp_path: Path) -> None:
    """Invariant A3: it lies in the socket, of which the stream knows nothing yet."""
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    async with open_endpoint(lambda _: Reply(200, b"yes"), tls=_tls(authority, "127.0.0.1")) as endpoint:
        caller = HttpCaller(endpoint.target(secure=True, ca_file=str(file)))
        await caller.post(call(1), 100, whole=True)
        await wait_all_tasks_blocked()
        await endpoint.streams[0].send_all(OK)
        assert (await caller.post(call(2), 100, whole=True)).body == b"yes"
        assert [seen.connection for seen in endpoint.seen] == [1, 2]
        await caller.aclose()
