"""Reports a missing package, with the command that installs it with the same tool as the client itself."""

from __future__ import annotations

import json as _json
import sys

from runcomfy_client._core.install_hint import install_command


def report_missing_extra(package: str, *, json: bool) -> int:
    """Print that a package is missing, and return the exit code."""
    what = f'runcomfy-py needs the extra "cli" of runcomfy-client: the package {package} is not installed.'
    command = install_command("cli")
    if json:
        print(_json.dumps({"error": {"kind": "MissingPackage", "message": what, "next_step": command}, "exit_code": 69}))
    else:
        print(f"{what}\n\n    {command}\n", file=sys.stderr)
    return 69
