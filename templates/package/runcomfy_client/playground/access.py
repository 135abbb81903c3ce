"""Access control, and security headers: any web page that is open in the browser could send requests to this port.

Only requests to our own address by our own pages are accepted (`Host`, `Origin`), and only with a secret: in the address that is
opened first, then in a cookie that scripts cannot read and other sites cannot send.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs

from runcomfy_client.local_server import new_secret, own_hosts, own_origins

OPEN_PATH: Final = "/open"
POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types playground",
    ]
)
_HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
_NO_SECRET: Final = "Open the address that `runcomfy-py playground` printed: it contains the secret of this page.\n"
_WRONG_ORIGIN: Final = "This page accepts only requests to its own address.\n"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class AccessControl:
    """ASGI middleware that accepts only requests from our own pages, and with the secret.

    Args:
        app: the application.
        port: the port of the server.
        secret: the secret in the address that is opened first.
    """

    def __init__(self, app: App, *, port: int, secret: str) -> None:
        self._app = app
        self._hosts = frozenset(host.encode() for host in own_hosts(port))
        self._origins = frozenset(origin.encode() for origin in own_origins(port))
        self._secret = secret
        self._cookie_name = f"runcomfy_playground_{port}"  # cookies are shared by all ports of a host
        self._cookie = new_secret()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request, or reject it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        respond = _with_headers(send)
        if not self._is_same_origin(scope["method"], headers):
            await _reject(respond, 403, _WRONG_ORIGIN)
        elif scope["path"] == OPEN_PATH:
            await self._open(scope, respond)
        elif not self._has_cookie(headers):
            await _reject(respond, 403, _NO_SECRET)
        else:
            await self._app(scope, receive, respond)

    def _is_same_origin(self, method: str, headers: dict[bytes, list[bytes]]) -> bool:
        hosts, origins = headers.get(b"host", []), headers.get(b"origin", [])
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return False
        if method in ("GET", "HEAD"):
            return all(origin in self._origins for origin in origins)
        return len(origins) == 1 and origins[0] in self._origins

    def _has_cookie(self, headers: dict[bytes, list[bytes]]) -> bool:
        for line in headers.get(b"cookie", []):
            try:
                cookie = SimpleCookie(line.decode("latin-1")).get(self._cookie_name)
            except CookieError:
                continue
            if cookie is not None and hmac.compare_digest(cookie.value.encode(), self._cookie.encode()):
                return True
        return False

    async def _open(self, scope: Scope, send: Send) -> None:
        secrets = parse_qs(scope["query_string"].decode("latin-1")).get("secret", [""])
        if len(secrets) != 1 or not hmac.compare_digest(secrets[0].encode(), self._secret.encode()):
            await _reject(send, 403, _NO_SECRET)
            return
        cookie = f"{self._cookie_name}={self._cookie}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _with_headers(send: Send) -> Send:
    async def respond(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message.get("headers", ())}
            more = [(name, value) for name, value in _HEADERS if name not in present]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return respond


async def _reject(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
