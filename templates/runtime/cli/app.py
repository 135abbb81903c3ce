"""The tool as a whole: its commands, and how each of its ends is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from runcomfy_client import __version__
from runcomfy_client.cli.batches import batch
from runcomfy_client.cli.catalog import models, show
from runcomfy_client.cli.exits import MEANINGS, Exit
from runcomfy_client.cli.jobs import cancel, download, result, status, wait
from runcomfy_client.cli.outcomes import begin, tell_error, tell_interrupt
from runcomfy_client.cli.running import run, submit
from runcomfy_client.cli.screen import Screen, clean
from runcomfy_client.cli.serving import completion, simulate
from runcomfy_client.cli.session import Terminated, obeying_sigterm
from runcomfy_client.errors import RunComfyError

_WIDTH = 80


class App(click.Group):
    """The root: its commands in the order of use, and the exit codes at the end of its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order in which they were added."""
        return list(self.commands)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Tell the exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in MEANINGS.items()])


@click.group(cls=App, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH})
@click.version_option(__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Run RunComfy models from the terminal.

    Set the token as RUNCOMFY_API_TOKEN, or log in with the vendor's CLI. With --simulate, no token is needed and nothing is billed:

    \b
        runcomfy-py run kling/kling-3.0/standard/image-to-video \\
            --prompt "Snow falls." --simulate \\
            --start-image-url https://example.com/photo.png
    """


for command in (models, show, run, submit, status, wait, result, download, cancel, batch, simulate, completion):
    app.add_command(command)


def start(arguments: Sequence[str]) -> int:
    """Run a command, and return the exit code."""
    screen = Screen(json="--json" in arguments)
    simulated = "--simulate" in arguments
    begin()
    try:
        with obeying_sigterm():
            code = app.main(args=list(arguments), prog_name="runcomfy-py", standalone_mode=False, obj=screen)
        return int(code) if isinstance(code, int) else Exit.DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        return _usage(screen, error)
    except (KeyboardInterrupt, click.Abort) as stop:
        tell_interrupt(screen, _origin(stop), simulate=simulated, code=Exit.INTERRUPTED)
        return Exit.INTERRUPTED
    except Terminated as stop:
        tell_interrupt(screen, stop, simulate=simulated, code=Exit.TERMINATED)
        return Exit.TERMINATED
    except RunComfyError as error:
        return tell_error(screen, error, simulate=simulated)
    except ModuleNotFoundError as error:
        return _missing(screen, error)
    except BrokenPipeError:  # the reader of our pipe has left: no news, but the interpreter would complain at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE


def _origin(stop: BaseException) -> BaseException:
    """Return the Ctrl-C itself: click puts an Abort of its own in its place."""
    cause = stop.__cause__ or stop.__context__
    return cause if isinstance(cause, KeyboardInterrupt) else stop


def _usage(screen: Screen, error: click.ClickException) -> Exit:
    context: Any = getattr(error, "ctx", None)
    message = error.format_message()
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not screen.json:
        screen.warn(message)
        return Exit.USAGE
    if screen.json:
        screen.result({"error": {"kind": "Usage", "message": message}, "exit_code": int(Exit.USAGE)})
    else:
        hint = f"\nTry `{clean(context.command_path)} --help`." if context is not None else ""
        screen.warn(f"error: {message}{hint}")
    return Exit.USAGE


def _missing(screen: Screen, error: ModuleNotFoundError) -> Exit:
    if screen.json:
        screen.result({"error": {"kind": "MissingPackage", "message": str(error)}, "exit_code": int(Exit.UNAVAILABLE)})
    else:
        screen.warn(f"error: {error}")
    return Exit.UNAVAILABLE
