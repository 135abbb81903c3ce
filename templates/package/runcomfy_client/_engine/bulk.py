"""What the sync and the async `run_all` share: their options, and the jobs whose outcome has not been returned."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from runcomfy_client._core.flows.effects import Flow
from runcomfy_client.errors import RunComfyError
from runcomfy_client.orphans import OrphanedJob, orphaned_job

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class BulkOptions(Generic[ItemT]):
    """The options of a `run_all`.

    Attributes:
        start: returns the flow of an item, or raises its outcome, a `RunComfyError`.
        max_in_flight: how many jobs are in progress at a time, including those whose outcome has not been returned.
        max_concurrent_submits: how many submits are in progress at a time.
        on_status: called with an item and each of its updates.
        submit_grace_period: seconds that closing waits for responses to submits.
        cancel_timeout: seconds that cancelling takes at most, after that.
    """

    start: Callable[[ItemT], Flow[Any]]
    max_in_flight: int
    max_concurrent_submits: int
    on_status: Callable[[ItemT, Any], object] | None
    submit_grace_period: float
    cancel_timeout: float


class BulkJob(Generic[ItemT]):
    """One job of a `run_all`."""

    __slots__ = ("is_submitting", "item", "request_id")

    def __init__(self, item: ItemT) -> None:
        self.item = item
        self.is_submitting = True
        self.request_id: str | None = None


class Outcomes(Generic[ItemT]):
    """The outcomes that have not been returned yet.

    Attributes:
        finished: items and their outcomes, in the order in which they finished.
        orphaned: the jobs that were interrupted.
        failure: the exception of the user's callback or iterable that ends the whole run.
    """

    def __init__(self) -> None:
        self.finished: deque[tuple[ItemT, Any]] = deque()
        self.orphaned: list[OrphanedJob] = []
        self.failure: BaseException | None = None

    def add_interrupted(self, stop: BaseException) -> None:
        """Record the job that an exception orphaned."""
        if (orphan := orphaned_job(stop)) is not None:
            self.orphaned.append(orphan)

    def all_orphaned(self, taken: tuple[ItemT, Any] | None = None) -> tuple[OrphanedJob, ...]:
        """Return every job whose outcome was not returned: those interrupted, those finished, and `taken`, the last one taken."""
        undelivered = [*self.finished]
        if taken is not None and not any(one is taken for one in undelivered):
            undelivered.insert(0, taken)
        orphans = (
            orphaned_job(outcome) if isinstance(outcome, RunComfyError) else OrphanedJob(outcome[0].model_id, outcome[0].request_id)
            for _, outcome in undelivered
        )
        return (*self.orphaned, *filter(None, orphans))
