"""What all commands share: their common options, and a client of the API or of the simulator."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, TypeVar

import click

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.cli.screen import Screen
from runcomfy_client.client import RunComfy

CommandT = TypeVar("CommandT", bound=Callable[..., Any] | click.Command)


class Terminated(BaseException):
    """SIGTERM, raised in the main thread, so that it is left by the same way as Ctrl-C."""


@contextmanager
def obeying_sigterm() -> Iterator[None]:
    """Turn SIGTERM into an exception while the block runs, where that can be done: in the main thread."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def screen_of(context: click.Context) -> Screen:
    """Return the terminal that a command talks to."""
    return context.ensure_object(Screen)


def json_option(command: CommandT) -> CommandT:
    """Add `--json`."""

    def choose(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
        screen_of(context).json = value or screen_of(context).json

    add = click.option(
        "--json", is_flag=True, expose_value=False, callback=choose, is_eager=True, help="One JSON object on stdout."
    )
    return add(command)


simulate_option = click.option("--simulate", is_flag=True, help="Use the embedded simulator: no token, no cost.")
cost_option = click.option("--cost", is_flag=True, help="Ask what the job cost.")
deadline_option = click.option(
    "--deadline", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Wait so long at most."
)
out_option = click.option(
    "--out", type=click.Path(file_okay=False), default=".", show_default=True, metavar="DIR", help="Save files here."
)


@contextmanager
def open_client(*, simulate: bool, cost: bool = False) -> Iterator[RunComfy]:
    """Open a client.

    Raises:
        ConfigurationError: there is no usable token or base URL.
    """
    if not simulate:
        with RunComfy(include_cost=cost) as client:
            yield client
        return
    from runcomfy_client.cli.simulated import TOKEN, simulator

    with simulator() as simulated:
        http = simulated.http_client()
        with RunComfy(TOKEN, base_url=simulated.base_url, http_client=http, include_cost=cost) as client:
            yield client


@asynccontextmanager
async def open_async_client(*, simulate: bool, cost: bool = False) -> AsyncIterator[AsyncRunComfy]:
    """Open an async client; as `open_client`."""
    if not simulate:
        async with AsyncRunComfy(include_cost=cost) as client:
            yield client
        return
    from runcomfy_client.cli.simulated import TOKEN, simulator

    with simulator() as simulated:
        async with simulated.async_http_client() as http:
            async with AsyncRunComfy(TOKEN, base_url=simulated.base_url, http_client=http, include_cost=cost) as client:
                yield client
