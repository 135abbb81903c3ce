"""The command line tool: its commands, and how errors become messages and exit codes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread

import click

from runcomfy_client import __version__
from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.suggestions import did_you_mean
from runcomfy_client.cli.account import balance
from runcomfy_client.cli.argument_parsing import option_names
from runcomfy_client.cli.batches import batch
from runcomfy_client.cli.catalog import models, show
from runcomfy_client.cli.click_ext import ToolGroup
from runcomfy_client.cli.console import Console, OutputClosed, escaping_stdout
from runcomfy_client.cli.context import Invocation
from runcomfy_client.cli.crash_report import report_bug, report_closed_stdout, report_os_error
from runcomfy_client.cli.exit_codes import MEANINGS, Exit
from runcomfy_client.cli.files import files
from runcomfy_client.cli.jobs import cancel, download, result, status, wait
from runcomfy_client.cli.mcp import mcp
from runcomfy_client.cli.options import shared_options
from runcomfy_client.cli.playground import playground
from runcomfy_client.cli.reporting import report_error, report_interrupt
from runcomfy_client.cli.run import run, submit
from runcomfy_client.cli.simulate import completion, simulate
from runcomfy_client.cli.worker import worker_command
from runcomfy_client.errors import RunComfyError
from runcomfy_client.signals import sigterm_as_ctrl_c


class App(ToolGroup):
    """The root, with the exit codes at the end of its help."""

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


for command in (
    models,
    show,
    run,
    submit,
    status,
    wait,
    result,
    download,
    cancel,
    batch,
    worker_command,
    balance,
    files,
    mcp,
    playground,
    simulate,
    completion,
):
    app.add_command(command)


def start(arguments: Sequence[str]) -> int:
    """Run a command, and return the exit code."""
    invocation = Invocation()
    logging.getLogger("runcomfy_client").addHandler(logging.NullHandler())  # the commands print their own messages
    with escaping_stdout():
        try:
            return _start(invocation, arguments)
        except OutputClosed as error:
            return report_closed_stdout(invocation, error)


def _start(invocation: Invocation, arguments: Sequence[str]) -> int:
    stdout = sys.stdout
    with _sigterm_as_ctrl_c() as terminated:
        try:
            code = app.main(args=list(arguments), prog_name="runcomfy-py", standalone_mode=False, obj=invocation)
            return int(code) if isinstance(code, int) else Exit.DONE
        except click.exceptions.Exit as stop:
            return stop.exit_code
        except SystemExit:  # click ends so, and has wrapped stdout, when the reader of a help page has left
            if sys.stdout is not stdout:
                raise OutputClosed("the reader has left", reader_left=True) from None
            raise
        except click.ClickException as error:
            invocation.console.json |= "--json" in arguments  # the error may precede the option
            return _usage(invocation.console, error)
        except (KeyboardInterrupt, click.Abort) as stop:
            code = Exit.TERMINATED if terminated() else Exit.INTERRUPTED
            report_interrupt(invocation, _origin(stop), code=code)
            return code
        except RunComfyError as error:
            return report_error(invocation, error)
        except ModuleNotFoundError as error:
            return _missing(invocation.console, error)
        except OutputClosed:
            raise
        except OSError as error:
            return report_os_error(invocation, error)
        except Exception as error:
            return report_bug(invocation, error)


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Treat SIGTERM as Ctrl-C where that can be done: in the main thread."""
    if current_thread() is not main_thread():
        yield lambda: False
        return
    with sigterm_as_ctrl_c() as terminated:
        yield terminated


def _origin(stop: BaseException) -> BaseException:
    """Return the KeyboardInterrupt that click has replaced with its own Abort."""
    cause = stop.__cause__ or stop.__context__
    return cause if isinstance(cause, KeyboardInterrupt) else stop


def _usage(console: Console, error: click.ClickException) -> Exit:
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
    """Return the error message. click does not sort its suggestions by likelihood, so we make our own."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return "A command or an argument is missing."
    if isinstance(error, click.BadOptionUsage) and context is not None:
        opposite = f"--no-{error.option_name.lstrip('-')}"
        return error.format_message() + (f" For no, say {opposite}." if opposite in option_names(context) else "")
    if not isinstance(error, click.NoSuchOption) or context is None:
        return error.format_message()
    near = did_you_mean(error.option_name, option_names(context))
    hint = context.command.unknown_option_hint if isinstance(context.command, ToolGroup) and not near else ""
    return f"unknown option {error.option_name}.{near} {hint}".rstrip()


def _missing(console: Console, error: ModuleNotFoundError) -> Exit:
    if console.json:
        console.emit_json({"error": {"kind": "MissingPackage", "message": str(error)}, "exit_code": int(Exit.UNAVAILABLE)})
    else:
        console.warning(f"error: {error}")
    return Exit.UNAVAILABLE
