"""Builds requests, and reads responses and failures into values, for both clients.

Requests are built by hand, not by the HTTP client, so that nothing that a user has set on their own client (headers, cookies, auth,
parameters) is mixed in, and the token is sent to the configured origin only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from runcomfy_client._core.credentials import Token
from runcomfy_client._core.flows.effects import OpenUrl, Send
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._core.protocol.urls import Origin
from runcomfy_client._http.redaction import install_log_filter, signed_url_class

if TYPE_CHECKING:
    import httpx

_AGENT: Final = "runcomfy-client"
_COMMON_HEADERS: Final = (("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", _AGENT))
_NOT_SENT: Final = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol")
"""The exceptions of httpx and httpcore after which it is certain that no byte of the request was written."""
_NOT_SENT_AIOHTTP: Final = ("ClientConnectorError", "ClientProxyConnectionError", "ConnectionTimeoutError")
_DECODED_BY_LIBRARY: Final = frozenset({"gzip", "deflate", "br", "zstd"})


def http_library(http: object) -> ModuleType:
    """Return the library whose interface an HTTP client has: `httpx2` if its class derives from one there, else `httpx`."""
    names = {kind.__module__.partition(".")[0] for kind in type(http).__mro__}
    return import_module("httpx2" if "httpx2" in names else "httpx")


class RequestBuilder:
    """Builds the requests of one client, with the classes of its HTTP library."""

    def __init__(self, http: httpx.Client | httpx.AsyncClient, *, origin: Origin, token: Token) -> None:
        self.library: Any = http_library(http)
        core = import_module(self.library.__name__.replace("httpx", "httpcore"))
        self._not_sent = _classes(self.library, _NOT_SENT)
        self._not_sent_causes = self._not_sent + _classes(core, _NOT_SENT)
        self._transport_errors = (
            *_classes(self.library, ("HTTPError", "InvalidURL", "StreamError")),
            *_classes(core, ("ProtocolError", "TimeoutException", "NetworkError", "ProxyError", "UnsupportedProtocol")),
        )
        install_log_filter()
        library = self.library

        @lru_cache(maxsize=256)  # a client calls the same few URLs again and again
        def target(url: str) -> tuple[Any, Any]:
            parsed = library.URL(url)
            token_header = ("Authorization", f"Bearer {token.get_secret_value()}")
            return parsed, library.Headers([("Host", parsed.netloc.decode("ascii")), token_header, *_COMMON_HEADERS])

        self._target = target
        self._origin = origin.url
        self._account = origin.account
        self._token = token

    def url_of(self, send: Send) -> str:
        """Return the URL of an API call: at one of the two configured origins, whatever a response said."""
        return (self._account if send.account else self._origin) + send.path

    def api_request(self, send: Send) -> Any:
        """Return the request of an API call: the only one that carries the token.

        All headers are given, and the body as a stream: finding them out is a good part of what a call costs in httpx.
        """
        url, headers = self._target(self.url_of(send))
        stream = self.library.ByteStream(send.body or b"")
        request = self.library.Request(send.method, url, headers=headers, stream=stream, extensions=_timeouts(send.timeout))
        if send.body is not None:
            request.headers["Content-Type"] = "application/json"
        if send.method == "POST":
            request.headers["Content-Length"] = str(len(send.body or b""))
        request.read()  # from memory: hooks of a user's own HTTP client may look at it
        return request

    def file_request(self, fetch: OpenUrl) -> Any:
        """Return the request of a download. Its URL is signed, so the HTTP library logs it without the query."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": _AGENT, **fetch.headers}
        request = self.library.Request("GET", fetch.url, headers=headers, extensions=_timeouts(fetch.timeout))
        request.url = signed_url_class(self.library.URL)(request.url)
        return request

    def redact(self, response: Response) -> Response:
        """Return a response without the token: a server may echo it, and responses end up in errors, logs and files."""
        token = self._token
        if not token.occurs_in(response.body) and not token.occurs_in("\n".join(response.headers.values()).encode()):
            return response
        headers = {name: token.redact(value) for name, value in response.headers.items()}
        body = token.redact(response.body.decode("latin-1")).encode("latin-1")
        return Response(response.status, headers, body, response.truncation, response.is_too_large)

    def is_transport_error(self, error: Exception) -> bool:
        """Return whether an exception comes from the HTTP library, and not from a signal handler of the user, for example."""
        return isinstance(error, self._transport_errors)

    def to_transport_error(self, error: BaseException) -> TransportError:
        """Convert an exception of an HTTP client.

        An exception that means "not connected" is checked against its cause: httpx-aiohttp reports a connection that was reset
        during a response as a `ConnectTimeout`.
        """
        cause = error.__cause__
        causes = self._not_sent_causes + _classes(sys.modules.get("aiohttp"), _NOT_SENT_AIOHTTP)
        not_sent = isinstance(error, self._not_sent) and (cause is None or isinstance(cause, causes))
        return TransportError(not not_sent, self._token.redact(f"{type(error).__name__}: {error}")[:200])

    def response_from_error(self, error: Exception, request: object) -> Response | TransportError:
        """Convert an exception of a call; return the response to `request` if the exception carries it, as `raise_for_status` does.

        A hook of a user's own HTTP client may raise one. It may carry the response to another request, which the hook has made.
        """
        response: Any = getattr(error, "response", None)
        if request is None or getattr(response, "_request", None) is not request or not isinstance(response.headers, Mapping):
            return self.to_transport_error(error)
        body = response.content if response.is_stream_consumed and hasattr(response, "_content") else b""
        return self.redact(Response(response.status_code, response_head(response).headers, body))


def _classes(module: Any, names: Iterable[str]) -> tuple[type[Exception], ...]:
    return () if module is None else tuple(getattr(module, name) for name in names)


def _timeouts(seconds: float) -> dict[str, Any]:
    return {"timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}}


def strip_traceback(stop: BaseException) -> BaseException:
    """Return an interrupt without its frames: those of the HTTP client hold the request's headers, and with them the token."""
    stop.__context__ = None
    return stop.with_traceback(None)


def is_in_memory(response: httpx.Response) -> bool:
    """Return whether a response never was on a wire, such as that of a mock transport: its raw bytes cannot be streamed."""
    return response.is_stream_consumed


def response_head(response: httpx.Response) -> ResponseHead:
    """Return the status and headers of a response.

    The HTTP library has decoded a body that is in memory already, so its content coding and encoded length are left out.
    """
    headers = {name.lower(): value for name, value in response.headers.items()}
    codings = headers.get("content-encoding", "").lower().replace(",", " ").split()
    if is_in_memory(response) and _DECODED_BY_LIBRARY.intersection(codings):
        del headers["content-encoding"]
        headers.pop("content-length", None)
    return ResponseHead(response.status_code, headers)
