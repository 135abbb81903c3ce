"""Reports a missing package, with the command that installs it."""

from __future__ import annotations

import json as _json
import sys

from runcomfy_client._core.install_hint import install_command


def report_missing_extra(package: str, *, json: bool) -> int:
    """Print that a package is missing, and return the exit code."""
    message = f'runcomfy-py needs the extra "cli" of runcomfy-client: the package {package} is not installed.'
    command = install_command("cli")
    if json:
        print(_json.dumps({"error": {"kind": "MissingPackage", "message": message, "next_step": command}, "exit_code": 69}))
    else:
        print(f"{message}\n\n    {command}\n", file=sys.stderr)
    return 69
