"""Checks the files of a request before the paid submit: fetches the first bytes of each without credentials, as the API does.

It uses GET with a range instead of HEAD, since links that are signed for GET reject other methods.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from ipaddress import IPv6Address, ip_address
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from runcomfy_client._core.flows.download import REDIRECTS, check_download_url
from runcomfy_client._core.flows.effects import Flow, Monotonic, OpenUrl, ReadChunk, Resolve
from runcomfy_client._core.flows.image_header import medium_of, size_of
from runcomfy_client._core.flows.options import deadline_after
from runcomfy_client._core.protocol.response import ResponseHead, TransportError
from runcomfy_client._core.protocol.urls import is_loopback
from runcomfy_client.errors import Problem
from runcomfy_client.schema.media import MediaLimit
from runcomfy_client.schema.media_fields import MediaField

_HEAD_BYTES: Final = 64 * 1024
_MEGABYTE: Final = 1_000_000
_RECOMMENDED: Final = {"image": 50, "video": 100}
"""The maximum size of a file in megabytes, by the API's documentation. Since it does not say which megabytes, binary ones are
allowed.
"""

_RULES: Final[dict[str, tuple[str, Callable[[int, int], float]]]] = {
    "width/height": ("its width divided by its height", lambda width, height: width / height if height else 0.0),
    "width_pixels": ("its width in pixels", lambda width, height: width),
    "height_pixels": ("its height in pixels", lambda width, height: height),
}


_NOT_MEDIA: Final = frozenset(
    f"application/{name}" for name in ("json", "pdf", "xml", "zip", "gzip", "x-tar", "javascript", "problem+json", "msword", "rtf")
)


class _MediaError(Exception):
    """A file is unsuitable; the message says why."""


def check_media(fields: Iterable[MediaField], *, timeout: float | None, http_timeout: float, loopback: bool) -> Flow[list[Problem]]:
    """Check each file once, all within `timeout` seconds; return the problems, each with the path of its field.

    `loopback` allows http:// URLs of this machine, where a simulator serves its files.
    """
    end = yield from deadline_after(timeout)
    deadline = math.inf if end is None else end
    known: dict[tuple[str, str, str], list[str]] = {}
    problems: list[Problem] = []
    for field in fields:
        key = (field.url, field.medium, repr(field.limits))
        if key not in known:
            known[key] = yield from _errors(field, deadline=deadline, http_timeout=http_timeout, loopback=loopback)
        problems.extend(Problem(field.path, problem) for problem in known[key])
    return problems


def _errors(field: MediaField, *, deadline: float, http_timeout: float, loopback: bool) -> Flow[list[str]]:
    try:
        head, start = yield from _fetch(field.url, _HEAD_BYTES, deadline=deadline, http_timeout=http_timeout, loopback=loopback)
        return [*_kind_errors(field, head, start), *_size_errors(field, _length(head)), *_image_errors(field, start)]
    except _MediaError as problem:
        return [str(problem)]


def fetch_media(url: str, *, largest: int, timeout: float, http_timeout: float, loopback: bool) -> Flow[bytes | str]:
    """Fetch a whole file in the same way, for a preview; return its content, or the reason of a failure as text.

    `largest` is in bytes, `timeout` in seconds for the whole transfer.
    """
    end = yield from deadline_after(timeout)
    deadline = math.inf if end is None else end
    try:
        _, content = yield from _fetch(url, largest + 1, deadline=deadline, http_timeout=http_timeout, loopback=loopback)
    except _MediaError as problem:
        return str(problem)
    if len(content) > largest:
        return f"it has more than {largest / _MEGABYTE:g} MB"
    return content


def _fetch(url: str, size: int, *, deadline: float, http_timeout: float, loopback: bool) -> Flow[tuple[ResponseHead, bytes]]:
    """Fetch the first `size` bytes, following redirects to public hosts only."""
    for _ in range(6):
        yield from _check_address(url, loopback=loopback)
        now = yield Monotonic()
        if now >= deadline:
            raise _MediaError("there was no time left to check it")
        response: ResponseHead | TransportError = yield OpenUrl(
            url, {"Range": f"bytes=0-{size - 1}"}, timeout=min(http_timeout, deadline - now), total_timeout=deadline - now
        )
        if isinstance(response, TransportError):
            raise _MediaError(f"it cannot be fetched: {response.reason}")
        if response.status not in REDIRECTS:
            return response, (yield from _read_start(response, size, deadline))
        url = urljoin(url, response.headers.get("location", ""))
    raise _MediaError("there are too many redirects")


def _check_address(url: str, *, loopback: bool) -> Flow[None]:
    problem = check_download_url(url, loopback=loopback)
    if problem:
        raise _MediaError(problem)
    host = urlsplit(url).hostname or ""
    if loopback and is_loopback(host):
        return
    addresses: tuple[str, ...] = yield Resolve(host)
    if not addresses:
        raise _MediaError(f"the host name {host} cannot be resolved")
    closed = [address for address in addresses if not is_public_address(address)]
    if closed:
        raise _MediaError(f"{host} is {closed[0]}, which the API cannot reach: host the file publicly")


def is_public_address(address: str) -> bool:
    """Return True if the API can reach an IP address, which is given as text."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast


