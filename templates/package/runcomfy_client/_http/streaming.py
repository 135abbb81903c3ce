"""The answers whose bodies are read bit by bit: how they are opened and given up, read, and closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING

from runcomfy_client._http.request_builder import is_in_memory
from runcomfy_client._http.watchdog import ReadWatchdog

if TYPE_CHECKING:
    import httpx


class StreamOpener:
    """A call that opens an answer in another thread; once it is given up, what it opens is closed."""

    def __init__(self, call: Callable[[], httpx.Response]) -> None:
        self._call = call
        self._lock = Lock()
        self._given_up = False
        self._response: httpx.Response | None = None

    def __call__(self) -> httpx.Response:
        response = self._call()
        with self._lock:
            self._response = response
            if self._given_up:
                close_quietly(response)
        return response

    def give_up(self) -> None:
        """Close what was opened, or will be."""
        with self._lock:
            self._given_up = True
            if self._response is not None:
                close_quietly(self._response)


class StreamedResponse:
    """An answer whose body is being read."""

    def __init__(self, response: httpx.Response, seconds: float) -> None:
        self._response = response
        self._bytes = chunks_of(response)
        self._guard = ReadWatchdog(response, seconds)

    @property
    def cut(self) -> bool:
        """Whether its connection was cut since nothing came any more."""
        return self._guard.has_cut

    def read(self) -> bytes:
        """Return the next bytes, none at the end."""
        with self._guard:
            return next(self._bytes, b"")

    def close(self) -> None:
        """Close it."""
        self._guard.close()
        close_quietly(self._response)


def chunks_of(response: httpx.Response) -> Iterator[bytes]:
    """Return the bytes of a body, just as they come."""
    return response.iter_bytes() if is_in_memory(response) else response.iter_raw()


def close_quietly(response: httpx.Response) -> None:
    """Close an answer, whatever comes of that."""
    # what was read counts; a connection that cannot even be closed must not cost us an answer that is there
    with suppress(Exception):
        response.close()
