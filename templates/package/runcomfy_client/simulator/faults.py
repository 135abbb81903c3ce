"""Faults as values: a `Fault` defines the calls, and its effect what happens to them.

    Fault("submit", Reply(429, retry_after=2), times=3)          # the first three submits
    Fault("submit", Drop(accepted=True), after=1)                # the second submit is accepted, but its response is lost
    Fault("status", Reply(503), times=None, probability=0.1)     # one poll in ten, by the simulator's seed
    Fault("any", Reply(502), times=None, during=(5, 15))         # an outage of ten seconds
    Fault("submit", JobFails("no faces found"))                  # the first job fails
    Fault("result", StatusWord("in_progress"))                   # `completed`, but the result is not ready yet

Several faults may affect one call. Delays add up; of faults that prevent a call from being processed, only the first applies.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final, Literal, get_args

Point = Literal["submit", "status", "result", "cancel", "catalog", "balance", "download", "any"]
"""The kinds of calls that a fault can affect."""


@dataclass(frozen=True, slots=True)
class Delay:
    """The response takes `seconds` longer."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The call does not arrive. In process, the client gets a connect error; with a server, the connection is closed."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The call arrives, but the connection breaks before the response. If `accepted`, the call takes effect."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """Another response, with any status, including redirects. The call takes effect only if `accepted`."""

    status: int
    body: Any = None
    """The body: bytes are sent unchanged, any other value as JSON; None creates an error body that matches the status."""
    _: KW_ONLY
    retry_after: str | float | None = None
    """The value of `Retry-After`, in any form."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class HalfBody:
    """The call takes effect; the connection breaks in the middle of the response body."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """The call takes effect; the response has status 200, and a body that is not JSON."""

    body: bytes = b"<!doctype html><title>504 Gateway Time-out</title>"


@dataclass(frozen=True, slots=True)
class Drip:
    """The body arrives slowly.

    Raises:
        ValueError: the speed is not positive.
    """

    bytes_per_second: float

    def __post_init__(self) -> None:
        if not self.bytes_per_second > 0:
            raise ValueError("the speed must be positive; for a body that never arrives, use Delay")


@dataclass(frozen=True, slots=True)
class Endless:
    """The body has no `Content-Length`, and never ends."""


@dataclass(frozen=True, slots=True)
class StatusWord:
    """The state is `word`, without the output. For unknown states, and for results that are not ready."""

    word: str


@dataclass(frozen=True, slots=True)
class WithholdCost:
    """The result does not have the cost yet, like that of the real API right after success."""


@dataclass(frozen=True, slots=True)
class RefuseCancel:
    """The job is not cancelled: `not_cancellable`."""


@dataclass(frozen=True, slots=True)
class JobFails:
    """The submitted job runs, and fails with `error`, any JSON value."""

    error: Any = "Model run failed"


@dataclass(frozen=True, slots=True)
class NeverFinishes:
    """The submitted job stays in progress forever."""


@dataclass(frozen=True, slots=True)
class OutputIs:
    """The submitted job succeeds with this `output`, such as a hostile URL, an unusual structure, or an empty list."""

    output: Any


JobEffect = JobFails | NeverFinishes | OutputIs
Effect = (
    Delay | Unreachable | Drop | Reply | HalfBody | Garbage | Drip | Endless | StatusWord | WithholdCost | RefuseCancel | JobEffect
)

_ONLY_AT: Final[dict[type, tuple[Point, ...]]] = {
    StatusWord: ("status", "result"),
    WithholdCost: ("result",),
    RefuseCancel: ("cancel",),
    JobFails: ("submit",),
    NeverFinishes: ("submit",),
    OutputIs: ("submit",),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect, and the calls that it affects.

    Raises:
        ValueError: the effect is not possible at that point, or a number is out of range.
    """

    at: Point
    effect: Effect
    _: KW_ONLY
    times: int | None = 1
    """The maximum number of calls; None for no limit."""
    after: int = 0
    """The number of calls at this point before the first that is affected."""
    probability: float = 1.0
    """The probability with which a call is affected."""
    during: tuple[float, float] | None = None
    """Only calls between these two times are affected and counted, in seconds since the simulator's start."""

    def __post_init__(self) -> None:
        if self.at not in get_args(Point):
            raise ValueError(f"unknown point {self.at!r}; use one of {', '.join(get_args(Point))}")
        possible = _ONLY_AT.get(type(self.effect))
        if possible and self.at not in possible:
            raise ValueError(f"{type(self.effect).__name__} is possible only at {' or '.join(possible)}, not at {self.at}")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"a probability must be between 0 and 1, not {self.probability}")
        if self.after < 0 or (self.times is not None and self.times < 0):
            raise ValueError("`after` and `times` are numbers of calls, and must not be negative")


class FaultSchedule:
    """Decides which faults affect a call. With the same seed, the same calls in the same order have the same faults."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._seed = seed
        self._faults: list[Fault] = []
        self._seen: list[int] = []
        self._applied: list[int] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Add a fault, which counts calls from now on."""
        self._faults.append(fault)
        self._seen.append(0)
        self._applied.append(0)

    def match(self, point: str, since_start: float) -> tuple[Effect, ...]:
        """Return the effects on a call at `point`, `since_start` seconds after the start."""
        return tuple(fault.effect for index, fault in enumerate(self._faults) if self._matches(index, fault, point, since_start))

    def _matches(self, index: int, fault: Fault, point: str, since_start: float) -> bool:
        if fault.at not in (point, "any"):
            return False
        if fault.during and not fault.during[0] <= since_start < fault.during[1]:
            return False
        self._seen[index] += 1
        number = self._seen[index]
        if number <= fault.after or (fault.times is not None and self._applied[index] >= fault.times):
            return False
        # one random number per fault and call, so that adding a fault does not change the others
        if random.Random(f"{self._seed}/{index}/{number}").random() >= fault.probability:
            return False
        self._applied[index] += 1
        return True
