"""The origin of the API and the paths of its calls. All URLs that receive the token are built here; none comes from a response.

Source of the paths, as of 2026-11-22: RunComfy API documentation or the vendor's open-source clients; the balance call is inferred.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from runcomfy_client.errors import ConfigurationError, InvalidInput, Problem

DEFAULT_BASE_URL: Final = "https://model-api.runcomfy.net"
_DEFAULT_ACCOUNT: Final = "https://api.runcomfy.net"
_PORTS: Final = {"https": 443, "http": 80}
_IN_PROCESS: Final = "simulator.invalid"
BALANCE_PATH: Final = "/prod/v2/balance"

_API_PATH: Final = re.compile(r"/v1(/models(/.*)?|/requests(/.*)?)?/?\Z")

# All known ids consist of [A-Za-z0-9_-]. More characters are accepted, since rejecting an id means losing a paid job.
_REQUEST_ID: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._:~=@+-]{1,256}")


@dataclass(frozen=True, slots=True)
class Origin:
    """A validated base URL, without a trailing slash.

    Attributes:
        url: the base URL of the model API.
        loopback: True if the host is the loopback interface.
        account: the origin of the account API: another host for the public API, else the origin of `url`. The token is sent to
            these two only.
    """

    url: str
    loopback: bool
    account: str

    @property
    def in_process(self) -> bool:
        """True for a simulator in this process, which only the simulator's own HTTP client can reach."""
        return urlsplit(self.url).hostname == _IN_PROCESS

    @classmethod
    def of(cls, base_url: str, *, source: str = "base_url=") -> Origin:
        """Validate a base URL: https, or http on the loopback interface. `source` says where it was set.

        Raises:
            ConfigurationError: it is invalid, or has credentials, a query or a fragment.
        """
        if not isinstance(base_url, str):
            raise ConfigurationError(f"The base URL of {source} is {base_url!r}; it must be text such as {DEFAULT_BASE_URL}")
        try:
            parts = urlsplit(base_url)
            host, _port = parts.hostname, parts.port
        except ValueError as error:
            raise ConfigurationError(f"{_describe(base_url, source)} is not a URL: {error}") from None
        problem = None
        if any(c.isspace() or not c.isprintable() for c in base_url):
            problem = "contains blanks or control characters"
        elif parts.scheme not in ("https", "http") or not host:
            problem = "must look like https://host"
        elif parts.username is not None or "?" in base_url or "#" in base_url:
            problem = "must not contain credentials, a query or a fragment"
        elif parts.scheme == "http" and not is_loopback(host):
            problem = "must be https://; http:// is allowed only for this machine (127.0.0.1, localhost)"
        elif _API_PATH.search(parts.path):
            problem = "must not contain the path of a call; leave out `/v1` and what follows, the client adds it"
        if problem:
            raise ConfigurationError(f"{_describe(base_url, source)} {problem}")
        name = f"[{host}]" if ":" in (host or "") else host
        origin = f"{parts.scheme}://{name}" + (f":{_port}" if _port not in (None, _PORTS[parts.scheme]) else "")
        url = origin + parts.path.rstrip("/")
        account = _DEFAULT_ACCOUNT if url == DEFAULT_BASE_URL else origin
        return cls(url, is_loopback(host or ""), account)


def _describe(base_url: str, source: str) -> str:
    """Describe a base URL by where it was set, and quote it unless it may contain a secret."""
    quoted = "" if any(character in base_url for character in "@?#") else f", {base_url[:100]!r},"
    return f"The base URL of {source}{quoted}"


def is_loopback(host: str) -> bool:
    """True if `host` is the loopback interface. No name except `localhost` is resolved."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@lru_cache(maxsize=256)
def model_path(model_id: str) -> str:
    """Return the path of a submit to a model; each segment of the id is percent-encoded.

    Raises:
        InvalidInput: the id has an empty segment or a dot segment.
    """
    segments = model_id.split("/")
    if any(segment.strip() in ("", ".", "..") for segment in segments):
        raise InvalidInput("model id", (Problem("model", "a model id looks like vendor/name or vendor/name/variant"),))
    return "/v1/models/" + "/".join(quote(segment, safe="") for segment in segments)


def is_request_id(text: str) -> bool:
    """True if `text` is a valid request id, which can be part of a path."""
    return isinstance(text, str) and _REQUEST_ID.fullmatch(text) is not None


def request_path(request_id: str, call: str) -> str:
    """Return the path of a call on a request: `status`, `result` or `cancel`.

    Raises:
        InvalidInput: `request_id` is not a valid request id.
    """
    if not is_request_id(request_id):
        raise InvalidInput(
            "request id",
            (Problem("request_id", "a request id consists of letters, digits, `_` and `-`, as the submit returned it"),),
        )
    return f"/v1/requests/{quote(request_id, safe='')}/{call}"
