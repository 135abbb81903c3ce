"""The stages of a job in a batch, and the allowed transitions. Other transitions cannot be written to the ledger.

    planned ──> submitting ──> submitted ──> running ──> succeeded ──> downloaded
       │             ├──> refused                ├─────> failed
    withdrawn        └──> unknown ──> abandoned  └─────> cancelled

`submitting` is the intent, which is on the disk before the paid call. If the process ended in this stage, the row becomes
`unknown`; it never returns to `planned` automatically.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


class Stage(enum.StrEnum):
    """The stage of a job in a batch."""

    PLANNED = "planned"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    DOWNLOADED = "downloaded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    ABANDONED = "abandoned"
    WITHDRAWN = "withdrawn"


_ACCEPTED: Final = frozenset({Stage.SUBMITTED, Stage.RUNNING})

PREDECESSORS: Final[Mapping[Stage, frozenset[Stage]]] = {
    Stage.PLANNED: frozenset(
        {
            Stage.SUBMITTING,  # it is certain that nothing was accepted
            Stage.UNKNOWN,  # a person has resolved it
            Stage.WITHDRAWN,  # it is in the list again
            Stage.REFUSED,  # this and the following: a person wants to retry it
            Stage.FAILED,
            Stage.CANCELLED,
            Stage.ABANDONED,
            *_ACCEPTED,  # a person has resolved a lost job
            Stage.SUCCEEDED,
        }
    ),
    Stage.SUBMITTING: frozenset({Stage.PLANNED}),
    Stage.SUBMITTED: frozenset({Stage.SUBMITTING, Stage.UNKNOWN, *_ACCEPTED, Stage.SUCCEEDED}),
    Stage.RUNNING: frozenset({Stage.SUBMITTED}),
    Stage.SUCCEEDED: _ACCEPTED,
    Stage.FAILED: _ACCEPTED,
    Stage.CANCELLED: _ACCEPTED,
    Stage.DOWNLOADED: frozenset({Stage.SUCCEEDED}),
    Stage.REFUSED: frozenset({Stage.SUBMITTING, Stage.UNKNOWN, Stage.PLANNED}),  # reported late, or a local file has changed
    Stage.UNKNOWN: frozenset({Stage.SUBMITTING}),
    Stage.ABANDONED: frozenset({Stage.UNKNOWN, *_ACCEPTED, Stage.SUCCEEDED}),
    Stage.WITHDRAWN: frozenset({Stage.PLANNED}),
}
"""The stages from which each stage can be reached."""

LOST: Final = "Lost"
"""The prefix of the error of a row that another run is unlikely to finish: the API does not know its id, or its files are no longer
available. A person must resolve it, like an unknown one.
"""

RETRYABLE: Final = frozenset({Stage.REFUSED, Stage.FAILED, Stage.CANCELLED})
"""The stages from which a job can be planned again on request."""


def not_lost(message: str) -> str:
    """Return the message of an error, which may be the server's, so that it does not make a job lost."""
    return f"Error: {message}" if message.startswith(LOST) else message


@dataclass(slots=True)
class Counts:
    """The number of jobs in each stage, and the number of submits that may have been billed, over all runs and attempts."""

    by_stage: Counter[Stage] = field(default_factory=Counter)
    submits_billed: int = 0

    def __getitem__(self, stage: Stage) -> int:
        return self.by_stage[stage]

    @property
    def total(self) -> int:
        """The number of all jobs, except withdrawn ones."""
        return sum(self.by_stage.values()) - self.by_stage[Stage.WITHDRAWN]

    @property
    def in_flight(self) -> int:
        """The number of jobs that are submitted, running, or being submitted."""
        return self.by_stage[Stage.SUBMITTING] + self.by_stage[Stage.SUBMITTED] + self.by_stage[Stage.RUNNING]

    @property
    def unsuccessful(self) -> int:
        """The number of jobs that ended without a result."""
        ends = (Stage.FAILED, Stage.CANCELLED, Stage.REFUSED, Stage.ABANDONED)
        return sum(self.by_stage[stage] for stage in ends)

    def transition(self, was: Stage, stage: Stage) -> None:
        """Update the counts for a job that changed its stage."""
        self.by_stage[was] -= 1
        self.by_stage[stage] += 1
        self.submits_billed += billing_delta(was, stage)


def billing_delta(was: Stage, stage: Stage) -> int:
    """Return the change of the number of submits that may have been billed: 1, -1 or 0."""
    if stage is Stage.SUBMITTING:
        return 1
    not_billed = was in (Stage.SUBMITTING, Stage.UNKNOWN) and stage in (Stage.PLANNED, Stage.REFUSED)
    return -1 if not_billed else 0
