"""The iterators that `run_all` returns: outcomes of many concurrent jobs. No job id is lost, however the iteration ends."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar

from runcomfy_client._core.flows.effects import Flow
from runcomfy_client._core.flows.interrupts import attach_jobs, log_orphans
from runcomfy_client._core.flows.options import CallOptions, check_timeout
from runcomfy_client._core.flows.run import run
from runcomfy_client._core.flows.upload_inputs import Submittable
from runcomfy_client._engine.bulk import BulkOptions, BulkTasks
from runcomfy_client._engine.bulk_sync import BulkThreads
from runcomfy_client.errors import ConfigurationError, InvalidInput, Problem, RunComfyError
from runcomfy_client.job import output_class
from runcomfy_client.orphans import OrphanedJob
from runcomfy_client.requests import Request
from runcomfy_client.result import AsyncResult, Result
from runcomfy_client.schema.outputs import Output
from runcomfy_client.status import Status

if TYPE_CHECKING:
    from runcomfy_client._engine.async_session import AsyncSession
    from runcomfy_client._engine.session import Session

OutputT = TypeVar("OutputT", bound=Output)
Prepare: TypeAlias = Callable[[Request[Any]], Submittable]
StatusCallback: TypeAlias = Callable[[Request[OutputT], Status], object]


def _start(prepare: Prepare, options: CallOptions, timeout: float | None, request: Request[Any]) -> Flow[Any]:
    try:
        return run(prepare(request), options, timeout=timeout)
    except TypeError as error:  # an item that is not a request fails alone; the other items continue
        raise InvalidInput(type(request).__name__, (Problem("", str(error)),)) from None


def bulk_options(
    requests: Iterable[Request[OutputT]] | AsyncIterable[Request[OutputT]],
    options: CallOptions,
    prepare: Prepare,
    *,
    max_in_flight: int,
    max_concurrent_submits: int,
    timeout: float | None,
    on_status: StatusCallback[OutputT] | None,
) -> BulkOptions[Request[OutputT]]:
    """Check the arguments of `run_all`, and return its options.

    Raises:
        ConfigurationError: a number is out of range, or `timeout` is not a positive number.
        TypeError: `requests` is a single request.
    """
    if isinstance(requests, Request):
        raise TypeError("run_all takes an iterable of requests; use run() for a single request")
    if (
        not (isinstance(max_in_flight, int) and isinstance(max_concurrent_submits, int))
        or min(max_in_flight, max_concurrent_submits) < 1
    ):
        raise ConfigurationError("`max_in_flight` and `max_concurrent_submits` must be integers of 1 or more")
    check_timeout(timeout, paid=True)
    return BulkOptions(
        partial(_start, prepare, options, timeout),
        max_in_flight,
        max_concurrent_submits,
        on_status,
        options.policy.submit_grace_period + options.policy.cancel_timeout,
    )


class _RunsBase:
    def __init__(self) -> None:
        self._orphaned: list[OrphanedJob] = []

    @property
    def orphaned(self) -> tuple[OrphanedJob, ...]:
        """After the iterator was closed early: the jobs whose outcome it did not return."""
        return tuple(self._orphaned)


def _record_orphans(stop: BaseException, orphans: tuple[OrphanedJob, ...], orphaned: list[OrphanedJob]) -> None:
    """Record the orphaned jobs on the exception and on the iterator; log them if the caller may not see the exception."""
    orphaned.extend(orphans)
    attach_jobs(stop, *orphans)
    if isinstance(stop, (GeneratorExit, CancelledError)):  # the caller may not see these
        log_orphans(orphans)


class Runs(_RunsBase, Generic[OutputT]):
    """An iterator over (request, result or error), in the order in which the jobs finish.

    If it is closed early (by `close`, by the end of a `with` block, or by an exception such as Ctrl-C), it submits no more jobs,
    cancels those that are still queued, and reports every job whose outcome it did not return: in `orphaned`, on the exception
    (see `orphaned_jobs`), or in the log.
    """

    def __init__(self, jobs: BulkThreads[Request[OutputT]], session: Session) -> None:
        super().__init__()
        self._outcomes = _outcomes(jobs, session, self._orphaned)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[Request[OutputT], Result[OutputT] | RunComfyError]:
        return next(self._outcomes)

    def close(self) -> None:
        """Stop early. Afterwards, `orphaned` lists the jobs that continue, and those that were cancelled."""
        self._outcomes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.close()


def _outcomes(
    jobs: BulkThreads[Request[OutputT]], session: Session, orphaned: list[OrphanedJob]
) -> Generator[tuple[Request[OutputT], Result[OutputT] | RunComfyError]]:
    try:
        while (item := jobs.next_outcome()) is not None:
            request, outcome = item
            if not isinstance(outcome, RunComfyError):
                job, body = outcome
                outcome = Result(job, body, output_class(request), session=session)
            yield request, outcome
    except BaseException as stop:
        _record_orphans(stop, jobs.close(returned=isinstance(stop, GeneratorExit)), orphaned)
        raise


class AsyncRuns(_RunsBase, Generic[OutputT]):
    """An async iterator over (request, result or error), in the order in which the jobs finish.

    If it is closed early (by `aclose`, by the end of an `async with` block, or by an exception such as a cancellation), it submits
    no more jobs, cancels those that are still queued, and reports every job whose outcome it did not return: in `orphaned`, on the
    exception (see `orphaned_jobs`), or in the log.
    """

    def __init__(self, jobs: BulkTasks[Request[OutputT]], session: AsyncSession) -> None:
        super().__init__()
        self._outcomes = _async_outcomes(jobs, session, self._orphaned)

    def __aiter__(self) -> AsyncIterator[tuple[Request[OutputT], AsyncResult[OutputT] | RunComfyError]]:
        return self

    async def __anext__(self) -> tuple[Request[OutputT], AsyncResult[OutputT] | RunComfyError]:
        return await anext(self._outcomes)

    async def aclose(self) -> None:
        """Stop early. Afterwards, `orphaned` lists the jobs that continue, and those that were cancelled."""
        await self._outcomes.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None
    ) -> None:
        await self.aclose()


async def _async_outcomes(
    jobs: BulkTasks[Request[OutputT]], session: AsyncSession, orphaned: list[OrphanedJob]
) -> AsyncGenerator[tuple[Request[OutputT], AsyncResult[OutputT] | RunComfyError]]:
    try:
        while (item := await jobs.next_outcome()) is not None:
            request, outcome = item
            if not isinstance(outcome, RunComfyError):
                job, body = outcome
                outcome = AsyncResult(job, body, output_class(request), session=session)
            yield request, outcome
        if jobs.failure is not None:
            raise jobs.failure
    except BaseException as stop:
        await jobs.close()
        _record_orphans(stop, jobs.orphaned(), orphaned)
        raise
