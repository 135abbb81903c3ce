"""Parses calls, and finds their endpoints. Pure, and independent of the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from runcomfy_client.simulator.responses import SimulatedResponse, error_response


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """A call that the simulator received."""

    method: str
    origin: str
    """The scheme, host and port under which the caller reached the simulator."""
    path: str
    """The path, percent-decoded."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """The request headers, with names in lower case."""
    body: bytes
    at: float
    """The time in seconds on the simulator's clock."""

    @property
    def token(self) -> str:
        """The bearer token; empty if there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.casefold() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Route:
    """The endpoint of a call."""

    action: str
    """The name of the method of `Service`."""
    point: str
    """The name of the endpoint in faults and records."""
    key: str = ""
    """The id in the path; empty if there is none."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    path: re.Pattern[str]
    methods: tuple[str, ...]
    action: str
    point: str


_PATTERNS: Final = tuple(
    _Pattern(re.compile(path), tuple(methods.split()), action, point)
    for path, methods, action, point in (
        ("/v1/models", "GET", "models", "catalog"),
        ("/v1/models/categories", "GET", "categories", "catalog"),
        ("/v1/models/(.+)", "GET", "model", "catalog"),
        ("/v1/models/(.+)", "POST", "submit", "submit"),
        ("/v1/requests/([^/]+)/status", "GET", "status", "status"),
        ("/v1/requests/([^/]+)/result", "GET", "result", "result"),
        ("/v1/requests/([^/]+)/cancel", "POST", "cancel", "cancel"),
        ("/prod/v2/balance", "GET", "balance", "balance"),
        ("/files/(.+)", "GET HEAD", "download", "download"),
    )
)


def parse_request(method: str, url: str, *, headers: Mapping[str, str], body: bytes, origin: str, at: float) -> IncomingRequest:
    """Parse a call. `url` is absolute, or a path on `origin`."""
    try:
        parts = urlsplit(url)
    except ValueError:  # a host in unclosed brackets
        parts = SplitResult("", "", url, "", "")
    return IncomingRequest(
        method=method.upper(),
        origin=f"{parts.scheme}://{parts.netloc}" if parts.netloc else origin,
        path=unquote(parts.path),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
        at=at,
    )


def find_route(call: IncomingRequest) -> Route | SimulatedResponse:
    """Return the endpoint of a call, or an error response if there is none."""
    matches = [(pattern, match) for pattern in _PATTERNS if (match := pattern.path.fullmatch(call.path))]
    for pattern, match in matches:
        if call.method in pattern.methods:
            return Route(pattern.action, pattern.point, match[1] if pattern.path.groups else "")
    if matches:
        allowed = ", ".join(method for pattern, _ in matches for method in pattern.methods)
        return error_response(405000, f"method not allowed: {call.method}", status=405, headers={"Allow": allowed})
    return error_response(404000, f"no endpoint at {call.path}", status=404)
