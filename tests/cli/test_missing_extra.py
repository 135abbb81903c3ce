"""If an extra package is missing, the tool prints a command that installs it in the same way as the client."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from runcomfy_client._core.install_hint import command_for
from runcomfy_client.cli.exit_codes import Exit


def without(package: str, *words: str) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.modules[{package!r}] = None; from runcomfy_client.cli import main; sys.exit(main({list(words)!r}))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["click", "rich"])
def test_a_missing_extra_is_reported_without_a_traceback(package: str) -> None:
    ran = without(package, "models")
    assert (ran.returncode, ran.stdout) == (Exit.UNAVAILABLE, "") and "Traceback" not in ran.stderr
    assert f"the package {package} is not installed" in ran.stderr and "    pip install " in ran.stderr and "[cli]" in ran.stderr


def test_as_json() -> None:
    ran = without("click", "models", "--json")
    output = json.loads(ran.stdout)
    assert (output["exit_code"], ran.returncode, ran.stderr) == (Exit.UNAVAILABLE, Exit.UNAVAILABLE, "")
    assert "[cli]" in output["error"]["next_step"]


def test_a_missing_simulator_extra_is_reported() -> None:
    ran = without("jsonschema", "status", "x", "--simulate")
    assert ran.returncode == Exit.UNAVAILABLE and "jsonschema" in ran.stderr and "Traceback" not in ran.stderr
    assert "[simulator]" in ran.stderr and "pip install " in ran.stderr


BY_NAME = 'pip install "runcomfy-client[cli]"     # in a checkout: pip install "./generated[cli]"'


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (None, BY_NAME),
        ('{"dir_info": {}, "url": "file:///home/me/my%20work/generated"}', "pip install '/home/me/my work/generated[cli]'"),
        ('{"dir_info": {"editable": true}, "url": "file:///src/generated"}', "pip install --editable '/src/generated[cli]'"),
        ('{"archive_info": {}, "url": "https://example.com/client.whl"}', BY_NAME),
        ('{"dir_info": 3, "url": "file:///src"}', BY_NAME),
        ("not json", BY_NAME),
        ("[]", BY_NAME),
    ],
)
def test_the_command_matches_the_way_of_installation(origin: str | None, command: str) -> None:
    assert command_for("cli", origin) == command
