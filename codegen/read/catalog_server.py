"""Reads the catalog of the API page by page: with GET, a budget of retries, and no redirects. An incomplete catalog is an error."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

DEFAULT_URL: Final = "https://model-api.runcomfy.net"
PAGE: Final = 100
"""The number of entries per page; the API allows up to 500."""
PAGE_BYTES: Final = 64 * 1024 * 1024
PAGE_SECONDS: Final = 120
ATTEMPTS: Final = 5
"""The maximum number of attempts for one page."""
RETRIES: Final = 20
"""The maximum number of retries of all pages together."""
_TOKEN_CODES: Final = (400004, 403001)
"""Error codes of the API: an invalid or expired token, and a request of another account."""
_MAX_WAIT: Final = 30.0
_MAX_PAGES: Final = 5000
"""With more pages, the server most likely repeats pages forever."""


class CatalogError(Exception):
    """The catalog could not be read completely.

    Attributes:
        step: what to do.
    """

    def __init__(self, message: str, step: str) -> None:
        super().__init__(message)
        self.step = step


def check_base_url(url: str) -> str:
    """Return the origin of a base URL.

    Raises:
        CatalogError: the URL is neither https, nor http on the loopback interface.
    """
    step = f"set --base-url or RUNCOMFY_BASE_URL to an https:// URL such as {DEFAULT_URL}"
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        raise CatalogError(f"{url!r} is not a URL", step) from None
    if (
        not host
        or parts.username is not None
        or parts.query
        or parts.fragment
        or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))
    ):
        raise CatalogError(f"{url!r} is not a base URL to which a token may be sent", step)
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}{f':{port}' if port else ''}{parts.path.rstrip('/').removesuffix('/v1')}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(slots=True)
class CatalogServer:
    """The catalog at a base URL."""

    base_url: str
    token: str | None = field(repr=False)
    client: httpx.Client
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], float] = time.monotonic
    _retries: int = RETRIES

    def entries(self, query: Mapping[str, str], progress: Callable[[int, int], None] = lambda done, total: None) -> Iterator[Any]:
        """Yield all entries that match a query. If the iteration ends without an error, they are complete.

        Raises:
            CatalogError: the catalog is not reachable, or its pages are incomplete or inconsistent.
        """
        offset, total, seen = 0, None, set[str]()
        for number in range(_MAX_PAGES):
            body = self._page({**query, "include_schema": "true", "limit": str(PAGE), "offset": str(offset)})
            models, new_total = body["models"], body.get("total")
            if number == 0:
                total = new_total
                if not models and not total and not query:
                    raise _outage("the catalog is empty")
            if new_total != total:
                raise _outage(f"the catalog changed while it was read: it had {total} models, and now has {new_total}")
            size = _page_size(body)
            if total is not None and len(models) != min(size, total - offset):
                raise _outage(f"the page at offset {offset} has {len(models)} models, not {min(size, total - offset)}")
            _check_repeated(models, seen)
            yield from models
            offset += len(models)
            progress(offset, total or offset or 1)
            if offset == total or not models:  # without a total, an empty page is the end
                return
        raise CatalogError(f"the catalog does not end after {offset:,} models", "check the base URL")

    def _page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Return one page, with retries after transient errors."""
        for attempt in range(1, ATTEMPTS + 1):
            page, wait = self._try_page(query)
            if isinstance(page, dict):
                return page
            if attempt == ATTEMPTS or not self._retries:
                raise CatalogError(
                    f"the catalog could not be read: {page}",
                    "check the base URL and the network, or try again later; nothing was written",
                )
            self._retries -= 1
            self.sleep(min(_MAX_WAIT, wait if wait is not None else 0.5 * 2**attempt))
        raise AssertionError("the loop returns or raises")

    def _try_page(self, query: Mapping[str, str]) -> tuple[dict[str, Any] | str, float | None]:
        """Return a page, or the reason of a transient error; and the seconds to wait before a retry, if the server gives them."""
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        try:
            with self.client.stream("GET", f"{self.base_url}/v1/models", params=query, headers=headers) as response:
                if response.is_redirect or 300 <= response.status_code < 400:
                    step = "use the URL that it redirects to, if you trust it"
                    raise CatalogError("the server redirects, but the token is not sent to another URL", step)
                content, started = bytearray(), self.now()
                for part in response.iter_bytes():
                    content += part
                    if self.now() - started > PAGE_SECONDS:
                        return f"a page took more than {PAGE_SECONDS} seconds", None
                    if len(content) > PAGE_BYTES:
                        raise CatalogError(f"a page of the catalog has more than {PAGE_BYTES:,} bytes", "check the base URL")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _reason(error), None
        body = _parsed(bytes(content))
        self._check_errors(response.status_code, body)
        if response.status_code != 200:
            return f"the server responded with status {response.status_code}", _retry_after(response)
        return _read_page(body), None

    def _check_errors(self, status: int, body: Any) -> None:
        """Raise errors for which a retry is pointless. The API may send an error code in the body of any response."""
        value = body.get("error_code") if isinstance(body, dict) else None
        code = value if isinstance(value, int) and not isinstance(value, bool) else None
        detail = f"HTTP {status}" + (f", error {code}" if code else "")
        if status in (401, 403) or code in _TOKEN_CODES:
            step = (
                "create a new token in your RunComfy profile"
                if self.token
                else "set RUNCOMFY_API_TOKEN, or log in with the vendor's CLI, `runcomfy login`"
            )
            raise CatalogError(f"the catalog {'rejected the' if self.token else 'requires a'} token ({detail})", step)
        if 400 <= status < 500 and status not in (408, 425, 429):
            raise CatalogError(f"the server rejected the request for the catalog ({detail})", "check the base URL")


def _parsed(content: bytes) -> Any:
    """Parse the JSON of a response; return None if it is not JSON."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _read_page(body: Any) -> dict[str, Any] | str:
    if body is None:
        return "a page of the catalog is not JSON"
    if not isinstance(body, dict) or not isinstance(body.get("models"), list):
        return "the response is not a page of the catalog"
    total = body.get("total")
    if total is not None and (not isinstance(total, int) or isinstance(total, bool) or total < 0):
        return "the total on a page of the catalog is not a number"
    return body


def _page_size(body: Mapping[str, Any]) -> int:
    """Return the size of a full page: the requested size, or the limit of the server if it is smaller."""
    limit = body.get("limit")
    return limit if isinstance(limit, int) and not isinstance(limit, bool) and 0 < limit < PAGE else PAGE


def _check_repeated(models: list[Any], seen: set[str]) -> None:
    """Add the ids of a page to `seen`.

    Raises:
        CatalogError: an id was on an earlier page.
    """
    for entry in models:
        model_id = entry.get("model_id") if isinstance(entry, dict) else None
        if isinstance(model_id, str) and model_id in seen:
            raise _outage(f"{model_id!r} is listed twice, so the catalog changed while it was read")
        if isinstance(model_id, str):
            seen.add(model_id)


def _reason(error: Exception) -> str:
    return f"no response ({str(error) or type(error).__name__})"


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _outage(message: str) -> CatalogError:
    return CatalogError(message, "this looks like an outage; try again later; nothing was written")
