"""The commands `simulate` and `completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from runcomfy_client.cli.click_ext import ToolCommand
from runcomfy_client.cli.console import open_stdout
from runcomfy_client.cli.options import SHARED_OPTIONS, shared_options

_VARIABLE = "_RUNCOMFY_PY_COMPLETE"


@click.command(
    cls=ToolCommand,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    short_help="Serve the simulator on this machine.",
    help="""Serve the simulator on this machine, for any program in any language, until Ctrl-C.

    `runcomfy-py simulate --help` lists its options.
    """,
)
@click.pass_context
def simulate(context: click.Context) -> None:
    """Serve the simulator."""
    from runcomfy_client.simulator.__main__ import main

    try:
        code = main([word for word in context.args if word not in SHARED_OPTIONS], program="runcomfy-py simulate")
    except SystemExit as stop:  # argparse has printed the message
        code = 0 if stop.code == 0 else 2
    context.exit({1: 69, 2: 64}.get(code, code))


@click.command(
    cls=ToolCommand,
    help="""Print the completion script for SHELL.

    \b
        bash   eval "$(runcomfy-py completion bash)"     in ~/.bashrc
        zsh    eval "$(runcomfy-py completion zsh)"      in ~/.zshrc
        fish   runcomfy-py completion fish | source      in config.fish
    """,
)
@click.argument("shell", metavar="SHELL", type=click.Choice(["bash", "zsh", "fish"]))
@shared_options
def completion(shell: str) -> None:
    """Print the completion script for SHELL."""
    from runcomfy_client.cli.app import app

    kind = get_completion_class(shell)
    if kind is not None:
        with open_stdout() as stdout:
            stdout.write(kind(app, {}, "runcomfy-py", _VARIABLE).source() + "\n")
