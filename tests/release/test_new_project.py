"""A new project, from an empty folder to a release of the whole catalog of the simulator, with the commands of the README."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client.simulator import Simulator

from codegen.cli import main

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    \.venv/bin/runcomfy-codegen (.* catalog/.*)$", README, re.MULTILINE)
MODELS = 500


def entry(number: int) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string", "maxLength": 2000 + number},
            "duration": {"type": "integer", "default": 5, "minimum": 1, "maximum": 15},
            "image_url": {"type": "string", "format": "image_uri"},
        },
    }
    unit = ("second", "output", "image")[number % 3]
    published = {"base_price_usd": number / 1000, "price_unit": unit, "pricing_note": "By the catalog."}
    return {"model_id": f"vendor-{number % 20}/m-{number:03}/text-to-video", **published, "input_schema": schema}


def test_the_commands_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert [command.split()[0] for command in COMMANDS] == ["pull", "build", "diff", "release"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNCOMFY_API_TOKEN", "test")
    with Simulator([entry(number) for number in range(MODELS)]).serve() as server:
        monkeypatch.setenv("RUNCOMFY_BASE_URL", server.base_url)
        output = {}
        for command in [*COMMANDS, COMMANDS[0]]:
            assert main(shlex.split(command)) == 0, capsys.readouterr().err
            output[command.split()[0]] = capsys.readouterr().out.splitlines()[-1]
    assert output == {
        "pull": f"0 new, {MODELS} unchanged",
        "build": f"{MODELS} models in catalog/client: {2 * MODELS + len(shared_files())} files written, 0 removed",
        "diff": "no changes for callers of the client",
        "release": "next version: 0.1.0 (the first release)",
    }


def shared_files() -> list[Path]:
    """Return the files of a client that do not belong to a model."""
    client = Path("catalog/client")
    own = {path for folder in ("models", "schemas") for path in (client / "runcomfy_client" / folder).rglob("text_to_video.*")}
    return [path for path in client.rglob("*") if path.is_file() and path not in own and path.name != ".runcomfy-codegen.cache"]
