"""The command that installs an extra of the client, in the way in which the client itself was installed."""

from __future__ import annotations

import json
import shlex
from importlib.metadata import PackageNotFoundError, distribution
from urllib.parse import urlsplit
from urllib.request import url2pathname


def install_command(extra: str) -> str:
    """Return the command that adds an extra to the client that runs."""
    try:
        return command_for(extra, distribution("runcomfy-client").read_text("direct_url.json"))
    except PackageNotFoundError:  # it runs out of a folder on the path
        return command_for(extra, None)


def command_for(extra: str, origin: str | None) -> str:
    """Return the command. `origin`: what pip has noted of a package that came from no index, as JSON."""
    try:
        noted = json.loads(origin or "{}")
        url = urlsplit(noted.get("url", ""))
        if url.scheme == "file" and "dir_info" in noted:
            editable = "--editable " if noted["dir_info"].get("editable") else ""
            return f"pip install {editable}{shlex.quote(f'{url2pathname(url.path)}[{extra}]')}"
    except (ValueError, AttributeError):
        pass  # a note that pip did not write; then by name
    return f'pip install "runcomfy-client[{extra}]"     # in a checkout: pip install "./generated[{extra}]"'
