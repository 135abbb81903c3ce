"""How a server is reached: over stdio, by the program that started it, or over Streamable HTTP on this machine, with a secret."""

from __future__ import annotations

import hmac
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

from runcomfy_client.mcp.server import AgentServer

HOST: Final = "127.0.0.1"
PATH: Final = "/mcp"
_LEAST_SECRET: Final = 16
_GRACE: Final = 5

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class RequireSecret:
    """Lets only those in who know the secret: `Authorization: Bearer SECRET`. Any program of this machine can reach the port."""

    def __init__(self, app: _App, secret: str) -> None:
        self._app = app
        self._wanted = f"Bearer {secret}".encode()

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            given = [value for name, value in scope["headers"] if name == b"authorization"]
            if len(given) != 1 or not hmac.compare_digest(given[0], self._wanted):
                headers = [(b"content-type", b"text/plain"), (b"www-authenticate", b"Bearer")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b"The secret of this server is missing or wrong.\n"})
                return
        await self._app(scope, receive, send)


def new_secret() -> str:
    """Return a secret for a server."""
    return secrets.token_urlsafe(32)


def check_secret(secret: str) -> None:
    """Make sure that a secret of somebody's own can be one.

    Raises:
        ValueError: it is too short, or has characters that a header cannot carry.
    """
    if len(secret) < _LEAST_SECRET or not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise ValueError(f"a secret has at least {_LEAST_SECRET} printable ASCII characters and no blanks")


def listen(port: int) -> socket.socket:
    """Take a port of this machine; 0 takes a free one.

    Raises:
        OSError: it cannot be had.
    """
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((HOST, port))
        found.listen(128)
    except BaseException:
        found.close()
        raise
    return found


def http_app(server: AgentServer, *, port: int, secret: str) -> _App:
    """Return the server as an ASGI application: Host and Origin are checked, so that no web page can reach it, and the secret."""
    hosts = [f"{name}:{port}" for name in (HOST, "localhost")]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
    )
    app: Any = server.streamable_http_app(streamable_http_path=PATH, host=HOST, transport_security=security)
    return RequireSecret(app, secret)


async def serve_http(server: AgentServer, listener: socket.socket, *, secret: str) -> None:
    """Serve Streamable HTTP until the process is told to stop."""
    app: Any = http_app(server, port=listener.getsockname()[1], secret=secret)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE)
    await uvicorn.Server(config).serve(sockets=[listener])
