"""What the simulator records for tests to check: the jobs it accepted and the calls it received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """A job that was accepted, and that a real server would have billed."""

    request_id: str
    model_id: str
    inputs: Mapping[str, Any]
    """The body of the submit."""
    at: float
    """When, in seconds by the simulator's clock."""
    body_sha256: str
    """SHA-256 of the body's bytes, in hex: two records with the same one are, most likely, one job paid twice."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call that reached the simulator, or that was addressed elsewhere and was stopped here."""

    at: float
    """When, in seconds by the simulator's clock."""
    point: str
    """`submit`, `status`, `result`, `cancel`, `catalog`, `balance`, `download`, `unknown`, or `elsewhere` for another origin."""
    method: str
    url: str
    status: int | None
    """HTTP status of the answer; None when none was given."""
    headers: Mapping[str, str] = field(repr=False)
    """Headers of the call, names in lower case; the token among them, hence not in the repr."""
