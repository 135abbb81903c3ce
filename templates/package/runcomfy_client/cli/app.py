"""The command-line tool: its commands, and the mapping of errors to messages and exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import current_thread, main_thread
from typing import Final

import click

from runcomfy_client import __version__
from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.suggestions import did_you_mean
from runcomfy_client.cli.argument_parsing import option_names
from runcomfy_client.cli.click_ext import ToolGroup
from runcomfy_client.cli.console import Console, OutputClosed, escaping_stdout
from runcomfy_client.cli.context import Invocation
from runcomfy_client.cli.exit_codes import MEANINGS, Exit
from runcomfy_client.cli.options import shared_options
from runcomfy_client.errors import RunComfyError
from runcomfy_client.sigterm import sigterm_as_ctrl_c

_COMMANDS: Final = {
    "models": "catalog:models",
    "show": "catalog:show",
    "run": "run:run",
    "submit": "run:submit",
    "status": "jobs:status",
    "wait": "jobs:wait",
    "result": "jobs:result",
    "download": "jobs:download",
    "cancel": "jobs:cancel",
    "batch": "batches:batch",
    "worker": "worker:worker_command",
    "balance": "account:balance",
    "files": "files:files",
    "mcp": "mcp:mcp",
    "playground": "playground:playground",
    "simulate": "simulate:simulate",
    "completion": "simulate:completion",
}
"""The module and function of each command, in the order in which they are typically used."""
_WITHOUT_LOGGING: Final = frozenset({"catalog", "simulate"})
"""The modules whose commands do not use `logging`, which is slow to import."""


class App(ToolGroup):
    """The root group, with the exit codes at the end of its help. A command is imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they are typically used."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in _COMMANDS:
            return None
        module, _colon, name = _COMMANDS[cmd_name].partition(":")
        if module not in _WITHOUT_LOGGING:
            import logging

            logging.getLogger("runcomfy_client").addHandler(logging.NullHandler())  # the commands print their own messages
        command: click.Command = getattr(import_module(f"runcomfy_client.cli.{module}"), name)
        return command

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Append the table of exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in MEANINGS.items()])


@shared_options
@click.group(
    cls=App,
    help="""Run RunComfy models from the terminal.

    Set the token as RUNCOMFY_API_TOKEN, or log in with the vendor's CLI. With --simulate, here or after any command, no token is
    needed and nothing is billed:

    \b
        runcomfy-py --simulate run \\
            kling/kling-3.0/standard/image-to-video \\
            --prompt "Snow falls." \\
            --start-image-url https://example.com/photo.png
    """,
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Run RunComfy models from the terminal."""


def start(arguments: Sequence[str]) -> int:
    """Run a command, and return the exit code."""
    invocation = Invocation()
    with escaping_stdout():
        try:
            return _start(invocation, arguments)
        except OutputClosed as error:
            from runcomfy_client.cli.crash_report import report_closed_stdout

            return report_closed_stdout(invocation, error)


def _start(invocation: Invocation, arguments: Sequence[str]) -> int:
    stdout = sys.stdout
    with _sigterm_as_ctrl_c() as terminated:
        try:
            code = app.main(args=list(arguments), prog_name="runcomfy-py", standalone_mode=False, obj=invocation)
            return int(code) if isinstance(code, int) else Exit.DONE
        except click.exceptions.Exit as error:
            return error.exit_code
        except SystemExit:  # click exits like this, with a wrapped stdout, if the reader of a help page has closed the pipe
            if sys.stdout is not stdout:
                raise OutputClosed("the reader has closed the pipe", reader_left=True) from None
            raise
        except click.ClickException as error:
            invocation.console.json |= "--json" in arguments  # the error may precede the option
            return _report_usage_error(invocation.console, error)
        except (KeyboardInterrupt, click.Abort) as interrupt:
            from runcomfy_client.cli.reporting import report_interrupt

            code = Exit.TERMINATED if terminated() else Exit.INTERRUPTED
            report_interrupt(invocation, _original_interrupt(interrupt), code=code)
            return code
        except RunComfyError as error:
            from runcomfy_client.cli.reporting import report_error

            return report_error(invocation, error)
        except ModuleNotFoundError as error:
            return _report_missing_package(invocation.console, error)
        except OutputClosed:
            raise
        except OSError as error:
            from runcomfy_client.cli.crash_report import report_os_error

            return report_os_error(invocation, error)
        except Exception as error:
            from runcomfy_client.cli.crash_report import report_bug

            return report_bug(invocation, error)


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Treat SIGTERM as Ctrl-C, if possible: only in the main thread."""
    if current_thread() is not main_thread():
        yield lambda: False
        return
    with sigterm_as_ctrl_c() as terminated:
        yield terminated


def _original_interrupt(interrupt: BaseException) -> BaseException:
    """Return the KeyboardInterrupt that click replaced with Abort; it has the id of the orphaned job."""
    cause = interrupt.__cause__ or interrupt.__context__
    return cause if isinstance(cause, KeyboardInterrupt) else interrupt


def _report_usage_error(console: Console, error: click.ClickException) -> Exit:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not console.json:
        console.warning(error.format_message())
        return Exit.USAGE
    message = _message(error, context)
    if console.json:
        console.emit_json({"error": {"kind": "Usage", "message": message}, "exit_code": int(Exit.USAGE)})
    else:
        hint = f"\nTry `{escape_control_chars(context.command_path)} --help`." if context is not None else ""
        console.warning(f"error: {message}{hint}")
    return Exit.USAGE


def _message(error: click.ClickException, context: click.Context | None) -> str:
    """Return the error message, with our own suggestions, since click does not sort its suggestions by similarity."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return "A command or an argument is missing."
    if isinstance(error, click.BadOptionUsage) and context is not None:
        opposite = f"--no-{error.option_name.lstrip('-')}"
        return error.format_message() + (f" To set it to false, use {opposite}." if opposite in option_names(context) else "")
    if not isinstance(error, click.NoSuchOption) or context is None:
        return error.format_message()
    suggestion = did_you_mean(error.option_name, option_names(context))
    hint = context.command.unknown_option_hint if isinstance(context.command, ToolGroup) and not suggestion else ""
    return f"unknown option {error.option_name}.{suggestion} {hint}".rstrip()


def _report_missing_package(console: Console, error: ModuleNotFoundError) -> Exit:
    if console.json:
        console.emit_json({"error": {"kind": "MissingPackage", "message": str(error)}, "exit_code": int(Exit.UNAVAILABLE)})
    else:
        console.warning(f"error: {error}")
    return Exit.UNAVAILABLE
