"""The result of a job that succeeded: typed output, the raw response, and saving the files."""

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
    from runcomfy_client._engine.async_session import AsyncSession
    from runcomfy_client._engine.session import Session

OutputT = TypeVar("OutputT", bound=Output)
SessionT = TypeVar("SessionT")

DOWNLOAD_TIMEOUT: Final = 1800.0
"""The default `timeout` of `save`, in seconds."""


class ResultData(Generic[OutputT]):
    """The attributes that `Result` and `AsyncResult` share.

    Attributes:
        request_id: the job's id.
        model_id: the model's id; None for a job that was resumed without its request class.
        output: the typed output.
        raw: the response of the API as parsed JSON.
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
        """The files whose URLs are in `output`. The rest of the response is not searched for URLs."""
        return files_in(self.raw.get("output"))

    @property
    def cost(self) -> float | None:
        """The cost of the job in USD. Set only by a client with `include_cost=True`."""
        return number_of(self.raw.get("cost"))

    @property
    def created_at(self) -> str | None:
        """When the job was created, as text in the server's format; None if the server does not give it."""
        return _text(self.raw.get("created_at"))

    @property
    def finished_at(self) -> str | None:
        """When the job finished, as text in the server's format; None if the server does not give it."""
        return _text(self.raw.get("finished_at"))

    def _saving(
        self, settings: Settings, folder: str | PathLike[str], *, timeout: float | None, limits: DownloadLimits | None
    ) -> Flow[list[Path]]:
        if self.files and Path(folder).is_file():
            error = DownloadError(f"{folder} is a file, not a folder; nothing was saved", url=self.files[0].url)
            error.request_id, error.next_step = (
                self.request_id,
                "Pass the path of a folder, and call save() again: the job has succeeded and is paid for.",
            )
            raise error
        request = DownloadRequest(
            self.request_id,
            Path(folder),
            limits=limits or DownloadLimits(),
            options=settings.options,
            loopback=settings.origin.loopback,
        )
        return save_all(self.files, request, timeout=timeout)


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
        """Save all files of the result into `folder`; return their paths, `<request id>-<number>.<extension>`.

        Save soon: the API documentation does not say how long files are kept. An existing file with the same content is kept.

        Args:
            folder: the target folder; created if missing.
            timeout: seconds for all files together; None for no limit.
            on_progress: called with each `Progress` of a download, in bytes.
            limits: the limits of size and speed.

        Raises:
            DownloadError: a file could not be fetched or written, or a different file has its name. Files that were saved before it
                are kept.
            ConfigurationError: the result was unpickled and has no client, or `timeout` is not a number.
        """
        session = _connected(self._session, self.request_id)
        return session.run(
            self._saving(session.settings, folder, timeout=timeout, limits=limits), on_status=on_progress, files=True
        )


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
        """Save all files of the result into `folder`; return their paths, `<request id>-<number>.<extension>`.

        Save soon: the API documentation does not say how long files are kept. An existing file with the same content is kept.

        Args:
            folder: the target folder; created if missing.
            timeout: seconds for all files together; None for no limit.
            on_progress: a function or coroutine function, called with each `Progress` of a download, in bytes.
            limits: the limits of size and speed.

        Raises:
            DownloadError: a file could not be fetched or written, or a different file has its name. Files that were saved before it
                are kept.
            ConfigurationError: the result was unpickled and has no client, or `timeout` is not a number.
        """
        session = _connected(self._session, self.request_id)
        return await session.run(
            self._saving(session.settings, folder, timeout=timeout, limits=limits),
            on_status=on_progress,
            files=True,
            log_cancelled=True,
        )


def _connected(session: SessionT | None, request_id: str) -> SessionT:
    if session is None:
        step = f'Fetch the result again with client.job("{request_id}").result(), and save that.'
        raise ConfigurationError("This result was unpickled, so it has no client to download with", next_step=step)
    return session


def _text(value: JsonValue) -> str | None:
    return None if value is None else str(value)
