"""The state of a command: its invocation, stored on click's context, and a client of the API or of the simulator."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from runcomfy_client.cli.console import Console

if TYPE_CHECKING:
    from runcomfy_client.async_client import AsyncRunComfy
    from runcomfy_client.client import RunComfy


@dataclass(slots=True)
class Invocation:
    """One call of the tool: its options and its progress, which determine error messages."""

    console: Console = field(default_factory=Console)
    simulate: bool = False
    """True if the command uses the simulator instead of the API."""
    may_have_submitted: bool = False
    """True if this command may have submitted a job, so that running it again may start a second one."""
    submitted_id: str | None = None
    """The id of the job that this command submitted."""
    finished_id: str | None = None
    """The id of the job that succeeded, but whose files are not saved yet."""


def invocation_of(context: click.Context) -> Invocation:
    """Return the invocation that a command belongs to."""
    return context.ensure_object(Invocation)


def console_of(context: click.Context) -> Console:
    """Return the console of the invocation that a command belongs to."""
    return invocation_of(context).console


def _skip_httpx_cli_import() -> None:
    """Prevent httpx from importing its own command-line tool, with rich and pygments. httpx tolerates a failed import."""
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]


@contextmanager
def open_client(context: click.Context, *, cost: bool = False) -> Iterator[RunComfy]:
    """Open a client of the API, or of the simulator with `--simulate`.

    Raises:
        ConfigurationError: there is no usable token or base URL.
    """
    from runcomfy_client.cli.duration_cache import cached_durations
    from runcomfy_client.client import RunComfy

    _skip_httpx_cli_import()
    if not invocation_of(context).simulate:
        with RunComfy(include_cost=cost) as client, cached_durations(client._session.settings.options.durations):
            yield client
        return
    from runcomfy_client.cli.local_simulator import TOKEN, open_simulator

    with open_simulator() as simulated:
        http = simulated.http_client()
        with RunComfy(
            TOKEN, base_url=simulated.base_url, http_client=http, include_cost=cost, media=simulated.media_host()
        ) as client:
            yield client


@asynccontextmanager
async def open_async_client(context: click.Context, *, cost: bool = False) -> AsyncIterator[AsyncRunComfy]:
    """Open an async client of the API, or of the simulator with `--simulate`.

    Raises:
        ConfigurationError: there is no usable token or base URL.
    """
    from runcomfy_client.async_client import AsyncRunComfy
    from runcomfy_client.cli.duration_cache import cached_durations

    if not invocation_of(context).simulate:
        async with AsyncRunComfy(include_cost=cost) as client:
            with cached_durations(client._session.settings.options.durations):
                yield client
        return
    from runcomfy_client.cli.local_simulator import TOKEN, open_simulator

    with open_simulator() as simulated:
        async with (
            simulated.async_http_client() as http,
            AsyncRunComfy(
                TOKEN, base_url=simulated.base_url, http_client=http, include_cost=cost, media=simulated.media_host()
            ) as client,
        ):
            yield client
