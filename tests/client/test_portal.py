"""How a blocking chat is left: by its own thread, by others, by an exception, by Ctrl-C. Nothing is lost by it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import FrameType

import anyio
import pytest
from attrs import define

from chatd.messages import Post
from chatd.wire import content
from chatd_client import Chat, Entry, FileStore, Left, MemoryStore, Saved, StoreFailed, blocking
from tests.client.fakes import Peer
from tests.client.scrolls import ROOM, Scroll
from tests.client.stage import no_thread_left, nothing_more, played
from tests.client.test_blocking import until_caught_up


def texts_until(chat: blocking.Chat, text: str) -> list[str]:
    """Return the texts of the entries up to one; the event that tells of it is then in the app's hand."""
    texts: list[str] = []
    while not texts or texts[-1] != text:
        event = chat.next_event(timeout_s=20)
        texts.extend([event.text] if isinstance(event, Entry) else [])
    return texts


def consumed(store: MemoryStore) -> list[int]:
    return [cursor.seq for cursor in store.saved.cursors if cursor.room == ROOM]


# Threads.


def test_no_thread_is_left_behind(tmp_path: Path) -> None:
    with no_thread_left(), played(store=FileStore(tmp_path / "state")) as chat:
        chat.connected()
        chat.save()


def test_a_store_that_cannot_be_read_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"no state")

    def enter() -> None:
        with played(store=FileStore(tmp_path / "state")):
            raise AssertionError("it has been entered")

    with no_thread_left(), pytest.raises(StoreFailed):
        enter()


def test_threads_post_at_once_and_each_gets_its_own_ack() -> None:
    async def script(peer: Peer) -> None:
        while True:
            received, post = await peer.expect(Post)
            await peer.ack(received, seq=int(content.parse(post.content).text))

    with played(script) as chat, ThreadPoolExecutor(4) as threads:
        acks = threads.map(lambda number: chat.post(ROOM, str(number)), range(1, 41))
        assert [ack.seq for ack in acks] == list(range(1, 41))


@define(eq=False)
class Caller:
    """Calls something in a thread of its own, and keeps what it raised."""

    call: Callable[[], object]
    error: BaseException | None = None

    def __call__(self) -> None:
        try:
            self.call()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error


async def never(_: Chat) -> None:
    await anyio.sleep_forever()


@pytest.mark.parametrize("how", ["normally", "by an exception"])
@pytest.mark.parametrize("what", ["a command", "a function"])
def test_what_another_thread_waits_for_ends_when_the_chat_is_left(how: str, what: str) -> None:
    posted = threading.Event()

    async def script(peer: Peer) -> None:
        await peer.expect(Post)
        posted.set()

    def post_and_wait() -> object:
        sending = chat.post_nowait(ROOM, "hello")
        return chat.run(never) if what == "a function" else sending.acked()

    caller = Caller(post_and_wait)
    thread = threading.Thread(target=caller)
    with no_thread_left():
        with suppress(KeyError), played(script) as chat:
            chat.call_s_max = None
            thread.start()
            posted.wait(20)
            if how == "by an exception":
                raise KeyError
        thread.join(20)
    assert isinstance(caller.error, Left)


def test_events_of_another_thread_end_when_the_chat_is_left() -> None:
    told = threading.Event()
    found: list[object] = []

    def consume(chat: blocking.Chat) -> None:
        for event in chat.events():
            found.append(event)
            told.set()
        found.append("the end")

    with no_thread_left():
        with played() as chat:
            thread = threading.Thread(target=consume, args=[chat])
            thread.start()
            told.wait(20)
        thread.join(20)
    assert found[-1] == "the end"


# Leaving, and what is consumed by it.


def test_the_own_exception_of_the_body_leaves_as_it_is() -> None:
    mine = KeyError("mine")

    def fail() -> None:
        with played() as chat:
            chat.connected()
            raise mine

    with no_thread_left(), pytest.raises(KeyError) as raised:
        fail()
    assert raised.value is mine


def test_leaving_normally_counts_the_event_in_hand_as_consumed() -> None:
    scroll, store = Scroll(), MemoryStore()
    scroll.says("one", "two", "three")
    with played(nothing_more, scroll, store=store) as chat:
        texts_until(chat, "two")
    assert consumed(store) == [2]


