"""The stages of a job in a batch, and which may follow which. What is not in the table cannot be written to the ledger.

    planned ──> submitting ──> submitted ──> running ──> succeeded ──> downloaded
       │             ├──> refused                ├─────> failed
    withdrawn        └──> unknown ──> abandoned  └─────> cancelled

`submitting` is the intent: it is on the disk before the paid call leaves. When a process is found to have ended there, the row
becomes `unknown`; it never goes back to `planned` by itself.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


class Stage(enum.StrEnum):
    """Where a job of a batch stands."""

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
            Stage.UNKNOWN,  # a human has said so
            Stage.WITHDRAWN,  # it is in the list again
            Stage.REFUSED,  # the rest: a human wants it tried again
            Stage.FAILED,
            Stage.CANCELLED,
            Stage.ABANDONED,
            *_ACCEPTED,  # a human has said that the API has lost it
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
    Stage.REFUSED: frozenset({Stage.SUBMITTING, Stage.UNKNOWN, Stage.PLANNED}),  # told late; a local file is not what was planned
    Stage.UNKNOWN: frozenset({Stage.SUBMITTING}),
    Stage.ABANDONED: frozenset({Stage.UNKNOWN, *_ACCEPTED, Stage.SUCCEEDED}),
    Stage.WITHDRAWN: frozenset({Stage.PLANNED}),
}
"""From which stages each one may be reached."""

LOST: Final = "Lost"
"""How the error of a row begins that no other run is likely to bring to an end: the API does not know its id, or its files are
gone. A human settles it, as an unknown one.
"""

RETRYABLE: Final = frozenset({Stage.REFUSED, Stage.FAILED, Stage.CANCELLED})
"""Stages from which a job is planned again when somebody asks for it."""


@dataclass(slots=True)
class Counts:
    """How many jobs are in each stage, and how many submits may have been billed so far, over all runs and attempts."""

    by_stage: Counter[Stage] = field(default_factory=Counter)
    submits_billed: int = 0

    def __getitem__(self, stage: Stage) -> int:
        return self.by_stage[stage]

    @property
    def total(self) -> int:
        """All jobs that are still wanted."""
        return sum(self.by_stage.values()) - self.by_stage[Stage.WITHDRAWN]

    @property
    def in_flight(self) -> int:
        """Jobs that the server has, or is being given."""
        return self.by_stage[Stage.SUBMITTING] + self.by_stage[Stage.SUBMITTED] + self.by_stage[Stage.RUNNING]

    @property
    def unsuccessful(self) -> int:
        """Jobs that ended without a result."""
        ends = (Stage.FAILED, Stage.CANCELLED, Stage.REFUSED, Stage.ABANDONED)
        return sum(self.by_stage[stage] for stage in ends)

    def transition(self, was: Stage, stage: Stage) -> None:
        """Count a job that changed its stage."""
        self.by_stage[was] -= 1
        self.by_stage[stage] += 1
        self.submits_billed += billing_delta(was, stage)


def billing_delta(was: Stage, stage: Stage) -> int:
    """What a change of stage means for the submits that may have been billed: one more, one less, or nothing."""
    if stage is Stage.SUBMITTING:
        return 1
    not_billed = was in (Stage.SUBMITTING, Stage.UNKNOWN) and stage in (Stage.PLANNED, Stage.REFUSED)
    return -1 if not_billed else 0
