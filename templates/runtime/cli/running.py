"""The commands `run` and `submit`: a model by its id, its inputs as options made from its schema."""

from __future__ import annotations

import time
from typing import Any, Final

import click

from runcomfy_client.batch.documents import Document, all_documents
from runcomfy_client.cli.inputs import build_request, input_options
from runcomfy_client.cli.outcomes import note_finished, note_paid, result_json, tell_saved
from runcomfy_client.cli.picking import find_document
from runcomfy_client.cli.screen import Screen, clean
from runcomfy_client.cli.session import (
    cost_option,
    deadline_option,
    json_option,
    open_client,
    out_option,
    screen_of,
    simulate_option,
)
from runcomfy_client.cli.watching import clock, watching
from runcomfy_client.typed.endpoint import Request

OWN_OPTIONS: Final = frozenset({"input", "out", "no-save", "deadline", "cost", "json", "simulate", "help", "show-request"})
"""Names of options that no input of a model can have: it is `--with-NAME` then."""


class ModelGroup(click.Group):
    """A group whose commands are the models: each has the options that its schema gives."""

    def __init__(self, *, submit_only: bool, **options: Any) -> None:
        super().__init__(subcommand_metavar="MODEL [OPTIONS]", no_args_is_help=True, **options)
        self._submit_only = submit_only

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the ids of all models."""
        return [document.model_id for document in all_documents()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command that runs a model."""
        try:
            document = find_document(cmd_name)
        except click.UsageError:
            if ctx.resilient_parsing:  # a shell asks for completions, and wants no lecture
                return None
            raise
        return _command(document, submit_only=self._submit_only)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List no models here: there may be hundreds."""
        with formatter.section("Models"):
            formatter.write_text("`runcomfy-py models` lists them; `runcomfy-py show MODEL` and")
            formatter.write_text(f"`{ctx.command_path} MODEL --help` tell what one takes.")


def _command(document: Document, *, submit_only: bool) -> click.Command:
    options = input_options(document, taken=OWN_OPTIONS)

    @click.pass_context
    def call(context: click.Context, /, **values: Any) -> None:
        given = {name: values.pop(option.name) for name, option in options.items() if option.name}
        source = values.pop("source")
        with_request = build_request(document, given, source=source)
        if values.pop("show_request"):
            screen_of(context).result(with_request.payload())
        elif submit_only:
            _submit(screen_of(context), with_request, simulate=values["simulate"])
        else:
            _run(screen_of(context), with_request, **values)

    text = clean(document.description or document.name)
    command = click.Command(
        document.model_id, callback=call, params=list(options.values()), help=text, short_help=clean(document.name)
    )
    own = [_source, _show_request, json_option, simulate_option]
    if not submit_only:
        own = [_source, out_option, _no_save, deadline_option, cost_option, _show_request, json_option, simulate_option]
    for option in own:
        option(command)
    return command


_source = click.option(
    "--input",
    "source",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Read inputs from a JSON file, or stdin (-).",
)
_no_save = click.option("--no-save", is_flag=True, help="Don't save the files; print their URLs.")
_show_request = click.option("--show-request", is_flag=True, help="Check the inputs, print what would be sent, and stop.")


def _run(
    screen: Screen, request: Request[Any], *, simulate: bool, cost: bool, deadline: float | None, no_save: bool, out: str
) -> None:
    begun = time.monotonic()
    with open_client(simulate=simulate, cost=cost) as client:
        note_paid()
        with watching(screen) as watcher:
            result = client.run(request, deadline=deadline, on_update=watcher.see)
            note_finished(result.request_id)
            paths = [] if no_save else result.save(out, on_progress=watcher.receive)
    elapsed = time.monotonic() - begun
    price = "" if result.cost is None else f", ${result.cost:g}"
    screen.remark(f"succeeded in {clock(elapsed)}{price}: {result.request_id}", style="green")
    if screen.json:
        screen.result(result_json(result, paths, elapsed=elapsed))
    else:
        tell_saved(screen, result, paths, saved=not no_save)


def _submit(screen: Screen, request: Request[Any], *, simulate: bool) -> None:
    with open_client(simulate=simulate) as client:
        note_paid()
        job = client.submit(request)
    if screen.json:
        screen.result({"request_id": job.request_id, "model": job.model_id})
    else:
        screen.line(job.request_id)
        also = " --simulate" if simulate else ""
        screen.remark(f"submitted; to wait for it and save its files: runcomfy-py download {job.request_id}{also}", style="dim")


run = ModelGroup(
    submit_only=False,
    name="run",
    help="""Run MODEL, watch it, and save its files.

    Its inputs are options made from its schema; lists and objects are given as JSON or as @FILE. The paths of the saved files
    are printed.
    """,
)
submit = ModelGroup(
    submit_only=True,
    name="submit",
    help="""Submit a job to MODEL, and print its id at once.

    `wait`, `result`, `download` and `cancel` take the id, here or on another machine.
    """,
)