def _read_start(head: ResponseHead, size: int, deadline: float) -> Flow[bytes]:
    if head.status in (401, 403):
        raise _MediaError(f"it cannot be read without a login: the server responded with status {head.status}")
    if head.status not in (200, 206):
        raise _MediaError(f"it is not available: the server responded with status {head.status}")
    start = bytearray()
    while len(start) < size:
        chunk: bytes | TransportError = yield ReadChunk()
        if not chunk or isinstance(chunk, TransportError) or (yield Monotonic()) > deadline:
            break
        start += chunk
    if not start:
        raise _MediaError("it is empty")
    return bytes(start[:size])


def _length(head: ResponseHead) -> int | None:
    found = re.fullmatch(r"bytes \d+-\d+/(\d{1,18})", head.headers.get("content-range", ""))
    text = found[1] if found else head.headers.get("content-length", "") if head.status == 200 else ""
    return int(text) if re.fullmatch(r"\d{1,18}", text) else None


def _kind_errors(field: MediaField, head: ResponseHead, start: bytes) -> list[str]:
    content_type = head.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type in ("text/html", "application/xhtml+xml"):
        return ["it is a web page, perhaps one that asks to log in"]
    kind = content_type.partition("/")[0]
    if kind not in ("image", "video", "audio"):
        kind = medium_of(start) or ""
    if not kind and (content_type.startswith("text/") or content_type in _NOT_MEDIA):
        kind = content_type
    if field.medium == "file" or kind in ("", field.medium):
        return []
    return [f"it is {content_type or kind}, not {field.medium}"]


def _size_errors(field: MediaField, length: int | None) -> list[str]:
    most = [(limit.value, "the model") for limit in field.limits if limit.rule == "file_size_mb<"]
    if field.medium in _RECOMMENDED:
        most.append((_RECOMMENDED[field.medium] * 1.048576, "the API"))
    over = [(limit, whose) for limit, whose in most if length is not None and length > limit * _MEGABYTE]
    if not over or length is None:
        return []
    limit, whose = min(over)
    most_shown = round(limit / 1.048576) if whose == "the API" else limit
    return [f"it has {length / _MEGABYTE:.1f} MB, more than the {most_shown:g} MB that {whose} accepts"]


def _image_errors(field: MediaField, start: bytes) -> list[str]:
    size = size_of(start)
    found = [_rule_error(limit, size) for limit in field.limits if size is not None]
    return [problem for problem in found if problem]


def _rule_error(limit: MediaLimit, size: tuple[int, int]) -> str | None:
    name, sign = limit.rule[:-1], limit.rule[-1:]
    if name not in _RULES or sign not in "<>":
        return None
    words, measure = _RULES[name]
    value: Any = measure(*size)
    if value > limit.value if sign == ">" else value < limit.value:
        return None
    return f"{words} is {round(value, 3):g}; it must be {'more' if sign == '>' else 'less'} than {limit.value:g}"
