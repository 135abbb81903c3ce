"""Options that several commands share, and the types of their values."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from runcomfy_client.cli.context import console_of, invocation_of

if TYPE_CHECKING:
    from decimal import Decimal

CommandT = TypeVar("CommandT", bound=Callable[..., Any] | click.Command)


class PositiveNumber(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A number above 0. Error messages call it a number of `unit`."""

    name = "number"

    def __init__(self, unit: str) -> None:
        self._unit = unit

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse a number.

        Raises:
            BadParameter: the value is not a finite number above 0.
        """
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 < number < math.inf:
            self.fail(f"{value!r} is not a positive number of {self._unit}.", param, ctx)
        return number


SECONDS: Final = PositiveNumber("seconds")


class Count(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """An integer with a minimum."""

    name = "count"

    def __init__(self, minimum: int) -> None:
        self._minimum = minimum

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse a number.

        Raises:
            BadParameter: the value is not an integer, or less than the minimum.
        """
        text = str(value).strip()
        if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= self._minimum):
            self.fail(f"{value!r} is not an integer of {self._minimum} or more.", param, ctx)
        return int(text)


class Usd(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """An amount in USD, 0 or more, as Decimal."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Parse an amount.

        Raises:
            BadParameter: the value is not an amount.
        """
        from runcomfy_client.prices import to_decimal

        amount = to_decimal(str(value).strip())
        if amount is None:
            self.fail(f"{value!r} is not an amount in USD, such as 12.50.", param, ctx)
        return amount


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    console_of(context).json |= value


def _set_simulate(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    invocation_of(context).simulate |= value


_json_option = click.option(
    "--json", is_flag=True, expose_value=False, callback=_set_json, is_eager=True, help="Print one JSON object on stdout."
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
"""The options of all commands and groups."""


def shared_options(command: CommandT) -> CommandT:
    """Add the options of all commands, which are accepted before the command, after it, and after its arguments."""
    is_command = isinstance(command, click.Command)  # click reverses the order of the options of a function
    first, second = (_json_option, _simulate_option) if is_command else (_simulate_option, _json_option)
    return second(first(command))


cost_option = click.option("--cost", is_flag=True, help="Request the cost of the job.")
timeout_option = click.option("--timeout", type=SECONDS, metavar="SECONDS", help="Stop waiting after SECONDS.")


class Folder(click.Path):
    """A folder, which may not exist yet. An empty string, such as an unset shell variable, is an error, not the current folder."""

    def __init__(self) -> None:
        super().__init__(file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check the path.

        Raises:
            BadParameter: the path is empty, or a file.
        """
        if not str(value).strip():
            self.fail("the path is empty (is a shell variable unset?); for the current folder, use .", param, ctx)
        if os.path.isfile(value):
            self.fail(f"{str(value)!r} is a file, not a folder.", param, ctx)
        return super().convert(value, param, ctx)


max_usd_option = click.option(
    "--max-usd", type=Usd(), metavar="USD", help="Spend at most USD, according to estimates and known costs."
)
allow_unpriced_option = click.option(
    "--allow-unpriced",
    is_flag=True,
    help="With --max-usd: also submit jobs without an estimate; their cost counts once it is known.",
)
out_option = click.option("--out", type=Folder(), default=".", show_default=True, metavar="DIR", help="Save files here.")


class UnusableFolder(OSError):
    """Files cannot be saved in a folder. Raised before anything is sent."""

    next_step = "Pass a folder that you can write to, with --out. Nothing was sent."


def check_folder(out: str) -> None:
    """Check that files can be saved in a folder before a job is paid for: create the folder, write a file, and remove both.

    Raises:
        UnusableFolder: files cannot be saved there.
    """
    from pathlib import Path

    folder = Path(out)
    if folder.is_symlink() and not folder.exists():
        raise UnusableFolder(errno.ENOENT, "it is a link to a folder that does not exist", out)
    missing = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        from tempfile import TemporaryFile

        with TemporaryFile(dir=folder) as probe:
            probe.write(bytes(4096))  # on a full disk, creating a file succeeds, but writing fails
    except OSError as error:
        raise UnusableFolder(error.errno, error.strerror, out) from None
    finally:
        for path in missing:
            with suppress(OSError):
                path.rmdir()
