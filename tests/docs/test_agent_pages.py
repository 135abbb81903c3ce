"""The pages for agents: their commands and programs run, their links are valid, and they are complete."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from runcomfy_client.cli import main
from runcomfy_client.mcp.config import CLIENTS
from runcomfy_client.mcp.server import _TOOLS
from runcomfy_client.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
GUIDE, PAGE, INDEX = ((ROOT / name).read_text(encoding="utf-8") for name in ("docs/agents.md", "AGENTS.md", "llms.txt"))
PROGRAMS = re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    *re.findall(r"^(runcomfy-py mcp config .*)$", GUIDE, re.MULTILINE),
    *(line for line in re.findall(r"^    (runcomfy-py .*?)(?:\s{2,}#.*)?$", PAGE, re.MULTILINE) if "REQUEST_ID" not in line),
]
JOB = '{"model": "wan-ai/wan-2.7/text-to-image", "inputs": {"prompt": "Noon."}}\n'


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use an empty folder, without a token or settings."""
    for name in [name for name in os.environ if name.startswith("RUNCOMFY")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("jobs.jsonl").write_text(JOB)
    code = main(shlex.split(command)[1:])
    output = capsys.readouterr()
    assert code == 0 and output.out and "Traceback" not in output.err, output.out + output.err


@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Simulator(seconds_in_queue=0, seconds_running=0).serve() as server:
        monkeypatch.setenv("RUNCOMFY_BASE_URL", server.base_url)
        ran = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and "99 is more than the maximum" in ran.stdout, ran.stderr


@pytest.mark.parametrize(("page", "folder"), [(GUIDE, "docs"), (PAGE, ""), (INDEX, "")])
def test_links_are_valid(page: str, folder: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page) if "://" not in link]
    assert all((ROOT / folder / link).exists() for link in links)


def test_every_tool_client_and_page_is_named() -> None:
    assert all(f"| `{function.__name__}` |" in GUIDE for function, _title, _annotations in _TOOLS)
    assert all(client in GUIDE for client in CLIENTS)
    guides = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert guides <= set(re.findall(r"\]\(([^)]+)\)", INDEX))


def test_the_page_is_one_page() -> None:
    assert PAGE.count("\n") < 70 and "Never repeat a submit whose outcome is unknown" in PAGE
