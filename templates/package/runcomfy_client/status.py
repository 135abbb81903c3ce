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
    """The status of a job at one time.

    Attributes:
        request_id: the job's id.
        state: the state of the job.
        queue_position: the job's position in the queue; None if the server does not give it.
        elapsed: the seconds since the submit, or since this client's first poll of a job that was submitted elsewhere.
        word: the state in the server's own words.
        trouble: why the last poll failed; empty if it succeeded. After a failed poll, the other attributes are those of the last
            successful one.
        remaining: the seconds until the job is likely to end, estimated from earlier jobs of the model; None if that is not known.
        raw: the response as parsed JSON; empty for the status that only reports the submit.
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
