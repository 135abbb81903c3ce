"""What all commands share: their common options, and a client of the API or of the simulator."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.cli.console import Screen
from runcomfy_client.client import RunComfy

CommandT = TypeVar("CommandT", bound=Callable[..., Any] | click.Command)


class _Seconds(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click alone
    """A time in seconds, more than 0."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a number.

        Raises:
            BadParameter: it is none, or not more than 0.
        """
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < math.inf:
            self.fail(f"{value!r} is no number of seconds above 0.", param, ctx)
        return seconds


class Count(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click alone
    """A whole number that is not below a least one."""

    name = "count"

    def __init__(self, least: int) -> None:
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a number.

        Raises:
            BadParameter: it is none, or too small.
        """
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= self._least):
            self.fail(f"{value!r} is not a whole number, {self._least} or more.", param, ctx)
        return int(text)


@dataclass(slots=True)
class Session:
    """One call of the tool: where it talks to, and whether the API is simulated."""

    screen: Screen = field(default_factory=Screen)
    simulate: bool = False


def session_of(context: click.Context) -> Session:
    """Return the call of the tool that a command belongs to."""
    return context.ensure_object(Session)


def screen_of(context: click.Context) -> Screen:
    """Return the terminal that a command talks to."""
    return session_of(context).screen


def _choose_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    screen_of(context).json |= value


def _choose_simulate(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    session_of(context).simulate |= value


_json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_choose_json, is_eager=True, help="One JSON object on stdout."
)
_simulate_option = click.option(
    "--simulate",
    is_flag=True,
    expose_value=False,
    callback=_choose_simulate,
    is_eager=True,
    help="Use the embedded simulator: no token, no cost.",
)
SHARED_OPTIONS = frozenset({"--json", "--simulate"})
"""The options that every command and every group of commands takes."""


def shared_options(command: CommandT) -> CommandT:
    """Add the options that are taken everywhere: before the command, after it, and after its arguments."""
    is_whole = isinstance(command, click.Command)  # of a function, click turns the order of the options round
    first, second = (_json_option, _simulate_option) if is_whole else (_simulate_option, _json_option)
    return second(first(command))


cost_option = click.option("--cost", is_flag=True, help="Ask what the job cost.")
timeout_option = click.option("--timeout", type=_Seconds(), metavar="SECONDS", help="Give up waiting after SECONDS.")
out_option = click.option(
    "--out", type=click.Path(file_okay=False), default=".", show_default=True, metavar="DIR", help="Save files here."
)


def check_folder(out: str) -> None:
    """Make sure, before anything is paid for, that files can be saved in a folder, or that it can be made.

    Raises:
        OSError: they can not.
    """
    place = Path(out).absolute()
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place))
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))


@contextmanager
def open_client(context: click.Context, *, cost: bool = False) -> Iterator[RunComfy]:
    """Open a client of the API, or of the simulator where `--simulate` was given.

    Raises:
        ConfigurationError: there is no usable token or base URL.
    """
    if not session_of(context).simulate:
        with RunComfy(include_cost=cost) as client:
            yield client
        return
    from runcomfy_client.cli.local_simulator import TOKEN, simulator

    with simulator() as simulated:
        http = simulated.http_client()
        with RunComfy(TOKEN, base_url=simulated.base_url, http_client=http, include_cost=cost) as client:
            yield client


@asynccontextmanager
async def open_async_client(context: click.Context, *, cost: bool = False) -> AsyncIterator[AsyncRunComfy]:
    """Open an async client; as `open_client`."""
    if not session_of(context).simulate:
        async with AsyncRunComfy(include_cost=cost) as client:
            yield client
        return
    from runcomfy_client.cli.local_simulator import TOKEN, simulator

    with simulator() as simulated:
        async with simulated.async_http_client() as http:
            async with AsyncRunComfy(TOKEN, base_url=simulated.base_url, http_client=http, include_cost=cost) as client:
                yield client
