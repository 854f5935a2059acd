"""Where blocking code meets the asynchronous chat: the thread that it lives in, and how calls get there and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack
from functools import update_wrapper
from types import TracebackType
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal
from attrs import define, field

from chatd_client.errors import Left

P = ParamSpec("P")
T = TypeVar("T")


class Inner(Protocol):
    """What lives in the thread: a chat, or an admin side."""

    async def __aenter__(self) -> object: ...

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None, /
    ) -> bool | None: ...


InnerT = TypeVar("InnerT", bound=Inner)


@define(eq=False)
class Portal(Generic[InnerT]):
    """An asynchronous chat in an event loop of its own, in a thread of its own, from `with` to its end.

    Commands may be called from any threads at once; the events are consumed by one. Nothing may be called from the
    chat's own thread, that is by a store or by a function that dials: it raises RuntimeError.

    Exceptions are those of the asynchronous chat, each as it was raised, in no exception group; and TimeoutError. What
    interrupts a waiting call (Ctrl-C: KeyboardInterrupt) is a cancellation of it: a command that was not sent yet is
    withdrawn, of one that was it is unknown whether it was carried out, and no event is lost.
    """

    _chat: InnerT
    call_s_max: float | None = None
    """How many seconds a call waits before it raises TimeoutError, which cancels it; None: as long as it takes."""
    _portal: BlockingPortal | None = field(default=None, init=False, repr=False)
    _left: bool = field(default=False, init=False, repr=False)
    _exits: ExitStack = field(factory=ExitStack, init=False, repr=False)

    def __enter__(self) -> Self:
        """Start the thread, load the store's state and begin to connect; do not wait for it. Raises StoreFailed."""
        with ExitStack() as exits:
            portal = exits.enter_context(start_blocking_portal())
            exits.callback(portal.call, portal.stop, True)  # cancel_remaining: other threads' calls end, too
            exits.enter_context(portal.wrap_async_context_manager(self._chat))
            self._portal, self._left, self._exits = portal, False, exits.pop_all()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        """Disconnect, save, and end the thread; what other threads wait for ends with Left.

        Without an exception, the event in the app's hand is consumed. The body's own exception leaves as it is.
        Raises StoreFailed if the last save fails. An interruption cuts this short, and the last save is still made.
        """
        self._left = True
        return self._exits.__exit__(exc_type, exc, traceback)

    def run(self, call: Callable[[InnerT], Awaitable[T]]) -> T:
        """Call an async function with the asynchronous chat, in the chat's thread; return or raise what it does.

        So a script does at once what would be many calls. Raises TimeoutError after `call_s_max`; Left outside `with`.
        """
        return self._run(call, self.call_s_max)

    def _run(self, call: Callable[[InnerT], Awaitable[T]], timeout_s: float | None) -> T:
        asked = self._start(call)
        try:
            return asked.result(timeout_s)
        except CancelledError:
            raise Left("the chat has been left") from None
        except TimeoutError:
            if not asked.cancel():
                return asked.result()
            raise TimeoutError(f"no answer within {timeout_s} s") from None
        except BaseException:
            asked.cancel()
            raise

    def _start(self, call: Callable[[InnerT], Awaitable[T]]) -> Future[T]:
        if self._portal is None:
            raise Left("the chat has not been entered")
        try:
            return self._portal.start_task_soon(call, self._chat)
        except RuntimeError:
            if self._left:
                raise Left("the chat has been left") from None
            raise


def waiting(
    method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[Portal[Any], P], T]:
    """Return the blocking twin of `method`: the same name, arguments, reply and refusals."""

    def call(portal: Portal[Any], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return portal.run(lambda inner: method(inner, *args, **kwargs))

    update_wrapper(call, method)
    return call


def at_once(method: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Portal[Any], P], T]:
    """Return the twin of a `method` that never blocks: it waits for the chat's thread alone."""

    def call(portal: Portal[Any], /, *args: P.args, **kwargs: P.kwargs) -> T:
        async def there(inner: Any) -> T:
            return method(inner, *args, **kwargs)

        return portal.run(there)

    update_wrapper(call, method)
    return call
