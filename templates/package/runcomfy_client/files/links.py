"""Checks before the submit that a link works. Fetches its first byte like the API will, without the token."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from runcomfy_client._core.flows.download import check_download_url
from runcomfy_client._core.flows.preflight import is_public_address
from runcomfy_client._core.protocol.urls import is_loopback
from runcomfy_client._http.redaction import install_log_filter, signed_url_class

_MAX_ATTEMPTS: Final = 4
_PAUSE: Final = 0.5
_TIMEOUT: Final = 20.0
_log = logging.getLogger("runcomfy_client.files")


class DeadLink(Exception):
    """A link does not work. The message does not contain the link.

    Attributes:
        lasting: True if a retry is pointless.
    """

    def __init__(self, reason: str, *, lasting: bool) -> None:
        super().__init__(reason)
        self.lasting = lasting


async def check_link(link: str, size: int, *, local: bool) -> None:
    """Fetch the first byte of a link, with a few retries.

    Args:
        link: the link.
        size: the size of the file in bytes.
        local: True if the API itself is on this machine, such as a simulator, so that the link may be, too.

    Raises:
        DeadLink: the link is not a public https:// URL, does not work, or its file has another size.
    """
    import httpx

    problem = check_download_url(link, loopback=local)
    if problem:
        raise DeadLink(problem, lasting=True)
    host = urlsplit(link).hostname or ""
    if not local:
        await _check_address(host)
    install_log_filter()
    direct = is_loopback(host)
    async with httpx.AsyncClient(verify=_tls(), timeout=_TIMEOUT, follow_redirects=False, trust_env=not direct) as http:
        request = httpx.Request(
            "GET", link, headers={"Range": "bytes=0-0", "Accept-Encoding": "identity", "User-Agent": "runcomfy-client"}
        )
        request.extensions = {"timeout": httpx.Timeout(_TIMEOUT).as_dict()}
        request.url = signed_url_class(httpx.URL)(request.url)
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            try:
                return await _fetch(http, request, size)
            except httpx.HTTPError as error:
                dead = DeadLink(f"it cannot be fetched ({type(error).__name__})", lasting=False)
            except DeadLink as error:
                dead = error
            if dead.lasting or attempt == _MAX_ATTEMPTS:
                raise dead
            _log.debug("a link does not work yet: %s", dead)
            await asyncio.sleep(_PAUSE * 2 ** (attempt - 1))


@cache
def _tls() -> Any:
    """Return the SSL context, which is created only once, since that takes a tenth of a second or more."""
    import httpx

    return httpx.create_ssl_context()


async def _fetch(http: Any, request: Any, size: int) -> None:
    response = await http.send(request, stream=True)
    try:
        status = response.status_code
        if status not in (200, 206):
            raise DeadLink(f"the response has status {status}", lasting=status < 500 and status != 429)
        match = re.fullmatch(r"bytes 0-0/(\d{1,18})", response.headers.get("content-range", ""))
        length = match[1] if match else response.headers.get("content-length", "") if status == 200 else ""
        if length.isdigit() and int(length) != size:
            raise DeadLink(f"its content has {int(length):,} bytes, but the file has {size:,}", lasting=True)
    finally:
        await response.aclose()


async def _check_address(host: str) -> None:
    """Check that a host has only public addresses.

    A host name that cannot be resolved is accepted, since a proxy may resolve it.
    """
    try:
        entries = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    private = [address for address in (str(entry[4][0]) for entry in entries) if not is_public_address(address)]
    if private:
        raise DeadLink(f"{host} is {private[0]}, which the API cannot reach: use a bucket that is on the internet", lasting=True)
