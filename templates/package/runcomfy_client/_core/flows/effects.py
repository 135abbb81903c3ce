"""The effects that a flow can yield, and the results that it receives. All are values.

A flow is a generator. It yields one of the effects below; the engine performs it and sends the result back in. An exception thrown
in at a `yield` comes from outside (Ctrl-C, task cancellation, a user's callback) and means cancellation: record the known state,
then re-raise.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")


class CallerError(BaseException):
    """Wraps an exception from a user's callback or a closed client that the flow would mistake for its own.

    The engine raises the original `error`. Thrown in at a `Send` with a `shield`, it means that nothing was sent.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Send:
    """Make one API call at the configured origin, with the token. Result: `Response` or `TransportError`.

    Attributes:
        timeout: seconds for one step of the exchange, as in httpx: connecting, or waiting for the next bytes.
        shield: how many seconds an interrupt waits for the response of a call in flight. If the response arrives in time, the flow
            receives it first, and is interrupted at its next effect.
        total_timeout: seconds for the whole exchange, enforced even if a step hangs; then the result is `TransportError`. None
            means four times `timeout`.
        account: send the call to the account API's origin instead.
    """

    method: Literal["GET", "POST"]
    path: str
    timeout: float
    body: bytes | None = field(default=None, repr=False)
    shield: float = 0.0
    total_timeout: float | None = None
    account: bool = False

    @property
    def effective_timeout(self) -> float:
        """Seconds for the whole exchange: waiting for a connection, connecting, headers and body have `timeout` seconds each."""
        return 4 * self.timeout if self.total_timeout is None else self.total_timeout


@dataclass(frozen=True, slots=True)
class OpenUrl:
    """Open a URL without token or cookies, and without following redirects. Result: `ResponseHead` or `TransportError`.

    At most one URL is open at a time.

    Attributes:
        timeout: seconds for one step of the exchange, and for the next bytes of the body.
        total_timeout: seconds until the headers must have arrived, enforced even if a step hangs.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str]
    timeout: float
    total_timeout: float


@dataclass(frozen=True, slots=True)
class Resolve:
    """Look up the addresses of a host. Result: a tuple of addresses as text; empty if there are none."""

    host: str


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """Read the next bytes of the open URL. Result: bytes (empty at the end), or `TransportError`."""


@dataclass(frozen=True, slots=True)
class Monotonic:
    """Read the monotonic clock. Result: seconds since an arbitrary zero."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """Read the wall clock. Result: a `datetime` in UTC, for display only, never for measuring durations."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """Sleep for at most `seconds`. A random fraction of it, up to `spread` (0 to 1), is subtracted. Result: None."""

    seconds: float
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Notify:
    """Pass an update to the user's callback. Result: None."""

    update: Any


@dataclass(frozen=True, slots=True)
class RunBlocking:
    """Call `action`, which accesses the disk; if `slow`, without blocking the event loop. Result: its return value."""

    action: Callable[[], Any]
    slow: bool = False


@dataclass(frozen=True, slots=True)
class RunCoroutine:
    """Run the coroutine that `start` returns, on an event loop. Result: its return value. Its exceptions are raised in the flow."""

    start: Callable[[], Coroutine[Any, Any, Any]]


Effect: TypeAlias = Send | OpenUrl | Resolve | ReadChunk | Monotonic | WallClock | Sleep | Notify | RunBlocking | RunCoroutine
Flow: TypeAlias = Generator[Effect, Any, T]
