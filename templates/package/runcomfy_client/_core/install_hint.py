"""Builds the command that installs an extra of the client in the same way as the client itself was installed."""

from __future__ import annotations

import json
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from urllib.parse import urlsplit
from urllib.request import url2pathname


def install_command(extra: str) -> str:
    """Return the command that adds an extra to the running client."""
    try:
        return command_for(extra, distribution("runcomfy-client").read_text("direct_url.json"))
    except PackageNotFoundError:  # the package is not installed, but imported from a folder on sys.path
        return command_for(extra, None)


def command_for(extra: str, origin: str | None) -> str:
    """Return the command. `origin` is pip's `direct_url.json`, which exists for a package that was not installed from an index."""
    try:
        direct_url = json.loads(origin or "{}")
        url = urlsplit(direct_url.get("url", ""))
        if url.scheme == "file" and "dir_info" in direct_url:
            editable = "--editable " if direct_url["dir_info"].get("editable") else ""
            return f"pip install {editable}{shlex.quote(f'{url2pathname(url.path)}[{extra}]')}"
    except (ValueError, AttributeError):
        pass  # not in pip's format; install by name
    return f'pip install "runcomfy-client[{extra}]"     # in a checkout: pip install "./generated[{extra}]"'
