"""A submitted job: its status, its result, and how to cancel it. The job's id is sufficient to resume it without the object."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from runcomfy_client._core.flows.idempotent_call import cancel, fetch_status
from runcomfy_client._core.flows.polling import JobState
from runcomfy_client._core.flows.run import iter_statuses, resume
from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.requests import Request
from runcomfy_client.result import AsyncResult, Result
from runcomfy_client.schema.outputs import MediaOutput, Output
from runcomfy_client.status import Status

if TYPE_CHECKING:
    from runcomfy_client._engine.async_session import AsyncSession
    from runcomfy_client._engine.session import Session

OutputT = TypeVar("OutputT", bound=Output)


def output_class(request: Request[OutputT] | type[Request[OutputT]] | None) -> type[OutputT]:
    """Return the class that parses the output of a request; `MediaOutput`, which fits all models, without a request."""
    # the class attribute cannot name the type variable; generated classes set both to the same class
    return cast("type[OutputT]", MediaOutput if request is None else request.OUTPUT)


def job_from_id(request_id: str, request_class: type[Request[Any]] | None) -> JobState:
    """Return the state of a job of which only the id is known.

    Raises:
        InvalidInput: `request_id` is not a valid request id.
        TypeError: `request_class` is not a request class.
    """
    request_path(request_id, "status")
    if request_class is not None and not (
        isinstance(request_class, Request) or (isinstance(request_class, type) and issubclass(request_class, Request))
    ):
        raise TypeError(
            f"request_class must be a request class, not {request_class!r}: pass the model's class, or model_class(model_id)"
        )
    model_id = getattr(request_class, "MODEL_ID", "") or None
    return JobState(request_id, model_id)


class JobData(Generic[OutputT]):
    """The attributes that `Job` and `AsyncJob` share."""

    def __init__(self, state: JobState, output_class: type[OutputT]) -> None:
        self._state = state
        self._output_class = output_class

    @property
    def request_id(self) -> str:
        """The job's id. `client.job` resumes the job with it."""
        return self._state.request_id

    @property
    def model_id(self) -> str | None:
        """The model's id; None when the job was resumed without its request class."""
        return self._state.model_id

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"a job cannot be pickled: store its request_id, {self.request_id!r}, and resume it with client.job()")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(request_id={self.request_id!r}, model_id={self.model_id!r})"


class Job(JobData[OutputT]):
    """A job of the sync client."""

    def __init__(self, state: JobState, output_class: type[OutputT], *, session: Session) -> None:
        super().__init__(state, output_class)
        self._session = session

    def status(self) -> Status:
        """Request the job's status once. Transient failures are retried.

        Raises:
            APIError, ConnectionFailed: the status is not available.
        """
        return self._session.run(fetch_status(self._state, self._session.settings.options))

    def updates(self, *, timeout: float | None = None) -> Iterator[Status]:
        """Poll the job, and yield each status until the job is final. Closing the iterator early does not affect the job.

        Args:
            timeout: seconds for the whole iteration; None for no limit.

        Raises:
            WaitTimeout: the timeout expired first.
            APIError: the server responded with an error that retries do not resolve.
            ConfigurationError: `timeout` is not a number.
        """
        return self._session.iterate(iter_statuses(self._state, self._session.settings.options, timeout=timeout))

    def result(self, *, timeout: float | None = None, on_status: Callable[[Status], object] | None = None) -> Result[OutputT]:
        """Wait until the job is final, and return its result. An interrupt does not affect the job.

        Args:
            timeout: seconds for the whole call; None waits as long as the job takes.
            on_status: called with each `Status` that is received. An exception that it raises interrupts the call.

        Raises:
            JobFailed, JobCancelled: the job did not succeed.
            WaitTimeout: the timeout expired first.
            APIError: the server responded with an error that retries do not resolve.
            ConfigurationError: `timeout` is not a number.
        """
        body = self._session.run(resume(self._state, self._session.settings.options, timeout=timeout), on_status=on_status)
        return Result(self._state, body, self._output_class, session=self._session)

    def cancel(self) -> bool:
        """Cancel the job, and return True if it is cancelled. Only a queued job can be cancelled.

        Raises:
            APIError, ConnectionFailed: the outcome is not known.
        """
        return self._session.run(cancel(self._state, self._session.settings.options))


class AsyncJob(JobData[OutputT]):
    """A job of the async client, with the methods of `Job`."""

    def __init__(self, state: JobState, output_class: type[OutputT], *, session: AsyncSession) -> None:
        super().__init__(state, output_class)
        self._session = session

    async def status(self) -> Status:
        """Request the job's status once. Transient failures are retried.

        Raises:
            APIError, ConnectionFailed: the status is not available.
        """
        return await self._session.run(fetch_status(self._state, self._session.settings.options))

    def updates(self, *, timeout: float | None = None) -> AsyncGenerator[Status, None]:
        """Poll the job, and yield each status until the job is final. Closing the iterator early does not affect the job.

        Args:
            timeout: seconds for the whole iteration; None for no limit.

        Raises:
            WaitTimeout: the timeout expired first.
            APIError: the server responded with an error that retries do not resolve.
            ConfigurationError: `timeout` is not a number.
        """
        return self._session.iterate(iter_statuses(self._state, self._session.settings.options, timeout=timeout))

    async def result(
        self, *, timeout: float | None = None, on_status: Callable[[Status], object] | None = None
    ) -> AsyncResult[OutputT]:
        """Wait until the job is final, and return its result. Cancelling the task does not affect the job.

        Args:
            timeout: seconds for the whole call; None waits as long as the job takes.
            on_status: a function or coroutine function, called with each `Status` that is received. An exception that it raises
                interrupts the call.

        Raises:
            JobFailed, JobCancelled: the job did not succeed.
            WaitTimeout: the timeout expired first.
            APIError: the server responded with an error that retries do not resolve.
            ConfigurationError: `timeout` is not a number.
        """
        body = await self._session.run(resume(self._state, self._session.settings.options, timeout=timeout), on_status=on_status)
        return AsyncResult(self._state, body, self._output_class, session=self._session)

    async def cancel(self) -> bool:
        """Cancel the job, and return True if it is cancelled. Only a queued job can be cancelled.

        Raises:
            APIError, ConnectionFailed: the outcome is not known.
        """
        return await self._session.run(cancel(self._state, self._session.settings.options))
