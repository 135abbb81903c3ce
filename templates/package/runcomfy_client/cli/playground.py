"""The command `playground`: a web page on this machine that shows the models, runs them, and generates code."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

import click

from runcomfy_client._core.install_hint import install_command
from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.batch.errors import BatchBusy
from runcomfy_client.cli.click_ext import ToolCommand
from runcomfy_client.cli.console import Console
from runcomfy_client.cli.context import console_of, invocation_of
from runcomfy_client.cli.options import Folder, check_folder, shared_options

_DEFAULT_OUT: Final = "~/runcomfy/playground"
_PACKAGES: Final = ("starlette", "uvicorn", "jinja2")


@click.command(
    cls=ToolCommand,
    name="playground",
    help="""Open a web page on this machine that shows the models, runs them, and generates code.

    By default, jobs run on the simulator, and nothing is billed. With --live, they run on the API, with your token: each run shows
    its price and asks for confirmation. The page requires the address that is printed; the token never reaches the browser.
    """,
)
@click.option("--live", is_flag=True, help="Run on the API: jobs are billed, after a confirmation of each.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="PORT", help="Listen on this port; by default, a free one."
)
@click.option("--out", type=Folder(), default=_DEFAULT_OUT, show_default=True, metavar="DIR", help="Ledger, inputs, outputs.")
@click.option("--files", multiple=True, type=Folder(), metavar="DIR", help="Allow local files below DIR as inputs; repeatable.")
@click.option("--no-open", is_flag=True, help="Don't open a browser; only print the address.")
@shared_options
@click.pass_context
def playground(context: click.Context, /, live: bool, port: int, out: str, files: tuple[str, ...], no_open: bool) -> None:
    """Open a web page on this machine that shows the models, runs them, and generates code."""
    if live and invocation_of(context).simulate:
        raise click.UsageError("--live and --simulate exclude each other; without --live, jobs run on the simulator.", context)
    _require_packages()
    from runcomfy_client.playground.settings import PlaygroundSettings

    folders = tuple(Path(folder).expanduser().absolute() for folder in files)
    for folder in folders:
        if not folder.is_dir():
            raise click.UsageError(f"--files {escape_control_chars(folder)}: the folder does not exist.", context)
    home = Path(out).expanduser().absolute()
    settings = PlaygroundSettings(out=home if live else home / "simulated", live=live, files=folders)
    check_folder(str(settings.out))
    try:
        asyncio.run(_run(context, settings, port=port, opens=not no_open))
    except KeyboardInterrupt:  # the usual way to stop it
        console_of(context).info("Stopped. Submitted jobs continue; the next start shows them.", style="dim")


def _require_packages() -> None:
    """Check that the extra is installed.

    Raises:
        ModuleNotFoundError: it is not installed; the message has the command that installs it.
    """
    try:
        import jinja2 as _jinja2
        import starlette as _starlette
        import uvicorn as _uvicorn
    except ModuleNotFoundError as error:
        if error.name not in _PACKAGES:
            raise
        message = (
            f'runcomfy-py playground needs the extra "playground" of runcomfy-client: the package {error.name} is not installed.'
        )
        raise ModuleNotFoundError(f"{message}\n\n    {install_command('playground')}\n", name=error.name) from None
    del _jinja2, _starlette, _uvicorn


async def _run(context: click.Context, settings: Any, *, port: int, opens: bool) -> None:
    from runcomfy_client.local_server import listen, new_secret
    from runcomfy_client.playground.app import make_app
    from runcomfy_client.playground.jobs import Jobs
    from runcomfy_client.playground.serve import address_with_secret, serve

    async with _open_client(settings) as client:
        jobs = Jobs(client, settings)
        try:
            try:
                listener = listen(port)
            except OSError as error:
                message = f"--port {port}: {error.strerror or error}; without --port, a free one is selected."
                raise click.UsageError(message, context) from None
            with listener:
                own_port, secret = listener.getsockname()[1], new_secret()
                app = make_app(jobs, port=own_port, secret=secret)
                jobs.resume()
                url = address_with_secret(own_port, secret)
                _announce(console_of(context), url, settings)
                opening = asyncio.create_task(asyncio.to_thread(webbrowser.open, url)) if opens else None
                await serve(app, listener)
                del opening
        finally:
            await jobs.close()


def _announce(console: Console, url: str, settings: Any) -> None:
    if console.json:
        console.emit_json({"url": url, "live": settings.live, "out": str(settings.out)})
        return
    console.line(url)
    mode = "Live: runs are billed, after a confirmation of each" if settings.live else "Simulator: nothing is billed"
    console.info(f"{mode}. Everything is stored in {escape_control_chars(settings.out)}. Press Ctrl-C to stop.", style="dim")


@asynccontextmanager
async def _open_client(settings: Any) -> AsyncIterator[AsyncRunComfy]:
    """Open a client whose jobs continue when the playground ends."""
    if settings.live:
        async with AsyncRunComfy(include_cost=True, cancel_queued=False) as client:
            yield client
        return
    from runcomfy_client.cli.local_simulator import TOKEN, open_simulator

    with _playground_busy_errors(settings), open_simulator(settings.out) as simulated:
        async with simulated.async_http_client() as http:
            options: dict[str, Any] = {"base_url": simulated.base_url, "http_client": http, "media": simulated.media_host()}
            async with AsyncRunComfy(TOKEN, include_cost=True, cancel_queued=False, **options) as client:
                yield client


@contextmanager
def _playground_busy_errors(settings: Any) -> Iterator[None]:
    """Replace the error of a locked simulator folder with one about the other playground.

    Raises:
        BatchBusy: another playground uses the folder.
    """
    try:
        yield
    except BatchBusy:
        step = "Open its page, stop it, or choose another folder with --out."
        raise BatchBusy(f"Another playground uses {settings.out}", next_step=step) from None
