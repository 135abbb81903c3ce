"""Reads the catalog of the API page by page: GETs only, retried within a budget, never redirected, and whole or not at all."""

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
"""Entries asked for at a time; the API gives up to 500."""
PAGE_BYTES: Final = 64 * 1024 * 1024
PAGE_SECONDS: Final = 120
ATTEMPTS: Final = 5
"""Tries of one page."""
RETRIES: Final = 20
"""Retries of all pages together."""
_TOKEN_CODES: Final = (400004, 403001)
"""Errors of the API: a bad or expired token, and a request that is not the account's own."""
_LONGEST_WAIT: Final = 30.0
_MOST_PAGES: Final = 5000
"""A catalog with more pages does not end."""


class CatalogError(Exception):
    """The catalog could not be read as a whole; `step` says what to do."""

    def __init__(self, message: str, step: str) -> None:
        super().__init__(message)
        self.step = step


def check_base_url(url: str) -> str:
    """Return the origin of a base URL.

    Raises:
        CatalogError: it is not https, nor http on the loopback interface.
    """
    step = f"give an https:// URL such as {DEFAULT_URL} with --base-url or RUNCOMFY_BASE_URL"
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
        raise CatalogError(f"{url!r} is not a base URL that a token may be sent to", step)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}{parts.path.rstrip('/').removesuffix('/v1')}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(slots=True)
class CatalogServer:
    """The catalog behind a base URL."""

    base_url: str
    token: str | None = field(repr=False)
    client: httpx.Client
    sleep: Callable[[float], object] = time.sleep
    now: Callable[[], float] = time.monotonic
    _retries: int = RETRIES

    def entries(self, query: Mapping[str, str], progress: Callable[[int, int], None] = lambda done, total: None) -> Iterator[Any]:
        """Yield all entries that a query finds, as they come; the end of the iteration says that they are all.

        Raises:
            CatalogError: the catalog is not reachable, or does not answer whole pages that belong together.
        """
        offset, total, seen = 0, None, set[str]()
        for number in range(_MOST_PAGES):
            body = self._page({**query, "include_schema": "true", "limit": str(PAGE), "offset": str(offset)})
            models, said = body["models"], body.get("total")
            if number == 0:
                total = said
                if not models and not total and not query:
                    raise _outage("the catalog is empty")
            if said != total:
                raise _outage(f"the catalog changed while it was read: it had {total} models, and now has {said}")
            size = _page_size(body)
            if total is not None and len(models) != min(size, total - offset):
                raise _outage(f"the page at offset {offset} has {len(models)} models, not {min(size, total - offset)}")
            _refuse_repeated(models, seen)
            yield from models
            offset += len(models)
            progress(offset, total or offset or 1)
            if offset == total or not models:  # without a total, an empty page is the end
                return
        raise CatalogError(f"the catalog does not end after {offset:,} models", "check the base URL")

    def _page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Return one page; it is asked for again while the trouble may pass."""
        for attempt in range(1, ATTEMPTS + 1):
            trouble, wait = self._try_page(query)
            if isinstance(trouble, dict):
                return trouble
            if attempt == ATTEMPTS or not self._retries:
                raise CatalogError(
                    f"the catalog could not be read: {trouble}",
                    "check the base URL and the network, or try again later; nothing was written",
                )
            self._retries -= 1
            self.sleep(min(_LONGEST_WAIT, wait if wait is not None else 0.5 * 2**attempt))
        raise AssertionError("the loop returns or raises")

    def _try_page(self, query: Mapping[str, str]) -> tuple[dict[str, Any] | str, float | None]:
        """Return a page, or why there is none and after how many seconds to ask again."""
        headers = {"Accept": "application/json", **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        try:
            with self.client.stream("GET", f"{self.base_url}/v1/models", params=query, headers=headers) as response:
                if response.is_redirect or 300 <= response.status_code < 400:
                    step = "give the URL that it redirects to, if you trust it"
                    raise CatalogError("the server redirects, and the token is sent nowhere else", step)
                content, started = bytearray(), self.now()
                for part in response.iter_bytes():
                    content += part
                    if self.now() - started > PAGE_SECONDS:
                        return f"a page takes more than {PAGE_SECONDS} seconds", None
                    if len(content) > PAGE_BYTES:
                        raise CatalogError(f"a page of the catalog has more than {PAGE_BYTES:,} bytes", "check the base URL")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return _reason(error), None
        body = _parsed(bytes(content))
        self._refuse(response.status_code, body)
        if response.status_code != 200:
            return f"the server answers {response.status_code}", _retry_after(response)
        return _read_page(body), None

    def _refuse(self, status: int, body: Any) -> None:
        """Raise what no other try changes. The API may name an error in the body of any answer."""
        found = body.get("error_code") if isinstance(body, dict) else None
        code = found if isinstance(found, int) and not isinstance(found, bool) else None
        told = f"HTTP {status}" + (f", error {code}" if code else "")
        if status in (401, 403) or code in _TOKEN_CODES:
            step = (
                "make a new token in your RunComfy profile"
                if self.token
                else "set RUNCOMFY_API_TOKEN, or log in with the vendor's CLI, `runcomfy login`"
            )
            raise CatalogError(f"the catalog wants {'another' if self.token else 'a'} token ({told})", step)
        if 400 <= status < 500 and status not in (408, 425, 429):
            raise CatalogError(f"the server refuses to give its catalog ({told})", "check the base URL")


def _parsed(content: bytes) -> Any:
    """Return the JSON of an answer, or None."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _read_page(body: Any) -> dict[str, Any] | str:
    if body is None:
        return "a page of the catalog is not JSON"
    if not isinstance(body, dict) or not isinstance(body.get("models"), list):
        return "an answer is not a page of the catalog"
    total = body.get("total")
    if total is not None and (not isinstance(total, int) or isinstance(total, bool) or total < 0):
        return "the total on a page of the catalog is no number"
    return body


def _page_size(body: Mapping[str, Any]) -> int:
    """Return how many models a full page has: as many as were asked for, unless the server says that it gives fewer."""
    limit = body.get("limit")
    return limit if isinstance(limit, int) and not isinstance(limit, bool) and 0 < limit < PAGE else PAGE


def _refuse_repeated(models: list[Any], seen: set[str]) -> None:
    """Remember the ids of a page.

    Raises:
        CatalogError: one was seen before.
    """
    for entry in models:
        model_id = entry.get("model_id") if isinstance(entry, dict) else None
        if isinstance(model_id, str) and model_id in seen:
            raise _outage(f"{model_id!r} is listed twice, so the catalog changed while it was read")
        if isinstance(model_id, str):
            seen.add(model_id)


def _reason(error: Exception) -> str:
    return f"no answer ({str(error) or type(error).__name__})"


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _outage(what: str) -> CatalogError:
    return CatalogError(what, "that looks like an outage; try again later; nothing was written")
