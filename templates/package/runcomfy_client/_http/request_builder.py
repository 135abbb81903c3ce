"""What both drivers know of HTTP: how a request is built by hand, and how an answer or a failure is read into a value.

Requests are built by hand, not by the HTTP client, so that nothing a user has set on a client of their own (headers, cookies, auth,
parameters) is mixed in, and the token goes where this module sends it and nowhere else. Everything here goes by the names of
httpx's interface, so a successor with the same interface serves as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from runcomfy_client._core.credentials import Token
from runcomfy_client._core.flows.effects import CallerError, OpenUrl, Send
from runcomfy_client._core.protocol.content_coding import decoder_for
from runcomfy_client._core.protocol.response import Response, ResponseHead, TransportError
from runcomfy_client._core.protocol.urls import Origin
from runcomfy_client._http.redaction import install_log_filters, library_of, redacted_url_type
from runcomfy_client.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

_AGENT: Final = "runcomfy-client"
_READING: Final = (("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", _AGENT))
_LARGEST_ANSWER: Final = 64 * 1024 * 1024
"""Bytes: a result may hold pictures as data URLs."""
_TOO_LARGE: Final = f"the answer has more than {_LARGEST_ANSWER // 1024**2} MiB"

_NOT_SENT: Final = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"})
"""The failures after which it is certain that no byte of the request was written: name lookup, connect, TLS, proxy, pool."""
_CAUSES_NOT_SENT: Final = _NOT_SENT | {"ClientConnectorError", "ClientProxyConnectionError", "ConnectionTimeoutError"}
"""The same failures by the names of the libraries below: httpcore's names are httpx's, the others are aiohttp's."""


def closed() -> ConfigurationError:
    """Return the error of calls over a client that is closed."""
    return ConfigurationError("The client is closed", next_step="Make a new one, or keep it open until all is done.")


def check_open(http: httpx.Client | httpx.AsyncClient, envelope: RequestBuilder) -> None:
    """Make sure that neither the client nor its HTTP client is closed. An HTTP client's own failure would look as if something might have been sent, and ours would
    simply connect anew.

    Raises:
        Outside: it is closed. Nothing is sent.
    """
    if envelope.closed or http.is_closed:
        raise CallerError(closed())


class RequestBuilder:
    """Builds the requests of one client."""

    __slots__ = ("closed", "_account", "_libraries", "_origin", "_request", "_stream", "_target", "_token", "_url")

    def __init__(self, http: httpx.Client | httpx.AsyncClient, *, origin: Origin, token: Token) -> None:
        pattern = http.build_request("GET", origin.url)
        self._request: Any = type(pattern)
        self.closed = False
        """Whether the client is closed whose requests these are; its HTTP client may stay open."""
        self._stream: Any = type(pattern.stream)
        self._libraries = {library_of(self._request), "httpcore", "httpcore2", "h11", "h2", "aiohttp"}
        self._url: Any = redacted_url_type(type(pattern.url), http)
        install_log_filters()

        @lru_cache(maxsize=256)  # the same few are asked for again and again
        def target(url: str) -> tuple[Any, str]:
            parsed = type(pattern.url)(url)
            return parsed, parsed.netloc.decode("ascii")

        self._target = target
        self._origin = origin.url
        self._account = origin.account
        self._token = token

    def url_of(self, send: Send) -> str:
        """Return where an API call goes: to the one or the other configured origin, whatever any answer said."""
        return (self._account if send.account else self._origin) + send.path

    def api(self, send: Send) -> Any:
        """Return the request of an API call: the only one that carries the token.

        All its headers are given, and its body as a stream: for httpx to find them out is a good part of what a call costs.
        """
        url, host = self._target(self.url_of(send))
        headers = [("Host", host), ("Authorization", f"Bearer {self._token.get_secret_value()}"), *_READING]
        if send.body is not None:
            headers.append(("Content-Type", "application/json"))
        if send.method == "POST":
            headers.append(("Content-Length", str(len(send.body or b""))))
        request = self._request(
            send.method, url, headers=headers, stream=self._stream(send.body or b""), extensions=_timeouts(send.timeout)
        )
        request.read()  # from memory: hooks of a user's own HTTP client may look at it
        return request

    def file(self, fetch: OpenUrl) -> Any:
        """Return the request of a download. Its URL is signed, so what the HTTP library logs of it shows no query."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": _AGENT, **fetch.headers}
        request = self._request("GET", fetch.url, headers=headers, extensions=_timeouts(fetch.timeout))
        request.url = self._url(request.url)
        return request

    def without_token(self, answer: Response) -> Response:
        """Return an answer with the token struck out: a server may echo it, and answers end up in errors, logs and files."""
        if not self._token.occurs_in(answer.body) and not any(self._token.occurs_in(value.encode()) for value in answer.headers.values()):
            return answer
        headers = {name: self._token.redact(value) for name, value in answer.headers.items()}
        body = self._token.redact(answer.body.decode("latin-1")).encode("latin-1")
        return Response(answer.status, headers, body, answer.truncation)

    def is_of_transport(self, error: Exception) -> bool:
        """Whether an error comes from the HTTP library, and not from a signal handler of the user's, say."""
        return any(library_of(kind) in self._libraries for kind in type(error).__mro__)

    def lost(self, error: Exception) -> TransportError:
        """Read what an HTTP client raised."""
        return TransportError(not _is_not_sent(error), self._token.redact(f"{type(error).__name__}: {error}")[:200])


