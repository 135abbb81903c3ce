"""Extends click: another layout of help pages, and up to three suggestions for misspelled words, the most similar first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import click

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.suggestions import did_you_mean
from runcomfy_client.cli.argument_parsing import check_option_values, protect_arguments

_WIDTH: Final = 80
_FIRST_COLUMN: Final = 24


class HelpFormatter(click.HelpFormatter):
    """A help page with a narrow first column, which leaves more width for descriptions, and without trailing spaces."""

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = _FIRST_COLUMN, col_spacing: int = 2) -> None:
        """Write a list of terms and descriptions."""
        super().write_dl(list(rows), col_max, col_spacing)

    def getvalue(self) -> str:
        """Return the page, without trailing spaces."""
        return "\n".join(line.rstrip() for line in super().getvalue().split("\n"))


class ToolContext(click.Context):
    """A context with our help formatter."""

    formatter_class = HelpFormatter


class ToolCommand(click.Command):
    """A command with our help formatter."""

    context_class = ToolContext

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options.

        Raises:
            UsageError: the options are invalid; the error names the command.
        """
        if not ctx.resilient_parsing:
            check_option_values(ctx, args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise


class IdCommand(ToolCommand):
    """A command whose arguments are ids or keys, which may begin with a hyphen."""

    def expected_arguments(self, args: list[str]) -> int:
        """Return the required number of arguments."""
        return sum(isinstance(param, click.Argument) for param in self.params)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options and the arguments."""
        return super().parse_args(ctx, protect_arguments(ctx, args, expected=self.expected_arguments(args)))


class ToolGroup(click.Group):
    """A group of commands, in the order in which they were added."""

    context_class = ToolContext
    command_class = ToolCommand

    expected = "a command"
    """What is missing if no command follows."""
    unknown_option_hint = ""
    """The hint in the error about an unknown option."""

    def __init__(self, name: str | None = None, **options: Any) -> None:
        settings = {"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH}
        more = {"context_settings": settings, "no_args_is_help": True, "invoke_without_command": True}
        super().__init__(name, **{**more, **options, "callback": click.pass_context(self._require_command)})

    def _require_command(self, context: click.Context, /, **_values: Any) -> None:
        if context.invoked_subcommand is None:
            raise click.UsageError(f"{self.expected[:1].upper()}{self.expected[1:]} is missing.", context)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they were added."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command with a name.

        Raises:
            UsageError: the command is unknown; the message names similar ones.
        """
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            suggestion = did_you_mean(args[0], self.list_commands(ctx))
            raise click.UsageError(f"unknown command {escape_control_chars(args[0], max_length=100)!r}.{suggestion}", ctx)
        return super().resolve_command(ctx, args)


class OptionWithAlias(click.Option):
    """An option whose help shows only its first name; its other names are aliases for compatibility."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the row of the help page."""
        names, self.opts = self.opts, self.opts[:1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = names
