"""What a flow may ask of the outside world, and what it is told: values only.

A flow is a generator that yields one of the effects below and receives its answer; a driver performs them. An exception that is
thrown in at a `yield` comes from outside (Ctrl-C, task cancellation, a user's callback) and always means: tell what is known, and
leave.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")


class CallerError(BaseException):
    """Thrown into a flow in place of an `error` from outside that the flow would take for one of its own: out of a user's callback,
    or because the client is closed. Whoever drives the flow raises the error itself. At a `Send`, it means that nothing was sent.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Send:
    """Make one call of the API, at the configured origin, with the token. Told: `Response` or `TransportError`.

    Attributes:
        timeout: seconds for one step of the exchange, as httpx counts: connecting, or waiting for the next bytes.
        shield: seconds that an interrupt waits for the answer of a call under way. When the answer comes in time, the flow is
            told first, and interrupted at its next effect.
        total_timeout: seconds for the whole exchange, held whatever hangs; after it, the answer is `TransportError`. None for four
            times the timeout, held as far as that costs nothing.
        account: whether it goes to the account's origin instead.
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
        """Seconds for the whole exchange: waiting for a connection, connecting, the head and the body have their time each."""
        return 4 * self.timeout if self.total_timeout is None else self.total_timeout


@dataclass(frozen=True, slots=True)
class OpenUrl:
    """Open a file at any URL: no token, no cookies, no redirects followed. Told: `ResponseHead` or `TransportError`. One is open at
    a time.

    Attributes:
        timeout: seconds for one step of the exchange, and for the next bytes of the body.
        total_timeout: seconds until the head must be there, held whatever hangs.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str]
    timeout: float
    total_timeout: float


@dataclass(frozen=True, slots=True)
class Resolve:
    """Look up the addresses of a host. Told: a tuple of addresses in text form, empty when there are none."""

    host: str


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """Take the next bytes of the open file, just as they come. Told: bytes, none at the end, or `TransportError`."""


@dataclass(frozen=True, slots=True)
class Monotonic:
    """Read the clock. Told: seconds that only grow, from an arbitrary zero."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """Read the calendar. Told: a `datetime` in UTC. For people to read, never to count with."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait, at most `seconds`; a random part of it, up to the share `spread`, is left out. Told: nothing."""

    seconds: float
    spread: float = 0.0


@dataclass(frozen=True, slots=True)
class Notify:
    """Show an update to the user. Told: nothing."""

    update: Any


@dataclass(frozen=True, slots=True)
class RunBlocking:
    """Call `action`, which works on the disk; when `slow`, keep an event loop free meanwhile. Told: what it returned."""

    action: Callable[[], Any]
    slow: bool = False


Effect: TypeAlias = Send | OpenUrl | Resolve | ReadChunk | Monotonic | WallClock | Sleep | Notify | RunBlocking
Flow: TypeAlias = Generator[Effect, Any, T]
