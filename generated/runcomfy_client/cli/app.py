"""The tool as a whole: its commands, and how each of its ends is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread

import click

from runcomfy_client import __version__
from runcomfy_client.cli.batches import batch
from runcomfy_client.cli.catalog import models, show
from runcomfy_client.cli.click_ext import ToolGroup, did_you_mean, option_names
from runcomfy_client.cli.console import OutputClosed, Screen, clean
from runcomfy_client.cli.context import Session, shared_options
from runcomfy_client.cli.crash_report import tell_bug, tell_disk, tell_stdout
from runcomfy_client.cli.exit_codes import MEANINGS, Exit
from runcomfy_client.cli.jobs import cancel, download, result, status, wait
from runcomfy_client.cli.reporting import begin, tell_error, tell_interrupt
from runcomfy_client.cli.run import run, submit
from runcomfy_client.cli.simulate import completion, simulate
from runcomfy_client.errors import RunComfyError
from runcomfy_client.signals import sigterm_as_ctrl_c


class App(ToolGroup):
    """The root, with the exit codes at the end of its help."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Tell the exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in MEANINGS.items()])


@shared_options
@click.group(cls=App)
@click.version_option(__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Run RunComfy models from the terminal.

    Set the token as RUNCOMFY_API_TOKEN, or log in with the vendor's CLI. With --simulate, here or after any command, no token is
    needed and nothing is billed:

    \b
        runcomfy-py --simulate run \\
            kling/kling-3.0/standard/image-to-video \\
            --prompt "Snow falls." \\
            --start-image-url https://example.com/photo.png
    """


for command in (models, show, run, submit, status, wait, result, download, cancel, batch, simulate, completion):
    app.add_command(command)


def start(arguments: Sequence[str]) -> int:
    """Run a command, and return the exit code."""
    session = Session()
    begin()
    logging.getLogger("runcomfy_client").addHandler(logging.NullHandler())  # this tool tells it all itself
    try:
        return _start(session, arguments)
    except OutputClosed as gone:
        return tell_stdout(session.screen, gone, simulate=session.simulate)


def _start(session: Session, arguments: Sequence[str]) -> int:
    with _sigterm_as_ctrl_c() as terminated:
        try:
            code = app.main(args=list(arguments), prog_name="runcomfy-py", standalone_mode=False, obj=session)
            return int(code) if isinstance(code, int) else Exit.DONE
        except click.exceptions.Exit as stop:
            return stop.exit_code
        except click.ClickException as error:
            session.screen.json |= "--json" in arguments  # what is wrong may stand before it
            return _usage(session.screen, error)
        except (KeyboardInterrupt, click.Abort) as stop:
            code = Exit.TERMINATED if terminated() else Exit.INTERRUPTED
            tell_interrupt(session.screen, _origin(stop), simulate=session.simulate, code=code)
            return code
        except RunComfyError as error:
            return tell_error(session.screen, error, simulate=session.simulate)
        except ModuleNotFoundError as error:
            return _missing(session.screen, error)
        except OutputClosed:
            raise
        except OSError as error:
            return tell_disk(session.screen, error, simulate=session.simulate)
        except Exception as error:
            return tell_bug(session.screen, error, simulate=session.simulate)


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Treat SIGTERM as Ctrl-C where that can be done: in the main thread."""
    if current_thread() is not main_thread():
        yield lambda: False
        return
    with sigterm_as_ctrl_c() as terminated:
        yield terminated


def _origin(stop: BaseException) -> BaseException:
    """Return the Ctrl-C itself: click puts an Abort of its own in its place."""
    cause = stop.__cause__ or stop.__context__
    return cause if isinstance(cause, KeyboardInterrupt) else stop


def _usage(screen: Screen, error: click.ClickException) -> Exit:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not screen.json:
        screen.warn(error.format_message())
        return Exit.USAGE
    message = _message(error, context)
    if screen.json:
        screen.result({"error": {"kind": "Usage", "message": message}, "exit_code": int(Exit.USAGE)})
    else:
        hint = f"\nTry `{clean(context.command_path)} --help`." if context is not None else ""
        screen.warn(f"error: {message}{hint}")
    return Exit.USAGE


def _message(error: click.ClickException, context: click.Context | None) -> str:
    """Return what is wrong. click's own guesses at an option are not in order of likelihood."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return "A command or an argument is missing."
    if isinstance(error, click.BadOptionUsage) and context is not None:
        opposite = f"--no-{error.option_name.lstrip('-')}"
        return error.format_message() + (f" For no, say {opposite}." if opposite in option_names(context) else "")
    if not isinstance(error, click.NoSuchOption) or context is None:
        return error.format_message()
    near = did_you_mean(error.option_name, option_names(context))
    advice = context.command.advice if isinstance(context.command, ToolGroup) and not near else ""
    return f"There is no option {error.option_name}.{near} {advice}".rstrip()


def _missing(screen: Screen, error: ModuleNotFoundError) -> Exit:
    if screen.json:
        screen.result({"error": {"kind": "MissingPackage", "message": str(error)}, "exit_code": int(Exit.UNAVAILABLE)})
    else:
        screen.warn(f"error: {error}")
    return Exit.UNAVAILABLE
