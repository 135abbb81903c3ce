"""Replaces local files in a request by links: checks, uploads and verifies them, before the submit."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable, iscoroutinefunction
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._core.protocol.urls import Origin
from runcomfy_client._http.event_loop import in_thread
from runcomfy_client.errors import InvalidInput, Problem, RunComfyError, UploadFailed, without_queries
from runcomfy_client.files.bucket import UploadProgress
from runcomfy_client.files.bucket_errors import MediaHostError
from runcomfy_client.files.checks import CheckedFile, UnsuitableFile, check_file
from runcomfy_client.files.content import UNKNOWN
from runcomfy_client.files.host import MediaFile, MediaHost
from runcomfy_client.files.links import DeadLink, check_link
from runcomfy_client.files.metadata import MetadataError, stripped_copy
from runcomfy_client.requests import Request
from runcomfy_client.schema.local_file import LocalFile, path_of
from runcomfy_client.schema.media_fields import MediaField, Place

RESERVE: Final = 86_400.0
"""The lifetime of a link in seconds, in addition to the timeout of the operation: a job may wait in the queue for long."""
_STRIPPED: Final = b"metadata stripped, version 1\n"


@dataclass(frozen=True, slots=True)
class FileInput:
    """A checked local file of a request.

    Attributes:
        place: the path of the input in the JSON of the request.
        file: the local file.
        checked: the result of its check.
    """

    place: Place
    file: LocalFile
    checked: CheckedFile

    @property
    def digest(self) -> str:
        """The digest that identifies the content: its SHA-256 in hex, or another one if metadata is stripped."""
        if not self.file.strip_metadata:
            return self.checked.sha256
        return hashlib.sha256(_STRIPPED + self.checked.sha256.encode()).hexdigest()

    @property
    def key(self) -> str:
        """The name of the file at the media host."""
        return f"{self.digest}.{extension_of(self.checked)}"


def extension_of(checked: CheckedFile) -> str:
    """Return the extension for the type of a file, or the extension of its name if the type is unknown."""
    suffix = checked.path.suffix[1:].lower()
    if checked.kind is UNKNOWN and suffix.isascii() and suffix.isalnum() and len(suffix) <= 5:
        return suffix
    return checked.kind.extension


def check_inputs(
    fields: Iterable[MediaField], *, known: dict[tuple[int, ...], CheckedFile] | None = None
) -> tuple[list[FileInput], list[Problem]]:
    """Check the local files of a request; return the valid ones, and the problems of the others."""
    inputs: list[FileInput] = []
    problems: list[Problem] = []
    for field in fields:
        if field.file is None:
            continue
        try:
            checked = check_file(field.file, field.medium, field.limits, known=known)
            if field.file.strip_metadata and checked.kind.extension not in ("jpg", "png", "webp"):
                raise UnsuitableFile(f"{checked.path}: metadata can be stripped from JPEG, PNG and WebP images only")
            inputs.append(FileInput(field.place, field.file, checked))
        except UnsuitableFile as error:
            problems.append(Problem(field.path, str(error)))
    return inputs, problems


def with_values(payload: Mapping[str, Any], values: Mapping[Place, str]) -> dict[str, Any]:
    """Return the JSON of a request with the values at some paths replaced."""
    changed: Any = deepcopy(dict(payload))
    for place, value in values.items():
        *parents, last = place
        container = changed
        for key in parents:
            container = container[key]
        container[last] = value
    return dict(changed)


def content_payload(payload: Mapping[str, Any], inputs: Iterable[FileInput]) -> dict[str, Any]:
    """Return the JSON of a request with digests in place of local files, which identifies the job independently of links."""
    return with_values(payload, {item.place: f"sha256:{item.digest}" for item in inputs})


class Uploads:
    """Uploads the local files of a client's requests. It can be used from any thread and event loop.

    Args:
        media: a media host, or the URL of a bucket.
        origin: the origin of the API.
    """

    def __init__(self, media: str | MediaHost, origin: Origin) -> None:
        self._media = media
        self._origin = origin
        self._lock = Lock()
        self._active: dict[str, Future[None]] = {}
        self.on_progress: Callable[[UploadProgress], object] | None = None
        """Called as files are uploaded, if `media` is the URL of a bucket. Set it before the first upload."""
        self.known: dict[tuple[int, ...], CheckedFile] = {}
        """The files that were checked, by their stamp."""

    @property
    def host(self) -> MediaHost:
        """The media host; a bucket is opened on first use.

        Raises:
            ConfigurationError: obstore is not installed, or a setting is missing.
        """
        with self._lock:
            if isinstance(self._media, str):
                from runcomfy_client.files.bucket import BucketHost

                self._media = BucketHost(self._media, on_progress=self.on_progress)
            return self._media

    async def prepare(self, request: Request[Any], fields: list[MediaField], seconds: float | None) -> PreparedRequest:
        """Check, upload and verify the local files of a request, within `seconds` if given; return it with links.

        Raises:
            InvalidInput: a file is not suitable; nothing was uploaded.
            UploadFailed: a file could not be uploaded, or its link does not work.
            ConfigurationError: the bucket cannot be used.
        """
        payload = request._checked_payload()
        name = "its local files"
        try:
            async with asyncio.timeout(seconds):
                inputs, problems = await in_thread(partial(check_inputs, fields, known=self.known))
                if problems:
                    raise InvalidInput(type(request).__name__, tuple(problems))
                links: dict[Place, str] = {}
                for item in inputs:
                    name = str(item.file)
                    links[item.place] = await self.link(item, seconds)
        except TimeoutError:
            raise UploadFailed(
                f"{name} could not be uploaded and verified within {round(seconds or 0.0, 1):g} s", path=name
            ) from None
        identity = PreparedRequest.of_payload(request, content_payload(payload, inputs)).body_sha256
        return PreparedRequest.of_payload(request, with_values(payload, links), identity=identity)

    async def link(self, item: FileInput, seconds: float | None) -> str:
        """Upload a checked file unless the media host has it; return a new link that was verified.

        Args:
            item: the file.
            seconds: the timeout of the operation, which determines the lifetime of the link.

        Raises:
            InvalidInput: the file was changed after it was checked, or its metadata cannot be stripped.
            UploadFailed: the file could not be uploaded, or its link does not work.
        """
        path = str(item.file)
        try:
            return await self._link(item, math.ceil(seconds or 0.0) + RESERVE)
        except (UnsuitableFile, MetadataError) as error:
            raise InvalidInput("local file", (Problem(path_of(item.place), str(error)),)) from None
        except DeadLink as error:
            step = (
                "Nothing was submitted. Check that the bucket allows signed links to be read from everywhere."
                if error.lasting
                else None
            )
            raise UploadFailed(
                f"{path} was uploaded, but its link does not work: {error}", path=path, lasting=error.lasting, next_step=step
            ) from None
        except MediaHostError as error:
            raise UploadFailed(
                f"{path} could not be uploaded: {error.reason}", path=path, lasting=error.lasting, next_step=error.next_step
            ) from None
        except RunComfyError:
            raise
        except Exception as error:  # from a custom media host
            text = without_queries(f"{type(error).__name__}: {error}")[:300]
            raise UploadFailed(f"{path} could not be uploaded: {text}", path=path) from None

    async def _link(self, item: FileInput, lifetime: float) -> str:
        async with self._exclusive(item.key), _media_file(item) as file:
            link = await _call(self.host, file, lifetime)
        if not isinstance(link, str):
            raise MediaHostError(f"the media host returned {type(link).__name__}, not a URL as str", lasting=True)
        if not (self._origin.in_process and urlsplit(link).hostname == urlsplit(self._origin.url).hostname):
            await check_link(link, file.size, local=self._origin.loopback or self._origin.in_process)
        return link

    @asynccontextmanager
    async def _exclusive(self, key: str) -> AsyncIterator[None]:
        """Allow only one upload of the same content at a time, across threads and event loops."""
        while True:
            with self._lock:
                current = self._active.get(key)
                if current is None:
                    own = self._active[key] = Future()
                    break
            await asyncio.shield(asyncio.wrap_future(current))
        try:
            yield
        finally:
            with self._lock:
                del self._active[key]
            own.set_result(None)


@asynccontextmanager
async def _media_file(item: FileInput) -> AsyncIterator[MediaFile]:
    """Yield the file to upload: the file itself, or a temporary copy without metadata."""
    checked = item.checked
    path = checked.path.resolve()
    if not item.file.strip_metadata:
        yield MediaFile(item.key, path, checked.size, checked.kind.mime, checked.sha256)
        return
    copy = await in_thread(partial(stripped_copy, path, checked.kind))
    try:
        content = copy.read_bytes()
        yield MediaFile(item.key, copy, len(content), checked.kind.mime, hashlib.sha256(content).hexdigest())
    finally:
        copy.unlink(missing_ok=True)


async def _call(host: MediaHost, file: MediaFile, lifetime: float) -> Any:
    if iscoroutinefunction(host.put):
        return await host.put(file, lifetime=lifetime)
    link: str | Awaitable[str] = await in_thread(partial(host.put, file, lifetime=lifetime))
    return await link if isawaitable(link) else link
