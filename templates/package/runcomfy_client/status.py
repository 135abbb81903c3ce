"""The status of a job, and the balance of an account."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue


class State(enum.StrEnum):
    """The state of a job. In a `Status`, `COMPLETED` means that the job has ended; only its result tells whether it succeeded.

    Source, as of 2026-11-22: RunComfy API documentation or the vendor's open-source clients.
    """

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """True if the job has ended. An unknown state is not final."""
        return self in _FINAL


_FINAL: Final = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Status:
    """One look at a job.

    Attributes:
        request_id: the job's id.
        state: where it stands.
        queue_position: its place in the queue, when the server tells it.
        elapsed: seconds since the submit, or since this client began to watch a job that was submitted elsewhere.
        word: the server's own word for the state.
        trouble: why the last poll failed; empty when it was answered. The other attributes are then those known before.
        remaining: the seconds until the job is likely to end, from how long its model took before; None if that is not known.
        raw: the whole answer, as it came; empty for the update that only says that the job was submitted.
    """

    request_id: str
    state: State
    queue_position: int | None = None
    elapsed: float = 0.0
    word: str = ""
    trouble: str = ""
    remaining: float | None = None
    raw: dict[str, JsonValue] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of an account; it can be zero or negative.

    Attributes:
        usd: the balance in US dollars.
        currency: the currency as the API names it.
        raw: the response as parsed JSON.
    """

    usd: float
    currency: str
    raw: dict[str, JsonValue] = field(repr=False)
