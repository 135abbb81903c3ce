"""The settings with which a client starts the server: a snippet for each client, from the options of the server."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

NAME: Final = "runcomfy"
_TOKEN: Final = "RUNCOMFY_API_TOKEN"
_PLACEHOLDER: Final = "YOUR_API_TOKEN"


@dataclass(frozen=True, slots=True)
class Snippet:
    """A snippet for the settings of a client.

    Attributes:
        where: the file that it belongs in, or how to use it.
        text: a command, JSON or TOML.
    """

    where: str
    text: str


def snippet(client: str, command: Sequence[str], *, needs_token: bool) -> Snippet:
    """Return the settings for a client.

    Args:
        client: `claude-code`, `claude-desktop`, `cursor`, `vscode` or `codex`.
        command: the command that starts the server.
        needs_token: True to include a placeholder for the token. The token itself is never printed.

    Raises:
        ValueError: the client is unknown.
    """
    environment = {_TOKEN: _PLACEHOLDER} if needs_token else {}
    entry: dict[str, Any] = {"command": command[0], "args": list(command[1:])}
    if environment:
        entry["env"] = environment
    match client:
        case "claude-code":
            options = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
            return Snippet("Run this in a terminal:", shlex.join(["claude", "mcp", "add", NAME, *options, "--", *command]))
        case "claude-desktop":
            return Snippet("Settings, Developer, Edit Config: claude_desktop_config.json", _json({"mcpServers": {NAME: entry}}))
        case "cursor":
            return Snippet("~/.cursor/mcp.json, or .cursor/mcp.json in a project", _json({"mcpServers": {NAME: entry}}))
        case "vscode":
            return Snippet(".vscode/mcp.json in a workspace", _json({"servers": {NAME: {"type": "stdio", **entry}}}))
        case "codex":
            return Snippet("~/.codex/config.toml", _toml(command, environment))
        case _:
            raise ValueError(f"unknown client {client!r}; known are {', '.join(CLIENTS)}")


CLIENTS: Final = ("claude-code", "claude-desktop", "cursor", "vscode", "codex")


def _json(value: Any) -> str:
    return json.dumps(value, indent=2)


def _toml(command: Sequence[str], environment: Mapping[str, str]) -> str:
    lines = [f"[mcp_servers.{NAME}]", f"command = {json.dumps(command[0])}", f"args = {json.dumps(list(command[1:]))}"]
    if environment:
        lines.append(f"env = {{ {', '.join(f'{name} = {json.dumps(value)}' for name, value in environment.items())} }}")
    return "\n".join(lines)
