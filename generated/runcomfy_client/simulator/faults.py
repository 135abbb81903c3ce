"""What can go wrong, as values: a `Fault` says at which calls, its effect says what.

    Fault("submit", Reply(429, retry_after=2), times=3)          # the first three submits
    Fault("submit", Drop(accepted=True), after=1)                # the second submit: accepted, but the answer is lost
    Fault("status", Reply(503), times=None, probability=0.1)     # one poll in ten, by the simulator's seed
    Fault("any", Reply(502), times=None, during=(5, 15))         # an outage of ten seconds
    Fault("submit", JobFails("no faces found"))                  # the first job fails
    Fault("result", StatusWord("in_progress"))                       # `completed`, but the result is not ready yet

Several faults may strike one call. Delays add up; of those that keep a call from being processed, the first counts.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final, Literal, get_args

Point = Literal["submit", "status", "result", "cancel", "catalog", "balance", "download", "any"]
"""The kinds of call that a fault can strike."""


@dataclass(frozen=True, slots=True)
class Delay:
    """The answer takes `seconds` longer."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The call never arrives. In process the client sees a connect error; on a socket, a connection closed without an answer."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The call arrives, and the connection breaks before the answer; `accepted` says whether the call took effect."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """Another answer: any status, redirects among them. The call takes effect only if `accepted`."""

    status: int
    body: Any = None
    """Bytes are sent as they are, everything else as JSON; None makes an error body that fits the status."""
    _: KW_ONLY
    retry_after: str | float | None = None
    """Value of `Retry-After`, in any form."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class HalfBody:
    """The call takes effect; the connection breaks in the middle of the answer's body."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """The call takes effect; the answer has status 200 and a body that is no JSON."""

    body: bytes = b"<!doctype html><title>504 Gateway Time-out</title>"


@dataclass(frozen=True, slots=True)
class Drip:
    """The body arrives slowly.

    Raises:
        ValueError: if the speed is not above 0.
    """

    bytes_per_second: float

    def __post_init__(self) -> None:
        if not self.bytes_per_second > 0:
            raise ValueError("a drip has some speed; for a body that never comes, use Delay")


@dataclass(frozen=True, slots=True)
class Endless:
    """The body has no stated length and never ends."""


@dataclass(frozen=True, slots=True)
class StatusWord:
    """The state reads `word`, whatever it is; an output is withheld. For unknown words and for results that are not ready."""

    word: str


@dataclass(frozen=True, slots=True)
class WithholdCost:
    """The result does not tell its cost yet, as that of the real API right after success."""


@dataclass(frozen=True, slots=True)
class RefuseCancel:
    """The job is not cancelled: `not_cancellable`."""


@dataclass(frozen=True, slots=True)
class JobFails:
    """The submitted job runs to its end and fails with `error`, any JSON."""

    error: Any = "Model run failed"


@dataclass(frozen=True, slots=True)
class NeverFinishes:
    """The submitted job stays in progress for ever."""


@dataclass(frozen=True, slots=True)
class OutputIs:
    """The submitted job succeeds with this `output`: hostile URLs, odd shapes, empty lists."""

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
    """At which calls an effect strikes.

    Raises:
        ValueError: if the effect cannot happen at that point, or a number makes no sense.
    """

    at: Point
    effect: Effect
    _: KW_ONLY
    times: int | None = 1
    """How often at most; None means without end."""
    after: int = 0
    """How many calls at this point are let through first."""
    probability: float = 1.0
    """Chance to strike a call that it may strike."""
    during: tuple[float, float] | None = None
    """Only between these two times, in seconds since the simulator's start; calls outside don't count."""

    def __post_init__(self) -> None:
        if self.at not in get_args(Point):
            raise ValueError(f"no such point: {self.at!r}; use one of {', '.join(get_args(Point))}")
        possible = _ONLY_AT.get(type(self.effect))
        if possible and self.at not in possible:
            raise ValueError(f"{type(self.effect).__name__} can happen at {' or '.join(possible)} only, not at {self.at}")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"a probability is between 0 and 1, not {self.probability}")
        if self.after < 0 or (self.times is not None and self.times < 0):
            raise ValueError("`after` and `times` count calls and cannot be negative")


class FaultSchedule:
    """Decides which faults strike a call. The same calls in the same order are struck alike, by the seed."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._seed = seed
        self._faults: list[Fault] = []
        self._seen: list[int] = []
        self._applied: list[int] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Add a fault; it counts calls from now on."""
        self._faults.append(fault)
        self._seen.append(0)
        self._applied.append(0)

    def match(self, point: str, since_start: float) -> tuple[Effect, ...]:
        """Return what happens to a call that comes in at `point`, `since_start` seconds after the start."""
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
        # one draw a fault and call: adding a fault changes nothing for the others
        if random.Random(f"{self._seed}/{index}/{number}").random() >= fault.probability:
            return False
        self._applied[index] += 1
        return True
