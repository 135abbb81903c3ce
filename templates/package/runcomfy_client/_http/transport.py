"""The HTTP clients that this package opens itself: an httpx transport with nothing on top of it.

What httpx's clients add (cookies, redirects, auth, base URLs) is switched off here or not wanted, and costs a third of a call's
CPU. Proxies are chosen here as well, since httpx fails on values of NO_PROXY that other programs accept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies

from runcomfy_client._core.protocol.no_proxy import bypasses_proxy
from runcomfy_client.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl

    import httpx

# Async httpx gets slower with more connections, not faster: measured.
CONNECTIONS: Final = {"Client": 100, "AsyncClient": 10}
_MAX_ABANDONED: Final = 25
_KEEPALIVE: Final = 2.0
"""Seconds until an idle connection is dropped: servers drop theirs after five or more, and a submit on a connection that is just
being closed would be lost."""


class Routes:
    """The transports of a client: a direct one, and one for each proxy that the environment names."""

    def __init__(self, kind: str, verify: ssl.SSLContext, proxies: dict[str, str]) -> None:
        import httpx

        count = CONNECTIONS[kind]
        limits = httpx.Limits(max_connections=count, max_keepalive_connections=count, keepalive_expiry=_KEEPALIVE)
        transport: Any = httpx.HTTPTransport if kind == "Client" else httpx.AsyncHTTPTransport
        self.direct: Any = transport(verify=verify, limits=limits)
        self._no_proxy = proxies.get("no", "")
        self._proxied: dict[str, Any] = {
            scheme: transport(verify=verify, limits=limits, proxy=url if "://" in url else f"http://{url}")
            for scheme, url in proxies.items()
            if scheme in ("http", "https", "all") and url
        }

    def transport_for(self, url: httpx.URL) -> Any:
        """Return the transport for a URL."""
        proxied = self._proxied.get(url.scheme) or self._proxied.get("all")
        if proxied is None:
            return self.direct
        port = url.port or {"http": 80, "https": 443}.get(url.scheme)
        return self.direct if bypasses_proxy(url.host, port, self._no_proxy) else proxied

    def all(self) -> tuple[Any, ...]:
        """Return all transports."""
        return (self.direct, *self._proxied.values())


class TransportClient:
    """The HTTP client of the sync client."""

    def __init__(self, open_routes: Callable[[], Routes]) -> None:
        self._open_routes = open_routes
        self._routes = open_routes()
        self._abandoned = 0
        self.is_closed = False

    def abandon_call(self) -> None:
        """Count a call that hangs and is abandoned: it keeps its connection. After many of them, new calls get a new pool."""
        self._abandoned += 1
        if self._abandoned >= _MAX_ABANDONED:
            self._abandoned = 0
            self._routes = self._open_routes()

    def send(self, request: httpx.Request, **_switched_off: Any) -> httpx.Response:
        """Send a request. The caller reads and closes the response."""
        response: httpx.Response = self._routes.transport_for(request.url).handle_request(request)
        return response

    def close(self) -> None:
        """Close all connections."""
        self.is_closed = True
        for transport in self._routes.all():
            transport.close()


def open_http(kind: str, *, loopback: bool) -> Any:
    """Return an HTTP client of our own; `kind` is the name of the httpx class that it replaces.

    Raises:
        ConfigurationError: the proxies or certificates that the environment names cannot be used.
    """
    import httpx

    try:
        # environment proxies are not used for this machine itself: they would see the token in plain text
        proxies = {} if loopback else getproxies()
        open_routes = partial(Routes, kind, httpx.create_ssl_context(trust_env=not loopback), proxies)
        if kind == "Client":
            return TransportClient(open_routes)
        from runcomfy_client._http.async_transport import AsyncTransportClient

        return AsyncTransportClient(open_routes, CONNECTIONS[kind])
    except (ImportError, ValueError, OSError) as error:
        step = (
            "Look at HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR in the environment,"
            " or bring an `http_client` of your own."
        )
        raise ConfigurationError(f"No HTTP client can be set up: {error}", next_step=step) from None