def _is_not_sent(error: Exception) -> bool:
    """Whether it is certain that nothing was written.

    What a transport calls a failure to connect is not enough, if it says of which failure it made that: httpx-aiohttp reports a
    connection that was reset in the middle of an answer as a `ConnectTimeout`.
    """
    cause = error.__cause__
    return _is_a(error, _NOT_SENT) and (cause is None or _is_a(cause, _CAUSES_NOT_SENT))


def _is_a(error: BaseException, names: frozenset[str]) -> bool:
    return not names.isdisjoint(kind.__name__ for kind in type(error).__mro__)


def _timeouts(seconds: float) -> dict[str, Any]:
    return {"timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}}


def head_of(response: httpx.Response) -> ResponseHead:
    """Read the head of an answer."""
    return ResponseHead(response.status_code, {name.lower(): value for name, value in response.headers.items()})


def addresses_in(found: Iterable[tuple[Any, ...]]) -> tuple[str, ...]:
    """Return the addresses in what the system's name lookup found, each once."""
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def answer_in(error: Exception, request: object) -> Response | None:
    """Return the answer to `request` that an error carries: a hook of a user's own HTTP client may raise one, as `raise_for_status` does.

    It may as well carry the answer to another request, one that the hook has made: that says nothing of ours.
    """
    response: Any = getattr(error, "response", None)
    if request is None or getattr(response, "_request", None) is not request:
        return None
    status, headers = getattr(response, "status_code", None), getattr(response, "headers", None)
    if not isinstance(status, int) or not isinstance(headers, Mapping):
        return None
    body = response.content if getattr(response, "is_stream_consumed", False) and hasattr(response, "_content") else b""
    return Response(status, {name.lower(): value for name, value in headers.items()}, body)


def is_in_memory(response: httpx.Response) -> bool:
    """Whether an answer was never on a wire, as those of a mock transport: its raw bytes cannot be streamed."""
    return response.is_stream_consumed


class BoundedBody:
    """Gathers the body of an API's answer, within bounds of size and time."""

    __slots__ = ("_body", "_head", "_until")

    def __init__(self, response: httpx.Response, *, until: float) -> None:
        self._head = head_of(response)
        self._body = bytearray()
        self._until = until

    def add(self, chunk: bytes, now: float) -> str:
        """Take a chunk; return why no more is taken, or an empty string."""
        self._body += chunk
        if len(self._body) > _LARGEST_ANSWER:
            return _TOO_LARGE
        return "the answer came too slowly" if now > self._until else ""

    def answer(self, broken: str) -> Response:
        """Return what was gathered."""
        body = bytes(self._body)
        try:  # a coding was not asked for, but a job's id may be in it
            decoder = decoder_for(self._head.headers.get("content-encoding", ""))
            body = decoder.decode(body, at_most=_LARGEST_ANSWER) if decoder else body
        except ValueError as error:
            broken = broken or f"the answer cannot be decoded: {error}"
        if len(body) > _LARGEST_ANSWER:
            broken = _TOO_LARGE
        return Response(self._head.status, self._head.headers, body, broken, is_too_large=broken == _TOO_LARGE)


def bare(stop: BaseException) -> BaseException:
    """Take the frames off an interrupt: those of the HTTP client hold the request's headers, and with them the token."""
    stop.__context__ = None
    return stop.with_traceback(None)