def test_leaving_by_ctrl_c_leaves_the_event_in_hand_for_the_next_time() -> None:
    scroll, store = Scroll(), MemoryStore()
    scroll.says("one", "two", "three")
    with suppress(KeyboardInterrupt), played(nothing_more, scroll, store=store) as chat:
        texts_until(chat, "two")
        raise KeyboardInterrupt
    assert consumed(store) == [1]


# Ctrl-C while something is waited for.


@pytest.fixture
def allowed() -> Iterator[threading.Event]:
    """Let `interrupt` raise KeyboardInterrupt in the main thread, there where it is, once this event is set."""
    now = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        now.wait(20)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        yield now
    finally:
        signal.signal(signal.SIGUSR1, before)


async def interrupt() -> None:
    """Do to the main thread what Ctrl-C does, in the moment in which it sleeps in a `Condition` and holds no lock."""
    main = threading.main_thread().ident or 0
    while sys._current_frames()[main].f_locals.get("gotit") is not False:
        await anyio.lowlevel.checkpoint()
    signal.pthread_kill(main, signal.SIGUSR1)


def test_an_interrupted_command_goes_its_way_and_the_chat_goes_on(allowed: threading.Event) -> None:
    allowed.set()

    async def script(peer: Peer) -> None:
        received, _ = await peer.expect(Post)
        await interrupt()
        again, _ = await peer.expect(Post)
        await peer.ack(received, seq=1)
        await peer.ack(again, seq=2)

    with no_thread_left(), played(script) as chat:
        with pytest.raises(KeyboardInterrupt):
            chat.post(ROOM, "one")
        assert chat.post(ROOM, "two").seq == 2


async def until_it_waits(chat: blocking.Chat) -> None:
    """Return once the main thread waits for an event."""
    while not chat._chat._desk.inbox.bell._event.statistics().tasks_waiting:
        await anyio.lowlevel.checkpoint()


async def until_taken(chat: blocking.Chat) -> None:
    """Return once an entry has been taken for the main thread."""
    inbox = chat._chat._desk.inbox
    while inbox._handed is None or not isinstance(inbox._handed.event, Entry):
        await anyio.lowlevel.checkpoint()


def test_an_interrupted_wait_takes_no_event_that_comes_later(allowed: threading.Event) -> None:
    allowed.set()
    scroll = Scroll()

    async def script(peer: Peer) -> None:
        await peer.expect(Post)
        await until_it_waits(chat)
        await interrupt()
        await peer.expect(Post)
        await peer.send(scroll.say("one"), scroll.say("two"))

    with played(script, scroll) as chat:
        until_caught_up(chat)
        chat.post_nowait(ROOM, "now wait")
        with pytest.raises(KeyboardInterrupt):
            chat.next_event()
        chat.post_nowait(ROOM, "go on")
        assert texts_until(chat, "two") == ["one", "two"]


@pytest.mark.parametrize("goes_on", [True, False])
def test_an_event_taken_for_an_interrupted_wait_is_given_back(goes_on: bool, allowed: threading.Event) -> None:
    scroll, store = Scroll(), MemoryStore()

    async def script(peer: Peer) -> None:
        await peer.expect(Post)
        await until_it_waits(chat)
        await interrupt()
        await peer.send(scroll.say("one"))
        await until_taken(chat)
        allowed.set()
        await peer.send(scroll.say("two"))

    with played(script, scroll, store=store) as chat:
        until_caught_up(chat)
        chat.post_nowait(ROOM, "now wait")
        with pytest.raises(KeyboardInterrupt):
            chat.next_event()
        assert not goes_on or texts_until(chat, "two") == ["one", "two"]
    assert consumed(store) == ([2] if goes_on else [])


@define(eq=False)
class Interrupting(MemoryStore):
    """Interrupts the main thread while it waits for a save."""

    leaving: bool = False

    async def save(self, saved: Saved) -> None:
        if self.leaving:
            self.leaving = False
            await interrupt()
            await anyio.lowlevel.checkpoint()
        self.saved = saved


def test_an_interrupted_leave_still_saves_and_ends_its_thread(allowed: threading.Event) -> None:
    allowed.set()
    scroll, store = Scroll(), Interrupting()
    scroll.says("one", "two")

    def leave() -> None:
        with played(nothing_more, scroll, store=store) as chat:
            texts_until(chat, "two")
            store.leaving = True

    with no_thread_left(), pytest.raises(KeyboardInterrupt):
        leave()
    assert consumed(store) == [2]
