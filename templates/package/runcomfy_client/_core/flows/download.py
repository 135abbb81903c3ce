"""Downloads the files of a result. URLs are checked; size and time are limited; a transfer is resumed only where that is safe.

A file is complete or absent.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from mimetypes import guess_type
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from runcomfy_client._core.flows.effects import Flow, Monotonic, Notify, OpenUrl, ReadChunk, RunBlocking, Send, Sleep
from runcomfy_client._core.flows.file_names import extension_of, file_name
from runcomfy_client._core.flows.idempotent_call import call_with_retries
from runcomfy_client._core.flows.inline_file import decode_data_url, is_inline, write_inline_file
from runcomfy_client._core.flows.interrupts import annotate_interrupts
from runcomfy_client._core.flows.options import CallOptions, deadline_after
from runcomfy_client._core.flows.part_file import PartFile
from runcomfy_client._core.protocol.content_coding import CorruptContent, Decoder, decoder_for
from runcomfy_client._core.protocol.parsing import read_result
from runcomfy_client._core.protocol.response import ResponseHead, TransportError
from runcomfy_client._core.protocol.retry_after import retry_after
from runcomfy_client._core.protocol.urls import is_loopback, request_path
from runcomfy_client.downloads import DownloadLimits, Progress, ResultFile, files_in
from runcomfy_client.errors import DownloadError, RunComfyError

_log = logging.getLogger("runcomfy_client")

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TRANSIENT: Final = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 531)})
"""Statuses that mean a transient failure. Cloudflare sends 520 to 530 when it cannot reach the origin server."""
_WEB_PAGES: Final = ("text/html", "application/xhtml+xml")
_WEB_PAGE: Final = re.compile(rb"\s*<(!doctype\s+html|html[\s>])", re.IGNORECASE)
_JSON_OR_XML: Final = re.compile(rb"\s*(?:<\?xml|<Error|\{\s*\"|\[\s*\{)")
"""The beginning of XML or JSON, which file servers send instead of a file, sometimes with status 200."""
_MEDIA: Final = re.compile(r"(?:image/(?!svg)|video/|audio/).*")
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class DownloadRequest:
    """The parameters of a download. `loopback` allows http:// URLs of this machine, where a simulator serves its files."""

    request_id: str
    folder: Path
    limits: DownloadLimits
    options: CallOptions
    loopback: bool


def save_all(files: tuple[ResultFile, ...], request: DownloadRequest, *, timeout: float | None) -> Flow[list[Path]]:
    """Save files one after the other, all within `timeout` seconds unless it is None; return their paths.

    At the first expired link, the result is fetched once more. This is free and returns newly signed links.
    """
    with annotate_interrupts(request.request_id, None, succeeded=True):
        deadline = yield from deadline_after(timeout)
        deadline = math.inf if deadline is None else deadline
        paths: list[Path] = []
        may_refresh = True
        for index in range(len(files)):
            try:
                paths.append((yield from _Download(files[index], request, deadline).save()))
            except DownloadError as expired:
                if not may_refresh or not expired.lasting or expired.http_status is None:
                    raise
                may_refresh = False
                fresh = yield from _fresh_files(request)
                if len(fresh) != len(files) or fresh[index].url == files[index].url:
                    raise
                files = fresh
                paths.append((yield from _Download(files[index], request, deadline).save()))
        return paths


def _fresh_files(request: DownloadRequest) -> Flow[tuple[ResultFile, ...]]:
    """Fetch the result again; return its files, or an empty tuple if the call fails."""
    call = Send("GET", request_path(request.request_id, "result"), timeout=request.options.http_timeout)
    try:
        return files_in(read_result((yield from call_with_retries(call, request.options, about=None))).output)
    except RunComfyError:
        return ()


def check_download_url(url: str, *, loopback: bool) -> str | None:
    """Return why a file must not be fetched from `url`, or None if it may be."""
    if any(c.isspace() or not c.isprintable() for c in url) or "\\" in url:
        return "its URL has blanks or control characters"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "its URL is not a URL"
    if not host:
        return "its URL has no host"
    if parts.username is not None or parts.password is not None:
        return "its URL contains credentials"
    if parts.scheme == "https" or (parts.scheme == "http" and loopback and is_loopback(host)):
        return None
    return "its URL is not https://"


class _RetryableDownloadError(Exception):
    """The transfer failed, and may be retried."""


