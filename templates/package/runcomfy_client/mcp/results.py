"""The structured results of the tools, which a client gives to its language model: short, and with the next step."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from mcp.types import CallToolResult, ContentBlock, TextContent
from pydantic import BaseModel, ConfigDict, Field

from runcomfy_client.mcp.untrusted_text import NOTICE

ID: Final = "^[A-Za-z0-9._:~=@+-]+$"
"""What the ids of quotes and of requests look like."""
MAX_ID: Final = 256
"""Longest id, in characters."""


class ToolOutput(BaseModel):
    """What every tool tells."""

    model_config = ConfigDict(extra="forbid")

    state: str
    next_step: str | None = None
    notice: str | None = None
    data: Any = None


class ModelsOutput(ToolOutput):
    """What `find_models` tells."""

    total: int | None = None
    next_offset: int | None = None


class ModelOutput(ToolOutput):
    """What `describe_model` tells."""

    model: str | None = None
    price: str | None = None


class Problem(BaseModel):
    """One fault in the inputs."""

    field: str
    message: str


class QuoteOutput(ToolOutput):
    """What `quote` tells."""

    quote_id: str | None = None
    price: str | None = None
    price_usd: str | None = None
    confirmation: str | None = None
    budget: str | None = None
    problems: list[Problem] | None = None


class File(BaseModel):
    """A file of a result."""

    field: str | None = None
    path: str | None = None
    bytes: int | None = None
    url: str | None = None


class JobOutput(ToolOutput):
    """What `submit`, `job`, `save` and `cancel` tell."""

    request_id: Annotated[str | None, Field(description="keep it: it is all that is needed to pick the job up")] = None
    quote_id: str | None = None
    model: str | None = None
    cost_usd: str | None = None
    files: list[File] | None = None


class BalanceOutput(ToolOutput):
    """What `balance` tells."""

    balance_usd: str | None = None
    budget: str | None = None


def result_of(output: ToolOutput, *more: ContentBlock, is_error: bool = False) -> CallToolResult:
    """Return what a tool tells as structured content, and as text for clients that show only that."""
    if output.data is not None and output.notice is None:
        output.notice = NOTICE
    content = output.model_dump(mode="json", exclude_none=True)
    text = TextContent(type="text", text=json.dumps(content, ensure_ascii=False))
    return CallToolResult(content=[text, *more], structured_content=content, is_error=is_error)
