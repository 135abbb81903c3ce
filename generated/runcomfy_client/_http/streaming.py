"""Responses whose bodies are read in chunks: opened in a helper thread, abandoned, read with a limit of time, and closed.

A read timeout starts anew with each byte, of the headers or of a chunk's frame, too. So a read that yields no data for too long is
ended by shutting its socket down.
"""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Final

from runcomfy_client._http.request_builder import is_in_memory
from runcomfy_client._http.thread_call import ThreadCall

if TYPE_CHECKING:
    import httpx

_WATCH_INTERVAL: Final = 0.5


class StreamOpener:
    """Opens a response, in another thread. If it is abandoned, it closes what it opens."""

    def __init__(self, call: Callable[[], httpx.Response]) -> None:
        self._call = call
        self._lock = Lock()
        self._abandoned = False
        self._response: httpx.Response | None = None

    def __call__(self) -> httpx.Response:
        response = self._call()
        with self._lock:
            self._response = response
            if self._abandoned:
                close_quietly(response)
        return response

    def abandon(self) -> None:
        """Close the response, now or when it is opened."""
        with self._lock:
            self._abandoned = True
            if self._response is not None:
                close_quietly(self._response)


class StreamedResponse:
    """A response whose body is being read. One read takes at most `seconds`, if the response names its socket."""

    def __init__(self, response: httpx.Response, seconds: float) -> None:
        self._response = response
        self._chunks = chunks_of(response)
        self._seconds = seconds
        self._deadline = math.inf
        self._closed = Event()
        self.was_shut_down = False
        """Whether the socket was shut down because a read took too long."""
        stream: Any = response.extensions.get("network_stream")
        self._socket: Any = stream.get_extra_info("socket") if hasattr(stream, "get_extra_info") else None
        if isinstance(self._socket, socket.socket):
            # without a thread nothing is watched; the read timeout of the HTTP client still applies
            ThreadCall(self._watch).start_in_thread()

    def read(self) -> bytes:
        """Return the next bytes; empty at the end."""
        self._deadline = time.monotonic() + self._seconds
        try:
            return next(self._chunks, b"")
        finally:
            self._deadline = math.inf

    def close(self) -> None:
        """Close the response."""
        self._closed.set()
        close_quietly(self._response)

    def _watch(self) -> None:
        while not self._closed.wait(_WATCH_INTERVAL):
            if time.monotonic() > self._deadline:
                self.was_shut_down = True
                with suppress(OSError):
                    # the bare socket's method: the one of TLS would discard the state that the reading thread uses
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                return


def chunks_of(response: httpx.Response) -> Iterator[bytes]:
    """Return the bytes of a body as they arrive."""
    return response.iter_bytes() if is_in_memory(response) else response.iter_raw()


def close_quietly(response: httpx.Response) -> None:
    """Close a response, and ignore errors: what was read counts, such as a job's id."""
    with suppress(Exception):
        response.close()
