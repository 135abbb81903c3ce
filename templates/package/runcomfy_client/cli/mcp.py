"""The command `mcp`: starts the server for agents, prints the settings for its clients, and lists and resolves its quotes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from runcomfy_client._core.install_hint import install_command
from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch import BatchError, Stage
from runcomfy_client.cli.click_ext import ToolGroup
from runcomfy_client.cli.context import console_of, invocation_of
from runcomfy_client.cli.options import CommandT, Count, shared_options

if TYPE_CHECKING:
    from runcomfy_client.mcp.settings import ServerSettings

SECRET: Final = "RUNCOMFY_MCP_SECRET"
_DEFAULT_OUT: Final = "~/runcomfy"
_CLIENTS: Final = ("claude-code", "claude-desktop", "cursor", "vscode", "codex")


class _Usd(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """An amount in US dollars, as Decimal."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Parse an amount.

        Raises:
            BadParameter: the value is not an amount.
        """
        from runcomfy_client.mcp.settings import read_usd

        try:
            return read_usd(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


class _Confirm(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """Which submits a person must confirm."""

    name = "confirm"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse the value.

        Raises:
            BadParameter: the value is invalid.
        """
        from runcomfy_client.mcp.settings import Confirm

        try:
            return value if isinstance(value, Confirm) else Confirm.read(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


_folder = click.Path(file_okay=False)
_out = click.option("--out", metavar="DIR", type=_folder, default=_DEFAULT_OUT, show_default=True, help="Ledger and downloads.")
_OPTIONS: Final = (
    click.option("--max-usd", type=_Usd(), metavar="USD", help="Budget in US dollars, over all runs on this ledger."),
    click.option("--max-submits", type=Count(0), metavar="N", help="Budget in submits, over all runs on this ledger."),
    click.option("--allow-unpriced", is_flag=True, help="With --max-usd, also allow jobs without a known price."),
    click.option(
        "--confirm",
        type=_Confirm(),
        default="always",
        show_default=True,
        metavar="WHEN",
        help="Which submits a person must confirm: always, never, over:USD.",
    ),
    click.option(
        "--confirm-timeout",
        type=click.FloatRange(min=1),
        default=120.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for the confirmation.",
    ),
    click.option("--files", multiple=True, metavar="DIR", type=_folder, help="Allow local files below DIR as inputs; repeatable."),
    _out,
)


def _server_options(command: CommandT) -> CommandT:
    """Add the options of the server."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class _McpGroup(ToolGroup):
    """A group that runs the server if no command follows."""

    def _require_command(self, context: click.Context, /, **values: Any) -> None:
        if context.invoked_subcommand is None:
            _serve(context, **values)


@shared_options
@click.group(
    cls=_McpGroup,
    name="mcp",
    no_args_is_help=False,
    help="""Serve agents by the Model Context Protocol, over stdio.

    Without a budget (--max-usd, --max-submits) it submits nothing. Each job is quoted first, and a quote is submitted only once,
    however often an agent asks. `runcomfy-py mcp config CLIENT` prints the settings for a client, and accepts the same options.

    With --http it listens on 127.0.0.1 only, and requires a secret: RUNCOMFY_MCP_SECRET, or a generated one, which it prints.
    """,
)
@_server_options
@click.option(
    "--http", type=click.IntRange(0, 65535), metavar="PORT", help="Serve HTTP on this machine instead of stdio; 0: a free port."
)
def mcp() -> None:
    """Serve agents by the Model Context Protocol, over stdio."""


def _require_sdk() -> None:
    """Check that the extra is installed.

    Raises:
        ModuleNotFoundError: it is not installed; the message has the command that installs it.
    """
    try:
        import mcp as _mcp
    except ModuleNotFoundError as error:
        if error.name != "mcp":
            raise
        message = 'runcomfy-py mcp needs the extra "mcp" of runcomfy-client: the package mcp is not installed.'
        raise ModuleNotFoundError(f"{message}\n\n    {install_command('mcp')}\n", name="mcp") from None
    del _mcp


def _settings(context: click.Context, values: dict[str, Any]) -> ServerSettings:
    from runcomfy_client.mcp.settings import ServerSettings
    from runcomfy_client.quotes.budget import Budget

    out = Path(values["out"]).expanduser().absolute()
    folders = tuple(Path(folder).expanduser().absolute() for folder in values["files"])
    for folder in folders:
        if not folder.is_dir():
            raise click.UsageError(f"--files {escape_control_chars(folder)}: the folder does not exist.", context)
    return ServerSettings(
        out=out / "simulated" if invocation_of(context).simulate else out,
        budget=Budget(max_usd=values["max_usd"], max_submits=values["max_submits"], allow_unpriced=values["allow_unpriced"]),
        confirm=values["confirm"],
        confirm_timeout=values["confirm_timeout"],
        files=folders,
    )


def _serve(context: click.Context, /, http: int | None, **values: Any) -> None:
    _require_sdk()
    settings = _settings(context, values)
    asyncio.run(_run(context, settings, http))


async def _run(context: click.Context, settings: ServerSettings, port: int | None) -> None:
    from runcomfy_client.mcp.server import AgentServer

    async with _open_client(context, settings.out) as client:
        server = AgentServer(client, settings)
        try:
            if port is None:
                await server.run_stdio_async()
            else:
                await _serve_http(context, server, port)
        finally:
            await server.close()


async def _serve_http(context: click.Context, server: Any, port: int) -> None:
    from runcomfy_client.local_server import HOST, check_secret, listen, new_secret
    from runcomfy_client.mcp.transports import PATH, serve_http

    given = os.environ.get(SECRET)
    secret = given or new_secret()
    try:
        check_secret(secret)
    except ValueError as error:
        raise click.UsageError(f"{SECRET}: {error}.", context) from None
    try:
        listener = listen(port)
    except OSError as error:
        raise click.UsageError(f"--http {port}: {error.strerror or error}; --http 0 selects a free port.", context) from None
    with listener:
        url = f"http://{HOST}:{listener.getsockname()[1]}{PATH}"
        header = "as set in RUNCOMFY_MCP_SECRET" if given else secret
        console_of(context).warning(f"Serving {url}\nHeader: Authorization: Bearer {header}")
        await serve_http(server, listener, secret=secret)


@asynccontextmanager
async def _open_client(context: click.Context, out: Path) -> AsyncIterator[AsyncRunComfy]:
    """Open a client whose jobs continue when the server ends."""
    if not invocation_of(context).simulate:
        async with AsyncRunComfy(include_cost=True, cancel_queued=False) as client:
            yield client
        return
    from runcomfy_client.cli.local_simulator import TOKEN, open_simulator

    with open_simulator(out) as simulated:
        async with simulated.async_http_client() as http:
            options: dict[str, Any] = {"base_url": simulated.base_url, "http_client": http}
            async with AsyncRunComfy(TOKEN, include_cost=True, cancel_queued=False, **options) as client:
                yield client


@mcp.command("config", help="Print the settings that make CLIENT start the server, with these options.")
@click.argument("client", type=click.Choice(_CLIENTS))
@_server_options
@shared_options
@click.pass_context
def config_command(context: click.Context, /, client: str, **values: Any) -> None:
    """Print the settings that make CLIENT start the server, with these options."""
    from runcomfy_client.mcp.config import snippet

    simulate = invocation_of(context).simulate
    console = console_of(context)
    command = [*_command(), *_option_words(context, values), *(["--simulate"] if simulate else [])]
    config = snippet(client, command, needs_token=not simulate)
    if console.json:
        console.emit_json({"client": client, "where": config.where, "text": config.text})
        return
    console.info(config.where, style="dim")
    for line in config.text.splitlines():
        console.line(line)
    if values["max_usd"] is None and values["max_submits"] is None:
        console.info("Without --max-usd or --max-submits the server submits nothing.", style="dim")


def _command() -> list[str]:
    """Return the command that starts this tool. Its paths are absolute, since desktop programs have another PATH than a shell."""
    program = Path(sys.argv[0])
    if program.name.startswith("runcomfy-py") and program.is_file():
        return [str(program.absolute()), "mcp"]
    return [sys.executable, "-m", "runcomfy_client", "mcp"]


def _option_words(context: click.Context, values: dict[str, Any]) -> list[str]:
    words: list[str] = []
    for name in ("max_usd", "max_submits", "confirm", "confirm_timeout"):
        if values[name] is not None and context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            value = f"{values[name]:g}" if isinstance(values[name], float) else str(values[name])
            words += [f"--{name.replace('_', '-')}", value]
    words += ["--allow-unpriced"] if values["allow_unpriced"] else []
    for folder in values["files"]:
        words += ["--files", str(Path(folder).expanduser().absolute())]
    return [*words, "--out", str(Path(values["out"]).expanduser().absolute())]


@mcp.command("quotes", help="List the quotes in the server's ledger with their stage, also while it runs.")
@_out
@shared_options
@click.pass_context
def quotes_command(context: click.Context, out: str) -> None:
    """List the quotes in the server's ledger with their stage, also while it runs."""
    from runcomfy_client.quotes.book import read_quotes

    console = console_of(context)
    quotes = read_quotes(_ledger_folder(context, out))
    rows = [
        {
            "quote_id": quote.key,
            "model": quote.row.model,
            "stage": quote.row.stage.value,
            "request_id": quote.row.request_id,
            "price_usd": None if quote.price.usd is None else str(quote.price.usd),
            "cost_usd": None if quote.row.cost is None else str(quote.row.cost),
            "quoted_at": quote.quoted_at,
            "error": quote.row.error,
        }
        for quote in quotes
    ]
    if console.json:
        console.emit_json({"quotes": rows})
        return
    for row in rows:
        cost = f"${row['cost_usd']}" if row["cost_usd"] else f"about ${row['price_usd']}" if row["price_usd"] else "price not known"
        console.line(f"{row['quote_id']}  {row['stage']}  {row['model']}  {row['request_id'] or '-'}  {cost}")
    unknown = sum(quote.row.stage is Stage.UNKNOWN for quote in quotes)
    if unknown:
        console.warning(
            f"{unknown} of these jobs may exist and be billed: check your RunComfy account, then use `runcomfy-py mcp resolve`."
        )


@mcp.command(
    "resolve",
    help="Resolve a quote that is `unknown`, or whose job the API does not know. First look in your RunComfy account.",
)
@click.argument("quote_id")
@click.option("--request-id", metavar="ID", help="The job was accepted, with this id.")
@click.option("--requeue", is_flag=True, help="The job was not accepted: it may be submitted again.")
@click.option("--give-up", is_flag=True, help="The job is not needed any more.")
@_out
@shared_options
@click.pass_context
def resolve_command(context: click.Context, quote_id: str, request_id: str | None, requeue: bool, give_up: bool, out: str) -> None:
    """Resolve a quote that is `unknown`, or whose job the API does not know."""
    from runcomfy_client.batch.ledger import Ledger
    from runcomfy_client.batch.resolution import resolve_job
    from runcomfy_client.quotes.book import LEDGER_NAME

    if (request_id is not None) + requeue + give_up != 1:
        raise click.UsageError("Use exactly one of --request-id ID, --requeue and --give-up.", context)
    ledger = Ledger(_ledger_folder(context, out) / LEDGER_NAME)
    try:
        resolve_job(ledger, quote_id, request_id=request_id, requeue=requeue, give_up=give_up, listed_by="runcomfy-py mcp quotes")
        row = ledger.row(quote_id)
    finally:
        ledger.close()
    stage = row.stage.value if row is not None else "gone"
    console = console_of(context)
    if console.json:
        console.emit_json({"quote_id": quote_id, "stage": stage, "request_id": request_id})
    else:
        console.line(f"{quote_id} is {stage}")


def _ledger_folder(context: click.Context, out: str) -> Path:
    """Return the folder of an existing ledger.

    Raises:
        BatchError: the folder has no ledger.
    """
    from runcomfy_client.quotes.book import LEDGER_NAME

    folder = Path(out).expanduser().absolute()
    folder = folder / "simulated" if invocation_of(context).simulate else folder
    if not (folder / LEDGER_NAME).is_file():
        step = "Pass the --out of the server, and --simulate if the server had it."
        raise BatchError(f"There are no quotes in {folder}", next_step=step)
    return folder