class _Download:
    """The download of one file.

    Attributes:
        part: the bytes received so far.
        etag: the strong validator of the file; empty without one.
        total: the number of bytes of the response, before decoding; None if the server did not send it.
        received: the bytes of the response received so far, before decoding.
        decoder: decodes a compressed response; None if it is not compressed.
        pause: the seconds to wait before the next attempt, from `Retry-After`; 0 without it.
    """

    def __init__(self, file: ResultFile, request: DownloadRequest, deadline: float) -> None:
        self.file = file
        self.request = request
        self.deadline = deadline
        self.part: PartFile | None = None
        self.etag = ""
        self.total: int | None = None
        self.received = 0
        self.decoder: Decoder | None = None
        self.pause = 0.0

    def save(self) -> Flow[Path]:
        """Save the file; retry failures that may be transient."""
        attempt = 0
        try:
            while not is_inline(self.file.url):
                attempt += 1
                try:
                    return (yield from self._attempt())
                except _RetryableDownloadError as broken:
                    yield from self._wait_before_retry(attempt, str(broken))
            return (yield from self._save_inline())
        except FileExistsError as error:
            raise self._error(f"{error}; it was not changed, choose another folder") from None
        except (OSError, ValueError) as error:  # ValueError: the folder's name contains a NUL
            raise self._error(f"it could not be written ({getattr(error, 'strerror', None) or error})") from None
        finally:
            if self.part is not None:
                self.part.discard()

    def _save_inline(self) -> Flow[Path]:
        """Save a file that the output contains as a data: URL."""
        try:
            content_type, content = decode_data_url(self.file.url, at_most=self.request.limits.largest)
        except ValueError as error:
            raise self._error(str(error), lasting=True) from None
        write = partial(write_inline_file, self.request.folder, self.request.request_id, self.file.number, content_type, content)
        path: Path = yield RunBlocking(write, slow=True)
        yield Notify(Progress(self.file, len(content), len(content)))
        return path

    def _error(self, why: str, status: int | None = None, *, lasting: bool = False) -> DownloadError:
        message = f"File {self.file.number} ({self.file.field}) was not saved: {why}"
        url = f"{self.file.url.partition(',')[0]:.100},..." if is_inline(self.file.url) else self.file.url
        return DownloadError(message, url=url, request_id=self.request.request_id, http_status=status, lasting=lasting)

    def _wait_before_retry(self, attempt: int, why: str) -> Flow[None]:
        now = yield Monotonic()
        pause = self.pause or self.request.options.policy.backoff(attempt)
        if attempt >= self.request.limits.max_attempts or now + pause >= self.deadline:
            raise self._error(why) from None
        yield Sleep(pause, spread=0.0 if self.pause else 1.0)
        self.pause = 0.0

    def _attempt(self) -> Flow[Path]:
        head, url = yield from self._open()
        part = self.part
        if head.status == 206 and part is not None:
            self._check_resumed(head, part)
        else:
            part = yield from self._start_file(head, url, part)
        yield from self._receive(part)
        if self.total is not None and self.received != self.total:
            raise _RetryableDownloadError(f"it broke off after {self.received} of {self.total} bytes")
        if self.decoder is not None and not self.decoder.is_complete:
            raise _RetryableDownloadError(f"it broke off after {self.received} compressed bytes")
        if not part.size:
            raise _RetryableDownloadError("it is empty")
        path: Path = yield RunBlocking(part.finish, slow=True)
        self.part = None
        return path

    def _open(self) -> Flow[tuple[ResponseHead, str]]:
        """Request the file, or the rest of it, and follow redirects; return the head of the response and the final URL."""
        url = self.file.url.replace(" ", "%20")
        for _ in range(self.request.limits.redirects + 1):
            problem = check_download_url(url, loopback=self.request.loopback)
            if problem:
                raise self._error(problem, lasting=True)
            now = yield Monotonic()
            if now >= self.deadline:
                raise self._error("there was no time left")
            timeout = min(self.request.options.http_timeout, self.request.limits.window, self.deadline - now)
            _log.debug("file %d of %s: GET %s", self.file.number, self.request.request_id, url.partition("?")[0])
            response: ResponseHead | TransportError = yield OpenUrl(
                url, self._range(), timeout=timeout, total_timeout=min(3 * timeout, self.deadline - now)
            )
            if isinstance(response, TransportError):
                raise _RetryableDownloadError(response.reason)
            if response.status not in REDIRECTS:
                return self._checked(response), url
            try:
                url = urljoin(url, response.headers.get("location", "").replace(" ", "%20"))
            except ValueError:
                raise self._error("it is redirected to something that is not a URL") from None
        raise self._error("there are too many redirects")

    def _range(self) -> Mapping[str, str]:
        if self.part is None or not self.part.size or not self.etag:
            return {}
        return {"Range": f"bytes={self.part.size}-", "If-Range": self.etag}

    def _checked(self, head: ResponseHead) -> ResponseHead:
        if head.status == 416 and self.part is not None:
            self.part.restart()
            raise _RetryableDownloadError("the server has no such part of it")
        if head.status in _TRANSIENT:
            self.pause = min(retry_after(head.headers) or 0.0, self.request.options.policy.retry_after_max)
            raise _RetryableDownloadError(f"the server responded with status {head.status}")
        if head.status not in (200, 206):
            expired = head.status in (403, 404, 410)
            raise self._error("the link may have expired" if expired else "the server refused it", head.status, lasting=expired)
        if head.headers.get("content-type", "").strip().lower().startswith(_WEB_PAGES):
            raise self._error("the server sent a web page instead", head.status)
        return head

    def _start_file(self, head: ResponseHead, url: str, part: PartFile | None) -> Flow[PartFile]:
        """Prepare to receive the file from its first byte."""
        if head.status != 200:
            raise self._error("the server sent a part that was not requested", head.status)
        length = head.headers.get("content-length", "")
        self.total = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
        if self.total is not None and self.total > self.request.limits.largest:
            raise self._error(f"it has {self.total} bytes, more than the {self.request.limits.largest} that are allowed")
        try:
            self.decoder = decoder_for(head.headers.get("content-encoding", ""))
        except ValueError as error:
            raise self._error(str(error), head.status) from None
        etag = head.headers.get("etag", "")
        is_strong = re.fullmatch(r'"[\x21\x23-\x7e]+"', etag) and self.decoder is None  # a weak validator does not identify bytes
        self.etag = etag if is_strong else ""
        self.received = 0
        if part is not None:
            part.restart()
            return part
        content_type = head.headers.get("content-type", "")
        name = file_name(self.request.request_id, self.file.number, extension_of(url, content_type))
        new_part: PartFile = yield RunBlocking(partial(PartFile, self.request.folder, name))
        self.part = new_part
        return new_part

    def _check_resumed(self, head: ResponseHead, part: PartFile) -> None:
        """Check that the response continues the bytes received so far."""
        found = _CONTENT_RANGE.fullmatch(head.headers.get("content-range", ""))
        fits = found is not None and int(found[1]) == part.size and (self.total is None or found[3] in ("*", str(self.total)))
        self.received = part.size
        if not fits or head.headers.get("etag", self.etag) != self.etag:
            part.restart()
            raise _RetryableDownloadError("the rest does not match the first part")

    def _receive(self, part: PartFile) -> Flow[None]:
        """Receive and write the body, within the limits of size, time and speed."""
        limits = self.request.limits
        since = yield Monotonic()
        counted = self.received
        while True:
            chunk: bytes | TransportError = yield ReadChunk()
            now = yield Monotonic()
            if now > self.deadline:
                raise self._error("it did not arrive in time")
            if isinstance(chunk, TransportError):
                raise _RetryableDownloadError(chunk.reason)
            if not chunk:
                return
            self.received += len(chunk)
            if self.received > min(limits.largest, limits.largest if self.total is None else self.total):
                raise self._error("the server sent more bytes than it announced or than are allowed")
            yield from self._write(part, chunk)
            if now - since >= limits.window:
                if (self.received - counted) / (now - since) < limits.slowest:
                    raise self._error(f"it was slower than {limits.slowest} bytes per second")
                since, counted = now, self.received
            yield Notify(Progress(self.file, self.received, self.total))

    def _write(self, part: PartFile, chunk: bytes) -> Flow[None]:
        """Decode and write bytes of the response."""
        largest = self.request.limits.largest
        if self.decoder is not None:
            try:
                chunk = self.decoder.decode(chunk, at_most=largest - part.size)
            except CorruptContent as error:
                raise _RetryableDownloadError(f"its compressed bytes are corrupt ({error})") from None
        if part.size + len(chunk) > largest:
            raise self._error(f"it has more than the {largest} bytes that are allowed")
        if not part.size and part.target.suffix != ".txt" and _WEB_PAGE.match(chunk):
            raise self._error("the server sent a web page instead")
        if not part.size and _JSON_OR_XML.match(chunk) and _MEDIA.match(guess_type(part.target.name)[0] or ""):
            raise self._error("the server sent JSON or XML instead")
        yield RunBlocking(partial(part.write, chunk))
