"""Where the files of a shared batch are saved: in a bucket, or in a folder that every worker accesses under the same path."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from runcomfy_client.batch.files import hash_files, remove_part_files
from runcomfy_client.batch.records import SavedFile
from runcomfy_client.errors import ConfigurationError, DownloadError
from runcomfy_client.files.bucket_config import SCHEMES, check_bucket_url, open_store
from runcomfy_client.files.bucket_errors import MediaHostError, explained
from runcomfy_client.result import AsyncResult

_CHUNK: Final = 5 * 1024 * 1024
_PARTS: Final = 2
_CHECK: Final = "runcomfy-check"
"""The name of an empty object that is written to find out whether files can be saved."""


class ResultStore(Protocol):
    """Saves the files of results as `<request id>-<number>.<extension>`, each complete or absent."""

    async def check(self) -> None:
        """Check that files can be saved, before a job is paid for.

        Raises:
            ConfigurationError: they cannot.
        """
        ...

    async def save(self, result: AsyncResult[Any], *, taken_over: bool) -> list[SavedFile]:
        """Save the files of a result. Existing files are kept.

        `taken_over`: another worker may have started to save them, and was killed.

        Raises:
            DownloadError: a file could not be downloaded or saved. The files before it stay saved.
        """
        ...


def is_bucket(place: str) -> bool:
    """Return True for the URL of a bucket, False for a folder."""
    return "://" in place and urlsplit(place).scheme in SCHEMES


def check_place(place: str, *, shared: bool) -> str:
    """Check the bucket or folder for the files of a batch, and return it as the ledger stores it.

    Raises:
        ConfigurationError: it is neither a bucket nor a folder declared as shared by all workers; or obstore is not installed.
    """
    if is_bucket(place):
        url = check_bucket_url(place, source="The place for the files")
        open_store(url, {})
        return url
    if "://" in place:
        raise ConfigurationError(f"Files cannot be saved to {place[:100]!r}; use s3://, gs:// or az://, or a folder with --shared")
    if not shared:
        step = (
            "Pass --shared (shared=True) if every worker accesses this folder under this path, or use a bucket: "
            "s3://bucket/prefix. Nothing was planned."
        )
        raise ConfigurationError(f"{place} is a folder of this machine, and the batch may run on several", next_step=step)
    return str(Path(place).absolute())


def open_results(place: str) -> ResultStore:
    """Open the bucket or folder for the files of a batch.

    Raises:
        ConfigurationError: it is a bucket, and obstore is not installed or a setting is missing.
    """
    return _Bucket(place) if is_bucket(place) else _Folder(Path(place))


def _cannot_save(place: object, reason: str, next_step: str | None) -> ConfigurationError:
    step = next_step or "Correct this, then run the same command again. Nothing was submitted."
    return ConfigurationError(f"Files cannot be saved to {place}: {reason}", next_step=step)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def check(self) -> None:
        try:
            await asyncio.to_thread(self._write_temporary_file)
        except OSError as error:
            raise _cannot_save(self._folder, error.strerror or str(error), None) from None

    def _write_temporary_file(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=self._folder).close()

    async def save(self, result: AsyncResult[Any], *, taken_over: bool) -> list[SavedFile]:
        paths = await result.save(self._folder)
        files = await asyncio.to_thread(partial(hash_files, paths, self._folder))
        if taken_over:
            await asyncio.to_thread(remove_part_files, self._folder, {result.request_id})
        return files


class _Bucket:
    """Saves files on this machine, then uploads them: an object becomes visible when it is complete. Existing ones are kept."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._store = open_store(url, {})

    async def check(self) -> None:
        import obstore

        try:
            with explained(self._url):
                await obstore.put_async(self._store, _CHECK, b"")
        except MediaHostError as error:
            raise _cannot_save(self._url, error.reason, error.next_step) from None
        with suppress(MediaHostError), explained(self._url):  # some credentials may not delete
            await obstore.delete_async(self._store, _CHECK)

    async def save(self, result: AsyncResult[Any], *, taken_over: bool) -> list[SavedFile]:
        with TemporaryDirectory(prefix="runcomfy-result-") as folder:
            paths = await result.save(folder)
            files = await asyncio.to_thread(partial(hash_files, paths, Path(folder)))
            try:
                with explained(self._url):
                    for path, file in zip(paths, files, strict=True):
                        await self._put(path, file)
            except MediaHostError as error:
                raise DownloadError(f"The files could not be saved: {error.reason}", url=self._url) from None
        return files

    async def _put(self, path: Path, file: SavedFile) -> None:
        import obstore

        try:
            found = await obstore.head_async(self._store, file.path)
            if found["size"] == file.bytes:
                return
        except FileNotFoundError:
            pass
        await obstore.put_async(self._store, file.path, path, chunk_size=_CHUNK, max_concurrency=_PARTS)
