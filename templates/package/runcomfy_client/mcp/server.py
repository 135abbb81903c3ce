"""The server: eight tools, independent of the number of models, over stdio or Streamable HTTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations

from runcomfy_client import __version__
from runcomfy_client.async_client import AsyncRunComfy
from runcomfy_client.mcp.catalog_tools import describe_model, find_models
from runcomfy_client.mcp.context import AppContext
from runcomfy_client.mcp.job_tools import balance, cancel, job, save
from runcomfy_client.mcp.paid_tools import quote, submit
from runcomfy_client.mcp.settings import ServerSettings
from runcomfy_client.quotes.book import QuoteBook

INSTRUCTIONS: Final = """\
Runs paid image, video and audio models of RunComfy. Order: find_models, describe_model, quote, submit, job, save.
Only submit costs money. Repeat a call that failed or timed out with the same ids: a quote_id is sent only once.
A long job continues on the server: call job again, never quote and submit it again. State `unknown`: stop, and ask the user.
"""


def _hints(*, reads: bool = False, destructive: bool = False, open_world: bool) -> ToolAnnotations:
    """Say what a tool does. All may be called again with the same arguments."""
    return ToolAnnotations(read_only_hint=reads, destructive_hint=destructive, idempotent_hint=True, open_world_hint=open_world)


_TOOLS: Final[tuple[tuple[Callable[..., Any], str, ToolAnnotations], ...]] = (
    (find_models, "Find models", _hints(reads=True, open_world=False)),
    (describe_model, "Describe a model", _hints(reads=True, open_world=False)),
    (quote, "Check inputs, return the price", _hints(open_world=False)),
    (submit, "Submit a paid job", _hints(destructive=True, open_world=True)),
    (job, "Get the status of a job, or wait for it", _hints(reads=True, open_world=True)),
    (save, "Download the files of a job", _hints(open_world=True)),
    (cancel, "Cancel a queued job", _hints(destructive=True, open_world=True)),
    (balance, "Balance and budget", _hints(reads=True, open_world=True)),
)


class AgentServer(MCPServer[Any]):
    """The server with its tools. Call `close` at the end: it waits for submits in flight.

    Args:
        client: a client with `cancel_queued=False`, so that jobs continue when the server ends, and with `include_cost=True`.
        settings: the settings of the user who starts the server.

    Raises:
        LedgerError: the ledger cannot be opened.
        BatchError: the folder's ledger belongs to another API.
    """

    def __init__(self, client: AsyncRunComfy, settings: ServerSettings) -> None:
        book = QuoteBook(settings.out, server_url=client.base_url)
        self.app = AppContext(client, book, settings)
        super().__init__(
            "runcomfy",
            title="RunComfy",
            instructions=INSTRUCTIONS,
            version=__version__,
            tools=list(_tools()),
            log_level="WARNING",
        )

    async def close(self) -> None:
        """Wait for the submits in flight, and close the ledger."""
        await self.app.close()


@cache
def _tools() -> tuple[Tool, ...]:
    """Return the tools. They have no state, so all servers of a process share them."""
    return tuple(_tool(function, title, annotations) for function, title, annotations in _TOOLS)


def _tool(function: Callable[..., Any], title: str, annotations: ToolAnnotations) -> Tool:
    """Create a tool with a short definition: clients pass all definitions to their language model in every conversation."""
    tool = Tool.from_function(function, title=title, annotations=annotations, structured_output=True)
    tool.parameters = _shortened(tool.parameters)
    output = tool.fn_metadata.output_schema
    if output is not None:
        tool.fn_metadata.output_schema = {key: value for key, value in _shortened(output).items() if key != "description"}
    return tool


def _shortened(schema: Any) -> Any:
    """Remove titles, which repeat the names, and nulls, since a member that is not known is omitted from a result."""
    if isinstance(schema, list):
        return [_shortened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    choices = schema.get("anyOf", [])
    if {"type": "null"} in choices and len(choices) == 2:
        kept = next(part for part in choices if part != {"type": "null"})
        schema = {**kept, **{key: value for key, value in schema.items() if key not in ("anyOf", "default")}}
    result: dict[str, Any] = {}
    for key, part in schema.items():
        if key == "title" and isinstance(part, str):
            continue
        inner = part.items() if key in ("properties", "$defs") else ()
        result[key] = {name: _shortened(member) for name, member in inner} if inner else _shortened(part)
    return result
