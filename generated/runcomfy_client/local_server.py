"""What the servers on this machine share: they listen on loopback alone, know their own addresses, and have a secret."""

from __future__ import annotations

import secrets
import socket
from typing import Final

HOST: Final = "127.0.0.1"
LEAST_SECRET: Final = 16
"""Characters that a secret has at least."""


def new_secret() -> str:
    """Return a secret for a server."""
    return secrets.token_urlsafe(32)


def check_secret(secret: str) -> None:
    """Make sure that a secret of somebody's own can be one.

    Raises:
        ValueError: it is too short, or has characters that a header cannot carry.
    """
    if len(secret) < LEAST_SECRET or not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise ValueError(f"a secret has at least {LEAST_SECRET} printable ASCII characters and no blanks")


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


def own_hosts(port: int) -> list[str]:
    """Return what `Host` may say in a request to a server on this port. A web page that was bound to this address says another."""
    return [f"{name}:{port}" for name in (HOST, "localhost")]


def own_origins(port: int) -> list[str]:
    """Return what `Origin` may say in a request to a server on this port."""
    return [f"http://{host}" for host in own_hosts(port)]
