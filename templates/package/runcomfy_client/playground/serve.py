"""Runs the web server of a playground on this machine."""

from __future__ import annotations

import socket
from typing import Any, Final

import uvicorn

from runcomfy_client.local_server import HOST
from runcomfy_client.playground.access import OPEN_PATH, App

_GRACE: Final = 3
"""Seconds to wait for open connections on shutdown."""


def address(port: int) -> str:
    """Return the address of a playground."""
    return f"http://{HOST}:{port}/"


def address_with_secret(port: int, secret: str) -> str:
    """Return the address with the secret, which the browser opens first."""
    return f"http://{HOST}:{port}{OPEN_PATH}?secret={secret}"


def server_of(app: App) -> uvicorn.Server:
    """Return a server for an application."""
    served: Any = app
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "lifespan": "off"}
    return uvicorn.Server(uvicorn.Config(served, timeout_graceful_shutdown=_GRACE, **options))


async def serve(app: App, listener: socket.socket) -> None:
    """Serve an application on a listening socket, until the process receives a signal to stop."""
    await server_of(app).serve(sockets=[listener])
