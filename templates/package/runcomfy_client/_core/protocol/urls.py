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

# all ids seen are of [A-Za-z0-9_-]; a few more characters cannot hurt, and an id that is turned down is a job that is lost
_REQUEST_ID: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._:~=@+-]{1,256}")


@dataclass(frozen=True, slots=True)
class Origin:
    """A checked base URL, without a slash at its end.

    Attributes:
        url: the base URL of the model API.
        loopback: whether it is this machine itself.
        account: the origin of the account's API: another host for the public API, else the origin of `url`. The token goes to
            these two and nowhere else.
    """

    url: str
    loopback: bool
    account: str

    @property
    def in_process(self) -> bool:
        """True for a simulator inside a process, which only the simulator's own HTTP client reaches."""
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
            raise ConfigurationError(f"{_named(base_url, source)} is not a URL: {error}") from None
        fault = None
        if any(c.isspace() or not c.isprintable() for c in base_url):
            fault = "contains blanks or control characters"
        elif parts.scheme not in ("https", "http") or not host:
            fault = "must look like https://host"
        elif parts.username is not None or "?" in base_url or "#" in base_url:
            fault = "must not carry credentials, a query or a fragment"
        elif parts.scheme == "http" and not is_loopback(host):
            fault = "must be https://; http:// is for this machine (127.0.0.1, localhost) alone"
        elif _API_PATH.search(parts.path):
            fault = "must not contain the path of a call; leave out `/v1` and what follows, the client adds it"
        if fault:
            raise ConfigurationError(f"{_named(base_url, source)} {fault}")
        name = f"[{host}]" if ":" in (host or "") else host
        place = f"{parts.scheme}://{name}" + (f":{_port}" if _port not in (None, _PORTS[parts.scheme]) else "")
        url = place + parts.path.rstrip("/")
        account = _DEFAULT_ACCOUNT if url == DEFAULT_BASE_URL else place
        return cls(url, is_loopback(host or ""), account)


def _named(base_url: str, source: str) -> str:
    """Name a base URL by where it was set, and show it unless it may hold a secret."""
    shown = "" if any(sign in base_url for sign in "@?#") else f", {base_url[:100]!r},"
    return f"The base URL of {source}{shown}"


def is_loopback(host: str) -> bool:
    """True if `host` is the loopback interface. No name except `localhost` is resolved."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@lru_cache(maxsize=256)
def model_path(model_id: str) -> str:
    """Return the path that submits to a model; each segment of the id is percent-encoded.

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
            "request id", (Problem("request_id", "a request id is of letters, digits, `_` and `-`, as the submit returned it"),)
        )
    return f"/v1/requests/{quote(request_id, safe='')}/{call}"
