"""The server: eight tools, whatever the number of models, over stdio or Streamable HTTP."""

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
Only submit costs money. Repeat a call that failed or timed out with the same ids: a quote_id is sent once, however often.
A job that takes long goes on by itself: call job again, never quote and submit it anew. State `unknown`: stop, and ask a person.
"""

_READ: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_ASK: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=True)
_TOOLS: Final[tuple[tuple[Callable[..., Any], str, ToolAnnotations], ...]] = (
    (find_models, "Find models", _READ),
    (describe_model, "Describe a model", _READ),
    (
        quote,
        "Check inputs, tell the price",
        ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False),
    ),
    (
        submit,
        "Submit a paid job",
        ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True),
    ),
    (job, "Look at a job, or wait for it", _ASK),
    (
        save,
        "Download the files of a job",
        ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True),
    ),
    (
        cancel,
        "Cancel a queued job",
        ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=True),
    ),
    (balance, "Balance and budget", _ASK),
)


class AgentServer(MCPServer[Any]):
    """The server with its tools. Close it when it has ended: submits under way are finished then.

    Args:
        client: made with `cancel_queued=False`, so that jobs go on when the server ends, and with `include_cost=True`.
        settings: what whoever starts the server has decided.

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
        """Finish the submits under way, and close the ledger."""
        await self.app.close()


@cache
def _tools() -> tuple[Tool, ...]:
    """Return the tools. They hold nothing of a server, so all servers of a process share them."""
    return tuple(_tool(function, title, annotations) for function, title, annotations in _TOOLS)


def _tool(function: Callable[..., Any], title: str, annotations: ToolAnnotations) -> Tool:
    """Make a tool with a short definition: every client puts all of them before its language model, in every conversation."""
    tool = Tool.from_function(function, title=title, annotations=annotations, structured_output=True)
    tool.parameters = _shortened(tool.parameters)
    output = tool.fn_metadata.output_schema
    if output is not None:
        tool.fn_metadata.output_schema = {key: value for key, value in _shortened(output).items() if key != "description"}
    return tool


def _shortened(schema: Any) -> Any:
    """Leave out titles, which repeat the names, and nulls: a member that is not known is left out of a result."""
    if isinstance(schema, list):
        return [_shortened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    choices = schema.get("anyOf", [])
    if {"type": "null"} in choices and len(choices) == 2:
        kept = next(part for part in choices if part != {"type": "null"})
        schema = {**kept, **{key: value for key, value in schema.items() if key not in ("anyOf", "default")}}
    made: dict[str, Any] = {}
    for key, part in schema.items():
        if key == "title" and isinstance(part, str):
            continue
        inner = part.items() if key in ("properties", "$defs") else ()
        made[key] = {name: _shortened(one) for name, one in inner} if inner else _shortened(part)
    return made
