"""Serves a playground on this machine."""

from __future__ import annotations

import socket
from typing import Any, Final

import uvicorn

from runcomfy_client.local_server import HOST
from runcomfy_client.playground.access import OPEN_PATH, App

_GRACE: Final = 3
"""Seconds for which open connections are waited for at the end."""


def address(port: int) -> str:
    """Return the address of a playground."""
    return f"http://{HOST}:{port}/"


def address_with_secret(port: int, secret: str) -> str:
    """Return the address that lets a browser in."""
    return f"http://{HOST}:{port}{OPEN_PATH}?secret={secret}"


def server_of(app: App) -> uvicorn.Server:
    """Return what serves an application."""
    served: Any = app
    options: dict[str, Any] = {"log_level": "warning", "access_log": False, "server_header": False, "lifespan": "off"}
    return uvicorn.Server(uvicorn.Config(served, timeout_graceful_shutdown=_GRACE, **options))


async def serve(app: App, listener: socket.socket) -> None:
    """Serve an application on a socket that listens, until the process is told to stop."""
    await server_of(app).serve(sockets=[listener])
