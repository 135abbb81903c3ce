"""The HTTP clients of one client: the user's, or those that this package opens."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from runcomfy_client._core.settings import Settings
from runcomfy_client._http.request_builder import RequestBuilder
from runcomfy_client._http.transport import open_http
from runcomfy_client.errors import ConfigurationError

if TYPE_CHECKING:
    import asyncio

HttpT = TypeVar("HttpT")


class HttpClients(Generic[HttpT]):
    """The HTTP client of the user, or one for API calls and one for downloads, each opened when it is needed."""

    def __init__(self, settings: Settings, given: HttpT | None, kind: str) -> None:
        if given is not None and (not hasattr(given, "build_request") or hasattr(given, "aclose") is not (kind == "AsyncClient")):
            # of the other kind: its response to a submit could not be read
            raise ConfigurationError(f"`http_client` is of the wrong kind: this client needs an httpx.{kind}")
        self.opened: dict[bool, HttpT] = {}
        self._settings = settings
        self._given = given
        self._kind = kind
        self._is_closed = False
        self._builder: RequestBuilder | None = None
        self._owner: tuple[int, asyncio.AbstractEventLoop | None] | None = None
        self._lock = Lock()

    def get(self, *, files: bool) -> tuple[HttpT, RequestBuilder]:
        """Return the HTTP client for API calls or for files, and the builder of its requests."""
        self._check_owner()
        with self._lock:
            http: Any = self.opened.get(files) if self._given is None else self._given
            self.check_open(http)
            if http is None:
                http = self.opened[files] = open_http(self._kind, loopback=self._settings.origin.loopback)
            if self._builder is None:
                self._builder = RequestBuilder(http, origin=self._settings.origin, token=self._settings.token)
            return http, self._builder

    def check_open(self, http: Any) -> None:
        """Check that neither the client nor an HTTP client of it is closed: the error of the latter would look like a lost submit.

        Raises:
            ConfigurationError: it is closed. Nothing is sent.
        """
        if self._is_closed or (http is not None and http.is_closed):
            raise ConfigurationError("The client is closed", next_step="Make a new one, or keep it open until all is done.")

    def close(self) -> None:
        """Refuse further calls, also over an HTTP client that stays open."""
        self._is_closed = True

    def _check_owner(self) -> None:
        """Open new connections in a new process or on a new event loop.

        After a fork, a response to a paid call could reach the other process; on a loop that is closed, nobody.

        Raises:
            ConfigurationError: the connections are in use elsewhere, and cannot be abandoned. Nothing was sent.
        """
        process, loop = os.getpid(), None
        if self._kind == "AsyncClient":
            import asyncio

            loop = asyncio.get_running_loop()
        if self._owner is not None and self._owner != (process, loop):
            if self._given is not None:
                raise ConfigurationError(
                    "The `http_client` is in use in another process or on another event loop",
                    next_step="Make it, and this client, where they are used; nothing was sent.",
                )
            old_process, old_loop = self._owner
            if old_process == process and old_loop is not None and not old_loop.is_closed():
                raise ConfigurationError(
                    "The client is in use on another event loop", next_step="Make a client for each event loop; nothing was sent."
                )
            self._lock = Lock()  # at a fork, another thread may have held the old one
            self.opened.clear()
        self._owner = process, loop
