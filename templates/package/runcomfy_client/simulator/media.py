"""Fetches the files that a request points to, like the API; and a media host for tests, which does not store files."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

_TIMEOUT: Final = 10.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
PATH: Final = "/media/"


class HostedFile(Protocol):
    """The attributes that the media host needs of a file."""

    @property
    def key(self) -> str: ...

    @property
    def size(self) -> int: ...


class SimulatedMediaHost:
    """A media host whose links lead to the simulator. It stores only the key and the size of each file."""

    def __init__(self, base_url: str) -> None:
        self.files: dict[str, int] = {}
        """The size of each file in bytes, by its key."""
        self._base_url = base_url

    def put(self, file: HostedFile, *, lifetime: float) -> str:
        """Record a file, and return a link to it."""
        del lifetime  # these links do not expire
        self.files[file.key] = file.size
        return f"{self._base_url}{PATH}{file.key}"


class MediaFetcher:
    """Fetches the files that requests point to.

    Args:
        hosted: the files of the simulator's media host.
    """

    def __init__(self, hosted: Mapping[str, int]) -> None:
        self._hosted = hosted
        direct = urllib.request.ProxyHandler({})
        self._opener = urllib.request.build_opener(direct)

    def problem(self, inputs: Any, schema: Any, origin: str) -> str | None:
        """Return which file of a request cannot be fetched, and why; None if all can. `origin` is that of the simulator."""
        for url in media_urls(inputs, schema):
            problem = None if url.startswith("data:") else self._url_problem(url, origin)
            if problem:
                return f"could not fetch {url.partition('?')[0]}: {problem}"
        return None

    def _url_problem(self, url: str, origin: str) -> str | None:
        if url.startswith(f"{origin}/"):
            key = url.removeprefix(origin)
            return "file not found" if key.startswith(PATH) and key.removeprefix(PATH) not in self._hosted else None
        try:
            request = urllib.request.Request(url, headers={"Range": "bytes=0-1023", "User-Agent": "runcomfy-simulator"})
            with self._opener.open(request, timeout=_TIMEOUT) as response:
                return None if response.read(1024) else "it is empty"
        except urllib.error.HTTPError as error:
            error.close()
            return f"HTTP {error.code}"
        except (OSError, ValueError, http.client.HTTPException) as error:
            return str(getattr(error, "reason", error))[:200]


def media_urls(inputs: Any, schema: Any) -> list[str]:
    """Return the URLs in a request that are files according to its schema."""
    registry = import_module("referencing").Registry()
    errors = _collector()(schema, registry=registry).iter_errors(inputs)
    return [str(error.message) for error in errors if error.validator == "x-media"]


@cache
def _collector() -> Any:
    """Return a validator whose errors are the media URLs, so that it finds them anywhere in a schema."""
    jsonschema = import_module("jsonschema")

    def collect(_validator: Any, _medium: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(instance, str):
            yield jsonschema.ValidationError(instance)

    def ignore(*_: Any) -> Iterator[Any]:
        return iter(())

    def any_of(validator: Any, branches: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        for branch in branches:
            yield from validator.descend(instance, branch)

    base = jsonschema.Draft202012Validator
    kept = {"properties", "items", "additionalProperties", "allOf", "$ref"}
    others = {name: ignore for name in base.VALIDATORS if name not in kept}
    return jsonschema.validators.extend(base, {**others, "anyOf": any_of, "oneOf": any_of, "x-media": collect})


def as_if_public(value: Any) -> Any:
    """Return a request with https:// instead of http:// in URLs of this machine, so that they are accepted: a bucket for tests."""
    if isinstance(value, str):
        if value.startswith("http://") and _host_of(value) in _LOOPBACK:
            return f"https://{value.removeprefix('http://')}"
        return value
    if isinstance(value, list):
        return [as_if_public(item) for item in value]
    if isinstance(value, dict):
        return {name: as_if_public(item) for name, item in value.items()}
    return value


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
