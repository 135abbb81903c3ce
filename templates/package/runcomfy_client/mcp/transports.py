"""The HTTP transport of the server: Streamable HTTP on this machine, with a secret. (Over stdio, the SDK serves it.)"""

from __future__ import annotations

import hmac
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

from runcomfy_client.local_server import HOST, own_hosts, own_origins
from runcomfy_client.mcp.server import AgentServer

PATH: Final = "/mcp"
_GRACE: Final = 5

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class RequireSecret:
    """Requires the header `Authorization: Bearer SECRET`, since any program on this machine can connect to the port."""

    def __init__(self, app: _App, secret: str) -> None:
        self._app = app
        self._expected = f"Bearer {secret}".encode()

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Forward a request, or reject it with status 401."""
        if scope["type"] == "http":
            values = [value for name, value in scope["headers"] if name == b"authorization"]
            if len(values) != 1 or not hmac.compare_digest(values[0], self._expected):
                headers = [(b"content-type", b"text/plain"), (b"www-authenticate", b"Bearer")]
                await send({"type": "http.response.start", "status": 401, "headers": headers})
                await send({"type": "http.response.body", "body": b"The secret of this server is missing or wrong.\n"})
                return
        await self._app(scope, receive, send)


def http_app(server: AgentServer, *, port: int, secret: str) -> _App:
    """Return the server as an ASGI application. It checks the secret, and Host and Origin, so that no web page can reach it."""
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True, allowed_hosts=own_hosts(port), allowed_origins=own_origins(port)
    )
    app: Any = server.streamable_http_app(streamable_http_path=PATH, host=HOST, transport_security=security)
    return RequireSecret(app, secret)


async def serve_http(server: AgentServer, listener: socket.socket, *, secret: str) -> None:
    """Serve Streamable HTTP until the process receives a signal to stop."""
    app: Any = http_app(server, port=listener.getsockname()[1], secret=secret)
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GRACE)
    await uvicorn.Server(config).serve(sockets=[listener])
