"""`runcomfy-py mcp`: settings for clients, the list of quotes, and messages about missing requirements."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client.cli import main
from runcomfy_client.mcp.config import CLIENTS
from runcomfy_client.simulator import Drop, Fault

from tests.mcp.harness import NEVER, connected_client, running_server, simulate

OPTIONS = ["--max-usd", "2.50", "--max-submits", "7", "--confirm", "over:0.5", "--allow-unpriced"]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = int(main(list(words)))
    output = capsys.readouterr()
    return code, output.out, output.err


@pytest.mark.parametrize("client", CLIENTS)
def test_settings_start_the_server_with_the_options(client: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["mcp", "config", client, *OPTIONS, "--out", str(tmp_path), "--files", str(tmp_path)]
    code, out, _err = run(capsys, *words)
    assert code == 0
    entry = read_entry(client, out)
    args = entry["args"]
    wanted = [*OPTIONS[:6], "--allow-unpriced", "--files", str(tmp_path), "--out", str(tmp_path)]
    assert args[args.index("mcp") + 1 :] == wanted
    assert Path(entry["command"]).is_absolute() and entry["env"] == {"RUNCOMFY_API_TOKEN": "YOUR_API_TOKEN"}


def read_entry(client: str, out: str) -> dict[str, Any]:
    """Parse the settings as the client does."""
    if client == "claude-code":
        import shlex

        words = shlex.split(out)
        assert words[:4] == ["claude", "mcp", "add", "runcomfy"]
        mark = words.index("--")
        assert words[4:mark] == ["--env", "RUNCOMFY_API_TOKEN=YOUR_API_TOKEN"]
        return {"command": words[mark + 1], "args": words[mark + 2 :], "env": {"RUNCOMFY_API_TOKEN": "YOUR_API_TOKEN"}}
    if client == "codex":
        return dict(tomllib.loads(out)["mcp_servers"]["runcomfy"])
    found = json.loads(out)
    return dict(next(iter(found.values()))["runcomfy"])


def test_settings_for_the_simulator_need_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = run(capsys, "mcp", "config", "cursor", "--simulate", "--json")
    output = json.loads(out)
    entry = json.loads(output["text"])["mcpServers"]["runcomfy"]
    assert code == 0 and "env" not in entry and entry["args"][-1] == "--simulate" and "mcp.json" in output["where"]


@pytest.mark.parametrize(
    "words",
    [
        ["mcp", "--max-usd", "lots"],
        ["mcp", "--max-usd", "-1"],
        ["mcp", "--max-usd", "nan"],
        ["mcp", "--max-submits", "-1"],
        ["mcp", "--confirm", "maybe"],
        ["mcp", "--files", "/no/such/folder"],
        ["mcp", "--http", "70000"],
        ["mcp", "config", "emacs"],
        ["mcp", "config"],
        ["mcp", "serve"],
    ],
)
def test_wrong_usage_is_reported(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *words)
    assert code == 64 and out == "" and "error:" in err


def test_a_missing_token_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RUNCOMFY_API_TOKEN", "RUNCOMFY_TOKEN", "RUNCOMFY_API_KEY", "YOUR_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "RUNCOMFY_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    code, _out, err = run(capsys, "mcp", "--out", str(tmp_path / "out"))
    assert code == 77 and "RUNCOMFY_API_TOKEN" in err and not (tmp_path / "out").exists()


def test_the_missing_extra_is_named_with_its_command() -> None:
    code = "import sys; sys.modules['mcp'] = None; from runcomfy_client.cli import main; sys.exit(main(['mcp', '--simulate']))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 69 and "Traceback" not in ran.stderr
    assert 'the extra "mcp"' in ran.stderr and "pip install " in ran.stderr and "[mcp]" in ran.stderr


def test_settings_need_no_extra() -> None:
    code = "import sys; sys.modules['mcp'] = None; from runcomfy_client.cli import main; sys.exit(main(['mcp', 'config', 'codex']))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and "[mcp_servers.runcomfy]" in ran.stdout


@pytest.mark.parametrize(
    "module", ["runcomfy_client", "runcomfy_client.client", "runcomfy_client.batch", "runcomfy_client.cli.app"]
)
def test_nothing_else_imports_the_sdk(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'mcp', 'uvicorn', 'starlette'}} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("options", "stage"), [(["--request-id", "found-it"], "submitted"), (["--requeue"], "planned"), (["--give-up"], "abandoned")]
)
def test_a_person_resolves_an_unknown_quote(
    options: list[str], stage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulator = simulate(Fault("submit", Drop(accepted=True)))

    async def unknown() -> str:
        async with running_server(simulator, tmp_path, confirm=NEVER) as server, connected_client(server) as call:
            quote_id = await call.quote()
            assert (await call("submit", quote_id=quote_id))["state"] == "unknown"
            return quote_id

    quote_id = asyncio.run(unknown())
    code, out, err = run(capsys, "mcp", "quotes", "--out", str(tmp_path))
    assert code == 0 and f"{quote_id}  unknown" in out and "mcp resolve" in err
    assert run(capsys, "mcp", "resolve", quote_id, "--out", str(tmp_path))[0] == 64
    assert run(capsys, "mcp", "resolve", quote_id, *options, "--out", str(tmp_path))[:2] == (0, f"{quote_id} is {stage}\n")
    output = json.loads(run(capsys, "mcp", "quotes", "--out", str(tmp_path), "--json")[1])
    assert output["quotes"][0]["stage"] == stage
    code, _out, err = run(capsys, "mcp", "resolve", quote_id, "--give-up", "--out", str(tmp_path))
    assert code == 65 and "mcp quotes" in err


def test_a_folder_without_quotes_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _out, err = run(capsys, "mcp", "quotes", "--out", str(tmp_path))
    assert code == 65 and "no quotes" in err
