"""Says which package the tool lacks, with the command that installs it in the way in which the client itself was installed."""

from __future__ import annotations

import json as _json
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from urllib.parse import urlsplit
from urllib.request import url2pathname


def tell_missing(package: str, *, json: bool) -> int:
    """Say that a package is missing, and return the exit code."""
    what = f'runcomfy-py needs the extra "cli" of runcomfy-client: the package {package} is not installed.'
    command = install_command(_origin())
    if json:
        print(_json.dumps({"error": {"kind": "MissingPackage", "message": what, "next_step": command}, "exit_code": 69}))
    else:
        print(f"{what}\n\n    {command}\n", file=sys.stderr)
    return 69


def install_command(origin: str | None) -> str:
    """Return the command that adds the extra. `origin`: what pip has noted of a package that came from no index, as JSON."""
    try:
        noted = _json.loads(origin or "{}")
        url = urlsplit(noted.get("url", ""))
        if url.scheme == "file" and "dir_info" in noted:
            editable = "--editable " if noted["dir_info"].get("editable") else ""
            return f"pip install {editable}{shlex.quote(f'{url2pathname(url.path)}[cli]')}"
    except (ValueError, AttributeError):
        pass  # a note that pip did not write; then by name
    return 'pip install "runcomfy-client[cli]"     # in a checkout: pip install "./generated[cli]"'


def _origin() -> str | None:
    try:
        return distribution("runcomfy-client").read_text("direct_url.json")
    except PackageNotFoundError:  # it runs out of a folder on the path
        return None
