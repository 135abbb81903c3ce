"""The records of the simulator, for tests: the jobs that it accepted, and the calls that it received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """A job that was accepted. A real server would have billed it."""

    request_id: str
    model_id: str
    inputs: Mapping[str, Any]
    """The body of the submit."""
    at: float
    """The time in seconds on the simulator's clock."""
    body_sha256: str
    """The SHA-256 of the body, in hex: two records with the same value are most likely one job that was paid for twice."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call to the simulator, or to another origin, which was not forwarded."""

    at: float
    """The time in seconds on the simulator's clock."""
    point: str
    """The endpoint: `submit`, `status`, `result`, `cancel`, `catalog`, `balance`, `download`, `unknown`, or `elsewhere` for another
    origin."""
    method: str
    url: str
    status: int | None
    """The HTTP status of the response; None without a response."""
    headers: Mapping[str, str] = field(repr=False)
    """The request headers, with names in lower case. They contain the token, so `repr` omits them."""
