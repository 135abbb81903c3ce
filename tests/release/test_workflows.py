"""The workflows are valid, have no known vulnerabilities, and pin actions by commit; the script of the weekly refresh runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from codegen.cli import main

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS: dict[str, Any] = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}


def check(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def schema_check(*files: Path) -> subprocess.CompletedProcess[str]:
    tool = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    return check(sys.executable, *tool, *files)


def test_workflows_match_their_json_schema(tmp_path: Path) -> None:
    assert set(WORKFLOWS) == {"ci", "refresh", "release"}
    output = schema_check(*FILES)
    assert output.returncode == 0, output.stdout
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(FILES[0].read_text().replace("runs-on:", "runs_on:"))
    assert schema_check(wrong).returncode == 1


def test_workflows_have_no_known_vulnerability(tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("zizmor")
    output = check(tool, "--offline", "--quiet", *FILES)
    assert output.returncode == 0, output.stdout
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "wrong.yml").write_text(re.sub(r"checkout@\w+ # v[\d.]+", "checkout@v4", FILES[0].read_text()))
    assert "unpinned-uses" in check(tool, "--offline", "--quiet", "--no-progress", folder / "wrong.yml").stdout


def test_each_action_is_pinned_to_the_same_commit_everywhere() -> None:
    uses = [line for path in FILES for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    found = {re.fullmatch(r"\s*(?:- )?uses: ([\w/-]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+", line) for line in uses}
    assert None not in found
    pins = {(pin[1], pin[2]) for pin in found if pin}
    assert len(pins) == len({action for action, _ in pins}) >= 4


def steps() -> list[Any]:
    return [step for workflow in WORKFLOWS.values() for job in workflow["jobs"].values() for step in job["steps"]]


def test_workflows_run_existing_scripts() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for script in (step["run"] for step in steps() if "run" in step):
        assert check("bash", "-n", "-c", script).returncode == 0, script
        assert set(re.findall(r"\bmake ([a-z-]+)", script)) <= targets
        for path in re.findall(r"(?<![\w/])\.ci/\w+", script):
            assert os.access(ROOT / path, os.X_OK), path


def test_every_check_of_the_makefile_runs_in_ci() -> None:
    output = [step["run"] for job in WORKFLOWS["ci"]["jobs"].values() for step in job["steps"] if "run" in step]
    assert {f"make {target}" for target in ("lint", "types", "check", "coverage", "test-fast", "test-lowest", "dist")} <= set(
        output
    )
    assert ".ci/run" in output  # which is `make test`


def test_only_the_last_job_may_write_and_publishing_requires_approval() -> None:
    for workflow in ("refresh", "release"):
        assert WORKFLOWS[workflow]["permissions"] == {}
        first, last = WORKFLOWS[workflow]["jobs"].values()
        assert first["permissions"] == {"contents": "read"}
        assert not any("run" in step and ("make" in step["run"] or "pip" in step["run"]) for step in last["steps"])
    publish = WORKFLOWS["release"]["jobs"]["publish"]
    assert (publish["environment"], publish["permissions"]) == ("pypi", {"id-token": "write"})
    assert publish["steps"][-1]["with"] == {"attestations": True}


def entry(number: int, **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"prompt": {"type": "string"}}}
    return {"model_id": f"acme/m-{number}", "display_name": f"M {number}", "input_schema": schema, **more}


@contextmanager
def served(page: Any) -> Iterator[str]:
    """Serve one page of a catalog; yield its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(page).encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def refresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a repository with a client of the first models, and a function that runs the script in it with a catalog."""
    monkeypatch.chdir(tmp_path)
    for number in range(12):
        path = tmp_path / "schemas" / "models" / "acme" / f"m-{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**entry(number), "source": "catalog", "captured": "2026-01-01"}))
    assert main(["build", "--schemas", "schemas", "--output", "generated"]) == 0
    for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@example.com commit -qm first"):
        subprocess.run(["git", *words.split()], check=True)

    def run(entries: list[Any]) -> subprocess.CompletedProcess[str]:
        subprocess.run("git checkout -q . && git clean -qfd", shell=True, check=True)
        with served({"models": entries, "total": len(entries), "limit": 100, "offset": 0}) as url:
            settings = {"CODEGEN": f"{sys.executable} -m codegen", "PYTHONPATH": str(ROOT), "RUNCOMFY_BASE_URL": url}
            here = {**os.environ, **settings, "RUNCOMFY_API_TOKEN": "t"}
            return subprocess.run([ROOT / ".ci" / "refresh"], env=here, capture_output=True, text=True, check=False, timeout=60)

    return run


def test_the_script_of_the_refresh(refresh: Any, tmp_path: Path) -> None:
    entries = [entry(number) for number in range(12)]
    ran = refresh(entries)
    assert (ran.returncode, (tmp_path / "refresh" / "changed").read_text()) == (0, "false\n"), ran.stderr
    required = {**entries[0]["input_schema"], "required": ["prompt"]}
    ran = refresh([entry(0, input_schema=required), *entries[1:], entry(12), entry(13, model_id="acme/M_0")])
    assert ran.returncode == 0, ran.stdout + ran.stderr
    output = {name: (tmp_path / "refresh" / name).read_text() for name in ("changed", "breaking", "body.md")}
    assert (output["changed"], output["breaking"]) == ("true\n", "true\n")
    assert "### Breaking\n\n- `acme/m-0`" in output["body.md"] and "`M12` is new" in output["body.md"]
    assert "### Invalid, not changed" in output["body.md"] and "RC601" in output["body.md"]
    assert (tmp_path / "generated" / "runcomfy_client" / "models" / "acme" / "m_12.py").is_file()
    ran = refresh(entries[:3])
    assert ran.returncode == 2 and "looks like an outage" in ran.stdout
    assert not (tmp_path / "refresh" / "changed").exists()
