"""A server with a folder and a simulator, and the official client connected to it, in both eras of the protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from mcp import Client
from mcp.client.session import ElicitationFnT
from mcp.types import CallToolResult, ElicitResult
from runcomfy_client import AsyncRunComfy, Policy
from runcomfy_client.mcp.server import AgentServer
from runcomfy_client.mcp.settings import Confirm, ServerSettings
from runcomfy_client.quotes.budget import Budget
from runcomfy_client.simulator import Fault, Simulator

KLING: Final = "kling/kling-3.0/standard/image-to-video"
URL: Final = "https://example.com/photo.png"
GOOD: Final = {"prompt": "Snow falls.", "start_image_url": URL}
ERAS: Final = ("legacy", "2026-07-28")
QUICK: Final = Policy(
    poll_initial=0.001, poll_max=0.01, polls_per_second=1e6, backoff_initial=0.0, backoff_max=0.0, submit_grace_period=0.5
)
NEVER: Final = Confirm(None)
Elicit = Callable[[Any, Any], Awaitable[ElicitResult]]


def simulate(*faults: Fault, queued: float = 0.0, running: float = 0.0, **options: Any) -> Simulator:
    """Return a simulator whose jobs take no time."""
    return Simulator(seconds_in_queue=queued, seconds_running=running, faults=faults, **options)


def submits(simulator: Simulator) -> int:
    """Return the number of paid calls."""
    return sum(call.point == "submit" for call in simulator.calls)


@asynccontextmanager
async def running_server(
    simulator: Simulator, out: Path, budget: Budget | None = None, **settings: Any
) -> AsyncIterator[AgentServer]:
    """Run a server on the ledger of a folder."""
    options: dict[str, Any] = {"base_url": simulator.base_url, "policy": QUICK, "include_cost": True, "cancel_queued": False}
    async with simulator.async_http_client() as http:
        async with AsyncRunComfy("test-token", http_client=http, **options) as client:
            budget = Budget(max_submits=100) if budget is None else budget
            server = AgentServer(client, ServerSettings(out=out, budget=budget, **settings))
            try:
                yield server
            finally:
                await server.close()


class ToolClient:
    """A client that is connected to a server; it calls tools."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def __call__(self, name: str, **arguments: Any) -> Any:
        """Call a tool; return the structured content."""
        return (await self.result(name, **arguments)).structured_content

    async def result(self, name: str, **arguments: Any) -> CallToolResult:
        """Call a tool; return the whole result."""
        found = await self.client.call_tool(name, arguments)
        assert isinstance(found, CallToolResult)
        return found

    async def quote(self, **inputs: Any) -> str:
        """Quote a job; return the id."""
        output = await self("quote", model=KLING, inputs={**GOOD, **inputs})
        return str(output["quote_id"])


@asynccontextmanager
async def connected_client(server: Any, era: str = ERAS[1], elicit: Elicit | None = None) -> AsyncIterator[ToolClient]:
    """Connect the official client to a server."""
    async with Client(server, mode=era, elicitation_callback=cast("ElicitationFnT | None", elicit)) as client:
        yield ToolClient(client)


async def agree(_context: Any, _params: Any) -> ElicitResult:
    """Confirm, as a person who agrees."""
    return ElicitResult(action="accept", content={"confirm": True})


async def decline(_context: Any, _params: Any) -> ElicitResult:
    """Decline, as a person who does not agree."""
    return ElicitResult(action="decline")
