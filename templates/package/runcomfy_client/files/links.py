"""Checks that a link answers before the submit: as the API will fetch it, without the token, and only its first byte."""

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

_TRIES: Final = 4
_PAUSE: Final = 0.5
_TIMEOUT: Final = 20.0
_log = logging.getLogger("runcomfy_client.files")


class DeadLink(Exception):
    """A link that does not answer as it should; its text says how, without the link. `lasting`: trying again changes nothing."""

    def __init__(self, why: str, *, lasting: bool) -> None:
        super().__init__(why)
        self.lasting = lasting


async def check_link(link: str, size: int, *, local: bool) -> None:
    """Fetch the first byte of a link, a few times at most.

    Args:
        link: the link.
        size: how many bytes its file has.
        local: whether the API itself is on this machine, as a simulator is, so that the link may lead here.

    Raises:
        DeadLink: it is no public https:// URL, does not answer, or leads to something of another size.
    """
    import httpx

    fault = check_download_url(link, loopback=local)
    if fault:
        raise DeadLink(fault, lasting=True)
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
        for attempt in range(1, _TRIES + 1):
            try:
                return await _fetch(http, request, size)
            except httpx.HTTPError as error:
                dead = DeadLink(f"it cannot be fetched ({type(error).__name__})", lasting=False)
            except DeadLink as error:
                dead = error
            if dead.lasting or attempt == _TRIES:
                raise dead
            _log.debug("a link does not answer yet: %s", dead)
            await asyncio.sleep(_PAUSE * 2 ** (attempt - 1))


@cache
def _tls() -> Any:
    """Return what connections are verified with: made once, for it costs a tenth of a second and more."""
    import httpx

    return httpx.create_ssl_context()


async def _fetch(http: Any, request: Any, size: int) -> None:
    response = await http.send(request, stream=True)
    try:
        status = response.status_code
        if status not in (200, 206):
            raise DeadLink(f"it answers {status}", lasting=status < 500 and status != 429)
        found = re.fullmatch(r"bytes 0-0/(\d{1,18})", response.headers.get("content-range", ""))
        length = found[1] if found else response.headers.get("content-length", "") if status == 200 else ""
        if length.isdigit() and int(length) != size:
            raise DeadLink(f"it leads to {int(length):,} bytes, and the file has {size:,}", lasting=True)
    finally:
        await response.aclose()


async def _check_address(host: str) -> None:
    """Make sure that a host has no address that only this network reaches. A name that cannot be looked up may still be known to a
    proxy.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    closed = [address for address in (str(entry[4][0]) for entry in found) if not is_public_address(address)]
    if closed:
        raise DeadLink(f"{host} is {closed[0]}, which the API cannot reach: use a bucket that is on the internet", lasting=True)
