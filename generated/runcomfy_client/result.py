"""The result of a job that succeeded: typed output, the whole answer beside it, and its files on request."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

from pydantic import JsonValue

from runcomfy_client._core.flows.download import DownloadRequest, save_all
from runcomfy_client._core.flows.effects import Flow
from runcomfy_client._core.protocol.parsing import number_of
from runcomfy_client.downloads import DownloadLimits, Progress, ResultFile, files_in
from runcomfy_client.errors import ConfigurationError, DownloadError
from runcomfy_client.schema.outputs import Output

if TYPE_CHECKING:
    from runcomfy_client._core.flows.polling import JobState
    from runcomfy_client._core.protocol.parsing import ResultBody
    from runcomfy_client._core.settings import Settings
    from runcomfy_client._engine.session import AsyncSession, Session

OutputT = TypeVar("OutputT", bound=Output)
LineT = TypeVar("LineT")

DOWNLOAD_TIMEOUT: Final = 1800.0
"""Seconds that saving all files of a result may take, unless told otherwise."""


class ResultData(Generic[OutputT]):
    """What both kinds of results hold.

    Attributes:
        request_id: the job's id.
        model_id: the model's id; None for a job that was picked up without its request class.
        output: the typed output.
        raw: the whole answer of the API, as it came.
    """

    def __init__(self, job: JobState, body: ResultBody, output_class: type[OutputT]) -> None:
        self.request_id = job.request_id
        self.model_id = job.model_id
        self.raw: dict[str, JsonValue] = body.raw
        self.output: OutputT = output_class.read(body.output)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(request_id={self.request_id!r}, model_id={self.model_id!r}, files={len(self.files)})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_session": None}

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    @cached_property
    def files(self) -> tuple[ResultFile, ...]:
        """The files that the output points to. Its other members, and the rest of the answer, are never searched for files."""
        return files_in(self.raw.get("output"))

    @property
    def cost(self) -> float | None:
        """What the job cost in USD: given when the client was made with `include_cost=True`."""
        return number_of(self.raw.get("cost"))

    @property
    def created_at(self) -> str | None:
        """When the job was created, in the server's own writing."""
        return _text(self.raw.get("created_at"))

    @property
    def finished_at(self) -> str | None:
        """When the job was done, in the server's own writing."""
        return _text(self.raw.get("finished_at"))

    def _saving(
        self, settings: Settings, folder: str | PathLike[str], *, timeout: float | None, limits: DownloadLimits | None
    ) -> Flow[list[Path]]:
        if self.files and Path(folder).is_file():
            error = DownloadError(f"{folder} is a file, not a folder, so nothing was saved there", url=self.files[0].url)
            error.request_id, error.next_step = self.request_id, "Name a folder, and save once more: the job is paid and done."
            raise error
        parcel = DownloadRequest(
            self.request_id,
            Path(folder),
            limits=limits or DownloadLimits(),
            options=settings.options,
            loopback=settings.origin.loopback,
        )
        return save_all(self.files, parcel, timeout=timeout)


class Result(ResultData[OutputT]):
    """The result of a job, from the sync client."""

    def __init__(self, job: JobState, body: ResultBody, output_class: type[OutputT], *, session: Session) -> None:
        super().__init__(job, body, output_class)
        self._session: Session | None = session

    def save(
        self,
        folder: str | PathLike[str],
        *,
        timeout: float | None = DOWNLOAD_TIMEOUT,
        on_progress: Callable[[Progress], object] | None = None,
        limits: DownloadLimits | None = None,
    ) -> list[Path]:
        """Save all files of the result into `folder`, which is made if need be; return their paths, `<request id>-<number>.<ext>`.

        Do it soon: how long files are kept is not documented. A file that exists with the same bytes is left as it is.
        `timeout` is in seconds, for all files together; None for as long as it takes.

        Raises:
            DownloadError: a file could not be fetched or written, or another file has its name. Those before it are saved.
        """
        session = _connected(self._session, self.request_id)
        return session.perform(self._saving(session.settings, folder, timeout=timeout, limits=limits), show=on_progress, files=True)


class AsyncResult(ResultData[OutputT]):
    """The result of a job, from the async client."""

    def __init__(self, job: JobState, body: ResultBody, output_class: type[OutputT], *, session: AsyncSession) -> None:
        super().__init__(job, body, output_class)
        self._session: AsyncSession | None = session

    async def save(
        self,
        folder: str | PathLike[str],
        *,
        timeout: float | None = DOWNLOAD_TIMEOUT,
        on_progress: Callable[[Progress], object] | None = None,
        limits: DownloadLimits | None = None,
    ) -> list[Path]:
        """Save all files of the result into `folder`; as `Result.save`. `on_progress` may be a coroutine function."""
        session = _connected(self._session, self.request_id)
        return await session.perform(
            self._saving(session.settings, folder, timeout=timeout, limits=limits), show=on_progress, files=True, owner=True
        )


def _connected(session: LineT | None, request_id: str) -> LineT:
    if session is None:
        step = f'Fetch it anew, with client.job("{request_id}").result(), and save that.'
        raise ConfigurationError("This result came out of a pickle, and has no client to download with", next_step=step)
    return session


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(value)
