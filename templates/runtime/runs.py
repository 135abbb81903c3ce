"""Many jobs at once, as an iterator over what became of each: few submits at a time, many waits, no id lost however it ends."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar

from runcomfy_client.drivers.crowd import Crowd, Times
from runcomfy_client.drivers.crowd_async import AsyncCrew
from runcomfy_client.drivers.crowd_sync import Crew
from runcomfy_client.errors import ConfigurationError, InvalidInput, Problem, RunComfyError
from runcomfy_client.flows.effects import Flow
from runcomfy_client.flows.keeping import LeftBehind, mark, tell_of
from runcomfy_client.flows.run import run
from runcomfy_client.flows.terms import Terms, check_deadline
from runcomfy_client.job import output_class_of
from runcomfy_client.protocol.answers import Status
from runcomfy_client.protocol.order import Order
from runcomfy_client.result import AsyncResult, Result
from runcomfy_client.typed.endpoint import Request
from runcomfy_client.typed.outputs import Output

if TYPE_CHECKING:
    from runcomfy_client.drivers.line import AsyncLine, Line

OutputT = TypeVar("OutputT", bound=Output)
ShowStatus: TypeAlias = Callable[[Request[OutputT], Status], object]


def _start(terms: Terms, deadline: float | None, request: Request[Any]) -> Flow[Any] | RunComfyError:
    try:
        return run(Order.of(request), terms, deadline=deadline)
    except RunComfyError as error:
        return error
    except TypeError as error:  # one that is no request at all is its own fault: the others go on
        return InvalidInput(type(request).__name__, (Problem("", str(error)),))


def crowd_of(
    requests: Iterable[Request[OutputT]] | AsyncIterable[Request[OutputT]],
    terms: Terms,
    clock: Times,
    *,
    concurrency: int,
    submits: int,
    deadline: float | None,
    on_update: ShowStatus[OutputT] | None,
) -> Crowd[Request[OutputT]]:
    """Return the runs of many requests, none of them begun.

    Raises:
        ConfigurationError: a number cannot be.
        TypeError: `requests` is a single one.
    """
    if isinstance(requests, Request):
        raise TypeError("run_all takes many requests, in a list or any other iterable; for one there is run")
    if not (isinstance(concurrency, int) and isinstance(submits, int)) or min(concurrency, submits) < 1:
        raise ConfigurationError("`concurrency` and `submits` are counts of 1 or more")
    check_deadline(deadline, paid=True)
    return Crowd(partial(_start, terms, deadline), clock, concurrency=concurrency, submits=submits, show=on_update)


class _RunsData:
    def __init__(self) -> None:
        self._left: list[LeftBehind] = []

    @property
    def left(self) -> tuple[LeftBehind, ...]:
        """The jobs that were left behind, once the iterator has been left early: all whose outcome was not handed out."""
        return tuple(self._left)


def _leave(stop: BaseException, left: tuple[LeftBehind, ...], kept: list[LeftBehind]) -> None:
    """Tell of the jobs that are left behind: on the exception, on the iterator, and in the log where there is no exception to see."""
    kept.extend(left)
    mark(stop, *left)
    if isinstance(stop, (GeneratorExit, CancelledError)):  # nobody may ever see these
        tell_of(left)


class Runs(_RunsData, Generic[OutputT]):
    """Iterates over (request, result or error), as they finish.

    Left early, by `close`, by the end of a `with` block, or by an exception such as Ctrl-C, it submits nothing more, cancels what is
    still queued, and names every job whose outcome it did not hand out: in `left`, on the exception (`all_left_behind`), or in the log.
    """

    def __init__(self, crowd: Crowd[Request[OutputT]], requests: Iterable[Request[OutputT]], line: Line) -> None:
        super().__init__()
        self._outcomes = _outcomes(crowd, requests, line, self._left)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[Request[OutputT], Result[OutputT] | RunComfyError]:
        return next(self._outcomes)

    def close(self) -> None:
        """Leave early. Afterwards, `left` names the jobs that go on, and those that were cancelled."""
        self._outcomes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self.close()


def _outcomes(
    crowd: Crowd[Request[OutputT]], requests: Iterable[Request[OutputT]], line: Line, kept: list[LeftBehind]
) -> Generator[tuple[Request[OutputT], Result[OutputT] | RunComfyError]]:
    policy = line.settings.terms.policy
    crew = Crew(crowd, requests, line.hands(), clock=line.clock, hold=policy.hold, parting=policy.parting)
    try:
        while (taken := crew.take()) is not None:
            request, outcome = taken
            if not isinstance(outcome, RunComfyError):
                job, body = outcome
                outcome = Result(job, body, output_class_of(request), line=line)
            yield request, outcome
    except BaseException as stop:
        _leave(stop, crew.leave(handed=isinstance(stop, GeneratorExit)), kept)
        raise


class AsyncRuns(_RunsData, Generic[OutputT]):
    """Iterates over (request, result or error), as they finish; as `Runs`, with `async for`, `async with` and `aclose`."""

    def __init__(
        self,
        crowd: Crowd[Request[OutputT]],
        requests: Iterable[Request[OutputT]] | AsyncIterable[Request[OutputT]],
        line: AsyncLine,
    ) -> None:
        super().__init__()
        self._outcomes = _async_outcomes(crowd, requests, line, self._left)

    def __aiter__(self) -> AsyncIterator[tuple[Request[OutputT], AsyncResult[OutputT] | RunComfyError]]:
        return self

    async def __anext__(self) -> tuple[Request[OutputT], AsyncResult[OutputT] | RunComfyError]:
        return await anext(self._outcomes)

    async def aclose(self) -> None:
        """Leave early. Afterwards, `left` names the jobs that go on, and those that were cancelled."""
        await self._outcomes.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None
    ) -> None:
        await self.aclose()


async def _async_outcomes(
    crowd: Crowd[Request[OutputT]],
    requests: Iterable[Request[OutputT]] | AsyncIterable[Request[OutputT]],
    line: AsyncLine,
    kept: list[LeftBehind],
) -> AsyncGenerator[tuple[Request[OutputT], AsyncResult[OutputT] | RunComfyError]]:
    policy = line.settings.terms.policy
    crew = AsyncCrew(crowd, requests, line.hands(), clock=line.clock, hold=policy.hold, parting=policy.parting)
    try:
        while (taken := await crew.take()) is not None:
            request, outcome = taken
            if not isinstance(outcome, RunComfyError):
                job, body = outcome
                outcome = AsyncResult(job, body, output_class_of(request), line=line)
            yield request, outcome
    except BaseException as stop:
        _leave(stop, await crew.leave(), kept)
        raise
