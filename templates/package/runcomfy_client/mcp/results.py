"""The structured results of the tools, which a client passes to its language model: short, and with the next step."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from mcp.types import CallToolResult, ContentBlock, TextContent
from pydantic import BaseModel, ConfigDict, Field

from runcomfy_client.mcp.untrusted_text import NOTICE

ID: Final = "^[A-Za-z0-9._:~=@+-]+$"
"""The pattern of quote ids and request ids."""
MAX_ID: Final = 256
"""The maximum length of an id, in characters."""


class ToolOutput(BaseModel):
    """The members that the results of all tools share."""

    model_config = ConfigDict(extra="forbid")

    state: str
    next_step: str | None = None
    notice: str | None = None
    data: Any = None


class ModelsOutput(ToolOutput):
    """The result of `find_models`."""

    total: int | None = None
    next_offset: int | None = None


class ModelOutput(ToolOutput):
    """The result of `describe_model`."""

    model: str | None = None
    price: str | None = None


class Problem(BaseModel):
    """One problem in the inputs."""

    field: str
    message: str


class QuoteOutput(ToolOutput):
    """The result of `quote`."""

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
    """The result of `submit`, `job`, `save` and `cancel`."""

    request_id: Annotated[str | None, Field(description="store it: it is sufficient to resume the job")] = None
    quote_id: str | None = None
    model: str | None = None
    cost_usd: str | None = None
    files: list[File] | None = None


class BalanceOutput(ToolOutput):
    """The result of `balance`."""

    balance_usd: str | None = None
    budget: str | None = None


def result_of(output: ToolOutput, *more: ContentBlock, is_error: bool = False) -> CallToolResult:
    """Return the result of a tool as structured content, and as text for clients that show only text."""
    if output.data is not None and output.notice is None:
        output.notice = NOTICE
    content = output.model_dump(mode="json", exclude_none=True)
    text = TextContent(type="text", text=json.dumps(content, ensure_ascii=False))
    return CallToolResult(content=[text, *more], structured_content=content, is_error=is_error)
