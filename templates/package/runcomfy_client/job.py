"""A job that was submitted: known by its id, watched, waited for, cancelled. Losing the object loses nothing; the id is enough."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

from runcomfy_client._core.flows.polling import JobState
from runcomfy_client._core.flows.retry import ask_status, cancel
from runcomfy_client._core.flows.run import iter_statuses, resume
from runcomfy_client._core.protocol.urls import request_path
from runcomfy_client.requests import Request
from runcomfy_client.result import AsyncResult, Result
from runcomfy_client.schema.outputs import MediaOutput, Output
from runcomfy_client.status import Status

if TYPE_CHECKING:
    from runcomfy_client._engine.session import AsyncSession, Session

OutputT = TypeVar("OutputT", bound=Output)


def output_class(request: Request[OutputT] | type[Request[OutputT]] | None) -> type[OutputT]:
    """Return the class that the output of a request is read into; without a request, the one that fits all models."""
    # the class attribute cannot name the type variable; generated classes set both to the same class
    return cast("type[OutputT]", MediaOutput if request is None else request.OUTPUT)


def job_from_id(request_id: str, request_class: type[Request[Any]] | None) -> JobState:
    """Return what is known of a job from its id alone.

    Raises:
        InvalidInput: that cannot be a request id.
    """
    request_path(request_id, "status")
    if request_class is not None and not (
        isinstance(request_class, Request) or (isinstance(request_class, type) and issubclass(request_class, Request))
    ):
        raise TypeError(f"a request class is wanted, not {request_class!r}: the class of the model, or model_class(its id)")
    model_id = getattr(request_class, "MODEL_ID", "") or None
    return JobState(request_id, model_id)


class JobData(Generic[OutputT]):
    """What both kinds of jobs are."""

    def __init__(self, state: JobState, output_class: type[OutputT]) -> None:
        self._state = state
        self._output_class = output_class

    @property
    def request_id(self) -> str:
        """The job's id: all that is needed to pick it up again, with `client.job`."""
        return self._state.request_id

    @property
    def model_id(self) -> str | None:
        """The model's id; None when the job was picked up without its request class."""
        return self._state.model_id

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"a job is not pickled: keep its request_id, {self.request_id!r}, and pick it up with client.job()")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(request_id={self.request_id!r}, model_id={self.model_id!r})"


class Job(JobData[OutputT]):
    """A job of the sync client."""

    def __init__(self, state: JobState, output_class: type[OutputT], *, session: Session) -> None:
        super().__init__(state, output_class)
        self._session = session

    def status(self) -> Status:
        """Ask for the job's status once; passing troubles are tried through.

        Raises:
            APIError, ConnectionFailed: there was no status to be had.
        """
        return self._session.perform(ask_status(self._state, self._session.settings.options))

    def updates(self, *, timeout: float | None = None) -> Iterator[Status]:
        """Watch the job: yield each status that is seen until it is over, however it ends. Stopping early touches nothing.

        `timeout` is in seconds; without one, it is watched for as long as it takes.

        Raises:
            WaitTimeout: the timeout expired first.
            APIError: the server will not tell.
        """
        return self._session.iterate(iter_statuses(self._state, self._session.settings.options, timeout=timeout))

    def result(self, *, timeout: float | None = None, on_status: Callable[[Status], object] | None = None) -> Result[OutputT]:
        """Wait until the job is over, and return its result. `on_status` is called with each status that is seen.

        `timeout` is in seconds; without one, it is waited for as long as it takes. Leaving early touches nothing.

        Raises:
            JobFailed, JobCancelled: it did not succeed.
            WaitTimeout: the timeout expired first.
            APIError: the server will not tell.
        """
        body = self._session.perform(resume(self._state, self._session.settings.options, timeout=timeout), show=on_status)
        return Result(self._state, body, self._output_class, session=self._session)

    def cancel(self) -> bool:
        """Cancel the job, and return whether it is cancelled: only a queued job can be.

        Raises:
            APIError, ConnectionFailed: the server did not say.
        """
        return self._session.perform(cancel(self._state, self._session.settings.options))


class AsyncJob(JobData[OutputT]):
    """A job of the async client: the same verbs, awaited."""

    def __init__(self, state: JobState, output_class: type[OutputT], *, session: AsyncSession) -> None:
        super().__init__(state, output_class)
        self._session = session

    async def status(self) -> Status:
        """Ask for the job's status once; as `Job.status`."""
        return await self._session.perform(ask_status(self._state, self._session.settings.options))

    def updates(self, *, timeout: float | None = None) -> AsyncGenerator[Status, None]:
        """Watch the job with `async for`; as `Job.updates`."""
        return self._session.iterate(iter_statuses(self._state, self._session.settings.options, timeout=timeout))

    async def result(
        self, *, timeout: float | None = None, on_status: Callable[[Status], object] | None = None
    ) -> AsyncResult[OutputT]:
        """Wait until the job is over, and return its result; as `Job.result`. `on_status` may be a coroutine function."""
        body = await self._session.perform(resume(self._state, self._session.settings.options, timeout=timeout), show=on_status)
        return AsyncResult(self._state, body, self._output_class, session=self._session)

    async def cancel(self) -> bool:
        """Cancel the job, and return whether it is cancelled; as `Job.cancel`."""
        return await self._session.perform(cancel(self._state, self._session.settings.options))
