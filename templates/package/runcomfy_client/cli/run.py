"""The commands `run` and `submit`: each model is a subcommand, and its schema defines the options for its inputs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client._core.value_parsing import FALSE_WORDS
from runcomfy_client.catalog import ModelDocument, all_documents
from runcomfy_client.cli.click_ext import ToolCommand, ToolGroup
from runcomfy_client.cli.context import console_of, invocation_of, open_client
from runcomfy_client.cli.inputs import build_request, input_options
from runcomfy_client.cli.model_argument import find_document
from runcomfy_client.cli.options import (
    CommandT,
    allow_unpriced_option,
    check_folder,
    cost_option,
    max_usd_option,
    out_option,
    shared_options,
    timeout_option,
)
from runcomfy_client.cli.progress import format_duration, show_job_progress
from runcomfy_client.cli.reporting import job_command, report_saved, result_json
from runcomfy_client.cli.upload_warnings import show_upload_warnings
from runcomfy_client.errors import InvalidInput

if TYPE_CHECKING:
    from runcomfy_client.requests import Request

_source = click.option(
    "--input",
    "source",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Read inputs from a JSON file, or stdin (-).",
)
_no_save = click.option("--no-save", is_flag=True, help="Don't save the files; print their URLs.")
_show_request = click.option(
    "--show-request", is_flag=True, help="Check the inputs, print the request that would be sent, and exit."
)


def _general_options(command: CommandT, *, submit_only: bool) -> CommandT:
    """Add the options that are not inputs of the model."""
    saving = () if submit_only else (out_option, _no_save, timeout_option, cost_option)
    for option in (_source, *saving, max_usd_option, allow_unpriced_option, _show_request):
        command = option(command)
    return shared_options(command)


class ModelCommand(ToolCommand):
    """The command of a model. Its options are the inputs of the model and the general options."""

    def __init__(self, name: str, *, inputs: Sequence[click.Option], **rest: Any) -> None:
        super().__init__(name, params=list(inputs), context_settings={"allow_extra_args": True}, **rest)
        self._inputs = frozenset(option.name for option in inputs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options.

        Raises:
            UsageError: an argument does not belong to an option.
        """
        given = list(args)
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            self._check_flag_value(ctx, given, rest[0])
            first = next((param.opts[0] for param in self.params if isinstance(param, click.Option)), "--input")
            word = escape_control_chars(rest[0], max_length=60)
            raise click.UsageError(f"{word!r} does not belong to an option: pass inputs by name, as {first} ...", ctx)
        return rest

    def _check_flag_value(self, ctx: click.Context, given: list[str], word: str) -> None:
        """Reject `--sound false`, with a hint to `--no-sound`.

        Raises:
            UsageError: the word follows a flag.
        """
        before = given[given.index(word) - 1] if word in given[1:] else ""
        for option in self.params:
            if isinstance(option, click.Option) and option.secondary_opts and before in (*option.opts, *option.secondary_opts):
                suggestion = option.secondary_opts[0] if word.lower() in FALSE_WORDS else option.opts[0]
                raise click.UsageError(
                    f"{before} takes no value, but {escape_control_chars(word, max_length=60)!r} follows it: use {suggestion}.", ctx
                )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the inputs, then the other options."""
        shown = [(option, option.get_help_record(ctx)) for option in self.get_params(ctx)]
        for title, are_inputs in (("Inputs", True), ("Options", False)):
            rows = [row for option, row in shown if row is not None and (option.name in self._inputs) is are_inputs]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class ModelGroup(ToolGroup):
    """A group whose commands are the models, with options from their schemas. General options may precede the model."""

    expected = "MODEL"
    unknown_option_hint = "The inputs of a model follow MODEL."

    def __init__(self, *, submit_only: bool, **options: Any) -> None:
        super().__init__(subcommand_metavar="MODEL [INPUTS] [OPTIONS]", **options)
        self._submit_only = submit_only
        _general_options(self, submit_only=submit_only)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the ids of all models."""
        return [document.model_id for document in all_documents()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command that runs a model."""
        try:
            document = find_document(cmd_name)
        except click.ClickException:
            if ctx.resilient_parsing:  # a shell requests completions: no error
                return None
            raise
        return _command(document, submit_only=self._submit_only)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print where to find the models instead of listing them: there may be hundreds."""
        with formatter.section("Models"):
            formatter.write_text("`runcomfy-py models` lists them; `runcomfy-py show MODEL` and")
            formatter.write_text(f"`{ctx.command_path} MODEL --help` list the inputs of one.")


def _command(document: ModelDocument, *, submit_only: bool) -> click.Command:
    options = input_options(document)

    @click.pass_context
    def call(context: click.Context, /, **values: Any) -> None:
        given = {name: values.pop(option.name) for name, option in options.items() if option.name}
        general = {name: _option_value(context, name, value) for name, value in values.items()}
        request = build_request(document, given, source=general.pop("source"))
        limit, allow_unpriced = general.pop("max_usd"), general.pop("allow_unpriced")
        if limit is not None:
            from runcomfy_client.cli.money import check_limit

            check_limit(request, limit, allow_unpriced=allow_unpriced)
        if general.pop("show_request"):
            console_of(context).emit_json(_printable_payload(request))
        elif submit_only:
            _submit(context, request)
        else:
            _run(context, request, **general)

    text = escape_control_chars(document.description or document.name)
    command = ModelCommand(
        document.model_id, callback=call, inputs=tuple(options.values()), help=text, short_help=escape_control_chars(document.name)
    )
    return _general_options(command, submit_only=submit_only)


def _printable_payload(request: Request[Any]) -> dict[str, Any]:
    """Return the payload that would be sent, with a placeholder for the link of each local file.

    Raises:
        InvalidInput: the payload cannot be sent, or a local file is not suitable.
    """
    from runcomfy_client._core.protocol.prepared_request import PreparedRequest
    from runcomfy_client.files.prepare import local_inputs
    from runcomfy_client.files.uploads import check_inputs, with_values

    payload = request._checked_payload()
    inputs, problems = check_inputs(local_inputs(request, payload))
    if problems:
        raise InvalidInput(type(request).__name__, tuple(problems))
    printable = with_values(payload, {item.place: f"<link to {item.file}, after its upload>" for item in inputs})
    PreparedRequest.of_payload(request, printable)
    return printable


def _option_value(context: click.Context, name: str, value: Any) -> Any:
    """Return the value of a general option: the one after the model takes precedence over the one before it."""
    default = click.core.ParameterSource.DEFAULT
    parent = context.parent
    if context.get_parameter_source(name) is not default or parent is None:
        return value
    return parent.params.get(name, value)


def _run(context: click.Context, request: Request[Any], *, cost: bool, timeout: float | None, no_save: bool, out: str) -> None:
    invocation = invocation_of(context)
    console = invocation.console
    if not no_save:
        check_folder(out)
    started_at = time.monotonic()
    with open_client(context, cost=cost) as client:
        invocation.may_have_submitted = True
        with show_job_progress(console) as watcher, show_upload_warnings(console):
            from runcomfy_client.files.prepare import uploads_of

            uploads = uploads_of(client)
            if uploads is not None:
                uploads.on_progress = watcher.on_upload
            result = client.run(request, timeout=timeout, on_status=watcher.on_status)
            invocation.finished_id = result.request_id
            paths = [] if no_save else result.save(out, on_progress=watcher.on_progress)
    elapsed = time.monotonic() - started_at
    price = "" if result.cost is None else f", ${result.cost:g}"
    console.info(f"succeeded in {format_duration(elapsed)}{price}: {result.request_id}", style="green")
    if console.json:
        console.emit_json(result_json(result, paths, elapsed=elapsed))
    else:
        report_saved(console, result, paths, saved=not no_save, simulate=invocation.simulate)


def _submit(context: click.Context, request: Request[Any]) -> None:
    invocation = invocation_of(context)
    console = invocation.console
    with open_client(context) as client:
        invocation.may_have_submitted = True
        with show_upload_warnings(console):
            job = client.submit(request)
        invocation.submitted_id = job.request_id
    if console.json:
        console.emit_json({"request_id": job.request_id, "model": job.model_id})
    else:
        console.line(job.request_id)
        command = job_command("download", job.request_id, simulate=invocation.simulate)
        console.info(f"submitted; to wait for it and save its files: {command}", style="dim")


_INPUTS_HELP: Final = """
Each input of a model is an option after MODEL:

\b
    runcomfy-py {verb} kling/kling-3.0/standard/image-to-video \\
        --prompt "Snow falls." --duration 5 --no-generate-audio \\
        --start-image-url https://example.com/photo.png

Lists and objects are JSON, or @FILE, a file that contains JSON. --input FILE reads all inputs from one JSON object; options
override it. All inputs are checked before the submit.
"""

run = ModelGroup(
    submit_only=False,
    name="run",
    help="Run MODEL, show the progress, save the files, and print their paths.\n" + _INPUTS_HELP.format(verb="run"),
)
submit = ModelGroup(
    submit_only=True,
    name="submit",
    help="Submit a job to MODEL, and print its id without waiting.\n"
    + _INPUTS_HELP.format(verb="submit")
    + "\n`status`, `wait`, `result`, `download` and `cancel` accept the id, on this machine or another.",
)
