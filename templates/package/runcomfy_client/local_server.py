"""Helpers of the local servers: they listen on the loopback interface only, check `Host` and `Origin`, and require a secret."""

from __future__ import annotations

import secrets
import socket
from typing import Final

HOST: Final = "127.0.0.1"
MIN_SECRET_LENGTH: Final = 16
"""The minimum number of characters of a secret."""


def new_secret() -> str:
    """Return a new random secret for a server."""
    return secrets.token_urlsafe(32)


def check_secret(secret: str) -> None:
    """Check a secret that a user chose.

    Raises:
        ValueError: it is too short, or has characters that are not allowed in an HTTP header.
    """
    if len(secret) < MIN_SECRET_LENGTH or not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise ValueError(f"a secret must have at least {MIN_SECRET_LENGTH} printable ASCII characters and no spaces")


def listen(port: int) -> socket.socket:
    """Return a socket that listens on a port of the loopback interface; 0 selects a free port.

    Raises:
        OSError: the port is not available.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


def own_hosts(port: int) -> list[str]:
    """Return the valid values of the header `Host` for a server on this port. After DNS rebinding, a page sends another value."""
    return [f"{name}:{port}" for name in (HOST, "localhost")]


def own_origins(port: int) -> list[str]:
    """Return the valid values of the header `Origin` for a server on this port."""
    return [f"http://{host}" for host in own_hosts(port)]
