"""A bucket as a media host: Amazon S3 and compatible services (R2, MinIO), Google Cloud Storage, Azure Blob Storage."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qs, urlsplit

from runcomfy_client._http.event_loop import in_thread
from runcomfy_client.files.bucket_config import check_bucket_url, open_store
from runcomfy_client.files.bucket_errors import explained
from runcomfy_client.files.host import CHUNK, MediaFile

if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

MAX_LINK_LIFETIME: Final = 7 * 86_400.0
"""The maximum lifetime of a signed URL of S3 and Google Cloud Storage, in seconds."""
_REUSE: Final = 5 * 86_400.0
_PARTS: Final = 2
"""The number of concurrent uploads of parts of one file: with the chunks that are read ahead, 20 MiB of memory."""
_KEY: Final = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,5}")
_log = logging.getLogger("runcomfy_client.files")


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """The progress of an upload.

    Attributes:
        path: the file that is uploaded.
        sent: the bytes sent so far.
        total: the size of the file in bytes.
    """

    path: Path
    sent: int
    total: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that this package has uploaded to a bucket.

    Attributes:
        key: its name below the prefix.
        size: its size in bytes.
        modified: when it was uploaded, in UTC.
    """

    key: str
    size: int
    modified: datetime


class BucketHost:
    """Uploads files to a bucket, and signs links to them.

    The name of a file is the digest of its content, so the same content is uploaded only once, also by several processes. The
    bucket need not be public: links are signed, and expire. A file becomes visible only when its upload is complete.

    Args:
        url: the bucket and a prefix: `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`, or the https:// URL of an
            R2 bucket. The default prefix is `runcomfy`.
        config: settings for obstore, such as `{"access_key_id": ..., "secret_access_key": ..., "endpoint": ..., "region": ...}`.
            By default, they come from the environment, as for your cloud's own tools (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`,
            `AWS_REGION`, `GOOGLE_APPLICATION_CREDENTIALS`, `AZURE_STORAGE_ACCOUNT_NAME`, ...), and for S3 from the files that
            `aws configure` writes.
        store: your own obstore store, for other kinds of credentials; `url` is then used only in messages.
        link_lifetime: the minimum lifetime of links in seconds. A client requests its timeout plus 24 hours; the longer of the two
            applies, but at most 7 days. Links that are signed with temporary credentials expire with them.
        reuse_for: the age in seconds up to which an uploaded file is reused; an older one is uploaded again. Keep it at least two
            days below the age at which a lifecycle rule of the bucket deletes files.
        on_progress: called with an `UploadProgress` as files are uploaded, from any thread.

    Raises:
        ConfigurationError: the URL or a setting is invalid, or obstore is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        config: Mapping[str, str] | None = None,
        store: S3Store | GCSStore | AzureStore | None = None,
        link_lifetime: float = 0.0,
        reuse_for: float = _REUSE,
        on_progress: Callable[[UploadProgress], object] | None = None,
    ) -> None:
        self.url = check_bucket_url(url, source="The URL of the bucket")
        self._store: Any = open_store(self.url, config or {}) if store is None else store
        self._link_lifetime = link_lifetime
        self._reuse_for = reuse_for
        self._on_progress = on_progress
        self._warned = False

    async def put(self, file: MediaFile, *, lifetime: float) -> str:
        """Upload a file unless the bucket has it, and return a signed link to it.

        Args:
            file: the checked file.
            lifetime: the minimum lifetime of the link in seconds.

        Raises:
            MediaHostError: the bucket rejected the file, or cannot be reached.
            UnsuitableFile: the file was changed after it was checked.
        """
        import obstore

        seconds = min(max(lifetime, self._link_lifetime), MAX_LINK_LIFETIME)
        with explained(self.url):
            if not await self._is_stored(file):
                await self._upload(file)
            link: str = await obstore.sign_async(self._store, "GET", file.key, timedelta(seconds=seconds))
        self._warn_of_temporary_credentials(link, seconds)
        return link

    async def link(self, key: str, *, lifetime: float) -> str | None:
        """Return a signed link to a file that was uploaded earlier, from any machine; None if the bucket does not have it.

        Args:
            key: the name of the file below the prefix.
            lifetime: the minimum lifetime of the link in seconds.

        Raises:
            MediaHostError: the bucket denied access, or cannot be reached.
        """
        import obstore

        seconds = min(max(lifetime, self._link_lifetime), MAX_LINK_LIFETIME)
        with explained(self.url):
            try:
                stored = await obstore.head_async(self._store, key)
            except FileNotFoundError:
                return None
            if (datetime.now(UTC) - stored["last_modified"]).total_seconds() >= self._reuse_for:
                return None
            link: str = await obstore.sign_async(self._store, "GET", key, timedelta(seconds=seconds))
        self._warn_of_temporary_credentials(link, seconds)
        return link

    async def _is_stored(self, file: MediaFile) -> bool:
        import obstore
        from obstore.exceptions import PermissionDeniedError

        try:
            stored = await obstore.head_async(self._store, file.key)
        except (FileNotFoundError, PermissionDeniedError):  # without permission to list, a missing file gives "permission denied"
            return False
        age = (datetime.now(UTC) - stored["last_modified"]).total_seconds()
        return stored["size"] == file.size and age < self._reuse_for

    async def _upload(self, file: MediaFile) -> None:
        import obstore

        attributes: Any = {"Content-Type": file.media_type}
        if file.size <= CHUNK:
            content = await in_thread(lambda: b"".join(file.chunks()))
            await obstore.put_async(self._store, file.key, content, attributes=attributes, use_multipart=False)
            self._report_progress(file, file.size)
        else:
            await obstore.put_async(
                self._store, file.key, self._chunks(file), attributes=attributes, chunk_size=CHUNK, max_concurrency=_PARTS
            )

    async def _chunks(self, file: MediaFile) -> AsyncIterator[bytes]:
        chunks, sent = file.chunks(), 0
        while chunk := await in_thread(lambda: next(chunks, b"")):
            yield chunk
            sent += len(chunk)
            self._report_progress(file, sent)

    def _report_progress(self, file: MediaFile, sent: int) -> None:
        if self._on_progress is not None:
            self._on_progress(UploadProgress(file.path, sent, file.size))

    def _warn_of_temporary_credentials(self, link: str, seconds: float) -> None:
        if self._warned or "X-Amz-Security-Token" not in parse_qs(urlsplit(link).query):
            return
        self._warned = True
        ends = _expiration(os.environ.get("AWS_CREDENTIAL_EXPIRATION", ""))
        if ends is None:
            _log.warning(
                "links to %s are signed with temporary credentials: they expire with them, at the latest after %.0f h",
                self.url,
                seconds / 3600,
            )
        elif ends < datetime.now(UTC) + timedelta(seconds=seconds):
            _log.warning(
                "links to %s expire at %s, with the temporary credentials that sign them, instead of after %.0f h",
                self.url,
                f"{ends:%Y-%m-%d %H:%M} UTC",
                seconds / 3600,
            )

    async def list(self) -> AsyncIterator[StoredFile]:
        """Yield the files that this package has uploaded below the prefix. Other files are omitted.

        Raises:
            MediaHostError: the bucket denied access, or cannot be reached.
        """
        import obstore

        with explained(self.url):
            async for page in obstore.list(self._store):
                for stored in page:
                    name = str(stored["path"])
                    if _KEY.fullmatch(name):
                        yield StoredFile(name, stored["size"], stored["last_modified"])

    async def delete(self, file: StoredFile) -> None:
        """Delete a file that `list` has returned.

        Raises:
            MediaHostError: the bucket denied access, or cannot be reached.
        """
        import obstore

        with explained(self.url):
            await obstore.delete_async(self._store, file.key)

    def __repr__(self) -> str:
        return f"BucketHost({self.url!r})"

    def __getstate__(self) -> NoReturn:
        raise TypeError("a BucketHost cannot be pickled, since it may contain credentials: create one in each process")


def _expiration(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
