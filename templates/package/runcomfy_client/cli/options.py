"""Options that several commands share, and their types."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from runcomfy_client.cli.context import console_of, invocation_of

CommandT = TypeVar("CommandT", bound=Callable[..., Any] | click.Command)


class _Seconds(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click alone
    """A positive number of seconds."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read a number.

        Raises:
            BadParameter: the value is not a positive number.
        """
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < math.inf:
            self.fail(f"{value!r} is not a positive number of seconds.", param, ctx)
        return seconds


class Count(click.ParamType):  # type: ignore[type-arg]  # generic in the newest click alone
    """A whole number with a lower bound."""

    name = "count"

    def __init__(self, minimum: int) -> None:
        self._minimum = minimum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a number.

        Raises:
            BadParameter: the value is not a whole number, or below the bound.
        """
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= self._minimum):
            self.fail(f"{value!r} is not a whole number, {self._minimum} or more.", param, ctx)
        return int(text)


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    console_of(context).json |= value


def _set_simulate(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    invocation_of(context).simulate |= value


_json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_set_json, is_eager=True, help="One JSON object on stdout."
)
_simulate_option = click.option(
    "--simulate",
    is_flag=True,
    expose_value=False,
    callback=_set_simulate,
    is_eager=True,
    help="Use the embedded simulator: no token, no cost.",
)
SHARED_OPTIONS = frozenset({"--json", "--simulate"})
"""The options that every command and every group of commands takes."""


def shared_options(command: CommandT) -> CommandT:
    """Add the options that every command takes: before the command, after it, and after its arguments."""
    is_command = isinstance(command, click.Command)  # click reverses the order of the options of a function
    first, second = (_json_option, _simulate_option) if is_command else (_simulate_option, _json_option)
    return second(first(command))


cost_option = click.option("--cost", is_flag=True, help="Ask what the job cost.")
timeout_option = click.option("--timeout", type=_Seconds(), metavar="SECONDS", help="Give up waiting after SECONDS.")
out_option = click.option(
    "--out", type=click.Path(file_okay=False), default=".", show_default=True, metavar="DIR", help="Save files here."
)


def check_folder(out: str) -> None:
    """Check, before anything is paid for, that files can be saved in a folder, or that it can be created.

    Raises:
        OSError: they cannot.
    """
    place = Path(out).absolute()
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(place))
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
