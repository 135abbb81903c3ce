"""Cuts a connection on which a file stops coming. A read timeout does not see that: it begins anew with each byte, be it of the body or not."""

from __future__ import annotations

import math
import socket
import time
from contextlib import suppress
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from runcomfy_client._http.thread_call import ThreadCall

if TYPE_CHECKING:
    import httpx

_SLICE: Final = 0.5


class ReadWatchdog:
    """Watches the reads of one answer: `with guard:` around each.

    Args:
        response: the answer. One that tells nothing of its connection cannot be watched.
        seconds: how long one read may take.
    """

    def __init__(self, response: httpx.Response, seconds: float) -> None:
        stream: Any = response.extensions.get("network_stream")
        self._socket: Any = stream.get_extra_info("socket") if hasattr(stream, "get_extra_info") else None
        self._seconds = seconds
        self._until = math.inf
        self._over = Event()
        self.has_cut = False
        if isinstance(self._socket, socket.socket):
            # without a thread nothing is watched; the read timeout of the HTTP client still applies
            ThreadCall(self._watch).start_in_thread()

    def close(self) -> None:
        """End the watch."""
        self._over.set()

    def __enter__(self) -> None:
        self._until = time.monotonic() + self._seconds

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _frames: TracebackType | None) -> None:
        self._until = math.inf

    def _watch(self) -> None:
        while not self._over.wait(_SLICE):
            if time.monotonic() > self._until:
                self.has_cut = True
                with suppress(OSError):
                    # of the bare socket: that of TLS would take its state away from the thread that reads
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                return
