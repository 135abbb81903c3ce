"""Finds the API token in the same places as the client: the environment, then the login of the vendor's CLI."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

VARIABLES: Final = ("RUNCOMFY_API_TOKEN", "RUNCOMFY_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN")


def find_token() -> str | None:
    """Return the token; None if there is none."""
    token = next((os.environ[name].strip() for name in VARIABLES if os.environ.get(name, "").strip()), None)
    return token or _from_cli()


def _from_cli() -> str | None:
    folder = os.environ.get("RUNCOMFY_CONFIG_DIR")
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    path = Path(folder) if folder else Path(base) / "runcomfy"
    try:
        content = json.loads((path / "token.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    token = content.get("access_token") if isinstance(content, dict) else None
    return token if isinstance(token, str) and token else None
