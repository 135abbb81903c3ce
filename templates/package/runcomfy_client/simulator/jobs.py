"""A simulated job, and its state at a given time. Nothing runs: the state is computed from the clock on each call."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, Literal

from runcomfy_client.simulator.catalog import Model
from runcomfy_client.simulator.faults import JobEffect, JobFails, NeverFinishes

State = Literal["in_queue", "in_progress", "completed", "cancelled"]

JOBS_AHEAD: Final = 3
"""The queue position that a job starts with."""


@dataclass(frozen=True, slots=True)
class JobTiming:
    """How long jobs take, in seconds."""

    in_queue: float
    running: float


@dataclass(slots=True)
class SimulatedJob:
    """An accepted job."""

    request_id: str
    model: Model
    owner: str = field(repr=False)
    """The token of the submit."""
    submitted_at: float
    timing: JobTiming
    fault: JobEffect | None = None
    cancelled_at: float | None = None

    def state(self, now: float) -> State:
        """Return the state at time `now`, as in the responses of `/status`."""
        if self.cancelled_at is not None:
            return "cancelled"
        age = now - self.submitted_at
        if age < self.timing.in_queue:
            return "in_queue"
        if age < self.timing.in_queue + self.timing.running or isinstance(self.fault, NeverFinishes):
            return "in_progress"
        return "completed"

    def outcome(self, now: float) -> str:
        """Return the state at time `now`, as in the responses of `/result`."""
        state = self.state(now)
        if state != "completed":
            return state
        return "failed" if isinstance(self.fault, JobFails) else "succeeded"

    def queue_position(self, now: float) -> int | None:
        """Return the position in the queue, from 1; None if the job is not queued."""
        if self.state(now) != "in_queue":
            return None
        left = self.submitted_at + self.timing.in_queue - now
        return max(1, math.ceil(JOBS_AHEAD * left / self.timing.in_queue))

    def finished_at(self, now: float) -> float | None:
        """Return when the job ended; None if it has not."""
        if self.cancelled_at is not None:
            return self.cancelled_at
        return self.submitted_at + self.timing.in_queue + self.timing.running if self.state(now) == "completed" else None

    def cancel(self, now: float) -> bool:
        """Cancel the job if it is still queued. Return True if it is cancelled."""
        if self.state(now) == "in_queue":
            self.cancelled_at = now
        return self.cancelled_at is not None
