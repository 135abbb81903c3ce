"""The page on fleets, its manifests, and the figures that stand in both."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import runcomfy_client.batch
import yaml
from runcomfy_client.batch.fleet import worker
from runcomfy_client.batch.fleet.database import FILE_VARIABLE
from runcomfy_client.batch.fleet.schema import TABLES
from runcomfy_client.batch.local_files import TABLE as INPUTS
from runcomfy_client.batch.records import COLUMNS
from runcomfy_client.batch.records import TABLES as SQLITE_TABLES
from runcomfy_client.simulator import Simulator

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/fleet.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
MANIFEST, COMPOSE = ROOT / "docs/fleet/kubernetes.yaml", ROOT / "docs/fleet/compose.yaml"
JOB = '{"model": "wan-ai/wan-2.7/text-to-image", "inputs": {"prompt": "Noon."}}\n'


def test_the_manifest_is_valid_and_gives_a_worker_the_time_it_needs() -> None:
    import kubernetes_validate  # type: ignore[import-untyped]

    manifest: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    kubernetes_validate.validate(manifest, "1.33", strict=True)
    spec = manifest["spec"]["template"]["spec"]
    assert spec["terminationGracePeriodSeconds"] >= worker.GRACE + 3 * worker._SHUTDOWN_STEP
    assert manifest["spec"]["selector"]["matchLabels"].items() <= manifest["spec"]["template"]["metadata"]["labels"].items()
    (container,) = spec["containers"]
    assert container["command"] == ["runcomfy-py", "worker", "--stay"]
    assert FILE_VARIABLE in {one["name"] for one in container["env"]}
    assert "postgresql://" not in str(container), "the address of the database is a secret"


def test_the_compose_file_is_valid() -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    assert services["worker"]["command"] == ["worker", "--stay"] and services["worker"]["stop_grace_period"] == "30s"


@pytest.mark.parametrize("number", [0, 1])
def test_programs_of_the_page_run(number: int, database: str, tmp_path: Path) -> None:
    (tmp_path / "jobs.jsonl").write_text(JOB)
    with Simulator(seconds_in_queue=0, seconds_running=0).serve() as server:
        environment = {"RUNCOMFY_BASE_URL": server.base_url, "RUNCOMFY_DATABASE": database, "PATH": "", "HOME": str(tmp_path)}
        words = [sys.executable, "-W", "error", "-c", PROGRAMS[number]]
        ran = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "1 downloaded" in ran.stdout if number == 0 else len(ran.stdout.strip()) == 36


@pytest.mark.parametrize("number", [2, 3])
def test_programs_for_other_engines_are_complete(number: int) -> None:
    """Celery and Airflow are not installed here: the code is parsed, and what it takes from this package exists."""
    tree = ast.parse(PROGRAMS[number])
    taken = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "runcomfy_client.batch"
        for alias in node.names
    }
    assert {"pay_once", "open_ledger", "Paid"} <= taken and all(hasattr(runcomfy_client.batch, name) for name in taken)
    assert "retr" in PROGRAMS[number] and len(PROGRAMS) == 4


def columns(tables: str, name: str) -> set[str]:
    """The columns of a table in a text of SQL."""
    body = re.search(rf"TABLE (?:IF NOT EXISTS )?{name} \((.*?)\n\);", tables, re.DOTALL)
    assert body is not None
    return {line.split()[0] for line in body[1].strip().splitlines()} - {"PRIMARY"}


@pytest.mark.parametrize("name", ["jobs", "events", "files", "attempts", "inputs"])
def test_both_databases_have_the_same_tables(name: str) -> None:
    ours = columns(SQLITE_TABLES + INPUTS, name)
    assert columns(TABLES, name) - ours <= {"batch", "worker"} and ours <= columns(TABLES, name)
    assert name != "jobs" or set(COLUMNS.split(", ")) == ours
