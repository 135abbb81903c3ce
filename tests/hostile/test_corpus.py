"""Every hostile input has the result in the table: safe code that matches the schema, or an error with a position."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codegen.emit.allowlist import check_module
from codegen.values.codes import CODES
from tests.hostile.class_facts import exact_sent, expected_facts
from tests.hostile.input_table import BUILDING, CASES, REFUSED, Case

ROOT = Path(__file__).resolve().parents[2]
PORT = b"58917"
LONGEST = 10.0
"""Seconds that any input may take."""
LARGEST = 2**30
"""Bytes of memory that all of them may take."""
SAME = ["--schemas", "schemas", "--output", "client"]
NOISE = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "error"}


def ask(module: str, given: str, *paths: Path) -> Any:
    """Run a module in a separate process; return its JSON output."""
    inherited = {key: value for key, value in os.environ.items() if key != "HOSTILE_CANARY"}
    environment = {**inherited, **NOISE, "PYTHONPATH": os.pathsep.join(map(str, (*paths, ROOT)))}
    done = subprocess.run([sys.executable, "-m", module], input=given, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write_case(case: Case, folder: Path, content: bytes) -> list[str]:
    """Write the files of a case; return the command to run on it."""
    (folder / "schemas" / "models" / "hostile").mkdir(parents=True, exist_ok=True)
    if case.level == "document":
        (folder / f"{case.id}.json").write_bytes(content)
        return ["add", f"{case.id}.json", "--schemas", "schemas"]
    (folder / "schemas" / "models" / "hostile" / f"{case.id}.json").write_bytes(content)
    return ["build", *SAME]


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def audited(work: Path, listener: socket.socket) -> dict[str, Any]:
    """Run all commands: one that fails for each rejected case, and one build of all others."""
    port = str(listener.getsockname()[1]).encode()
    jobs = []
    for case in REFUSED:
        jobs.append(
            (
                case.id,
                str(work / case.id),
                [*write_case(case, work / case.id, case.content.replace(PORT, port)), "--format", "json"],
                False,
            )
        )
    for case in BUILDING:
        arguments = write_case(case, work / "all", case.content)
        if case.level == "document":
            jobs.append((case.id, str(work / "all"), arguments, True))
    jobs.append(("all", str(work / "all"), ["build", *SAME], True))
    before = {case.id: contents(work / case.id) for case in REFUSED}
    found: dict[str, Any] = ask("tests.hostile.audited_run", json.dumps(jobs))
    return found | {"changed": [case.id for case in REFUSED if contents(work / case.id) != before[case.id]]}


@pytest.fixture(scope="module")
def documents(work: Path, audited: dict[str, Any]) -> dict[str, Any]:
    """Return the released schema documents of the build, by model id."""
    assert audited["runs"]["all"]["code"] == 0, audited["runs"]["all"]["err"]
    found = [json.loads(path.read_text("utf-8")) for path in (work / "all/client/runcomfy_client/schemas").rglob("*.json")]
    return {document["model_id"]: document for document in found}


@pytest.fixture(scope="module")
def imported(work: Path, documents: dict[str, Any]) -> Any:
    """Return the results of importing and using all models of the build."""
    return ask("tests.hostile.import_run", "\n".join(map(json.dumps, documents.values())), work / "all/client")


def expected_schemas(case: Case) -> dict[str, dict[str, Any]]:
    """Return the input schemas of a case by model id, as written."""
    given = json.loads(case.content)
    match case.level:
        case "raw":
            return {case.model_id: given}
        case "schema":
            return {case.model_id: given["input_schema"]}
        case _:
            return {entry["model_id"]: entry["input_schema"] for entry in given["models"]}


def test_the_table_lists_all_inputs() -> None:
    assert len(CASES) == len({case.id for case in CASES}) == 109
    stored = {path.stem for path in (Path(__file__).parent / "cases").iterdir()}
    assert stored <= {case.id for case in CASES}
    for case in CASES:
        assert case.builds or case.does in CODES
        assert case.asked == "either" or case.builds == (case.asked == "code")


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.id)
def test_an_error_has_the_expected_position_and_no_side_effects(case: Case, audited: dict[str, Any]) -> None:
    run = audited["runs"][case.id]
    assert run["code"] == 2 and run["err"] == "", run
    assert run["unexpected"] == []
    assert case.id not in audited["changed"]
    assert run["seconds"] < LONGEST
    errors = [found for found in json.loads(run["out"])["diagnostics"] if found["severity"] == "error"]
    assert all(found["file"].endswith(f"{case.id}.json") and found["message"] and found["help"] for found in errors)
    assert any(found["code"] == case.does and is_at(found, case) for found in errors), errors


def is_at(found: dict[str, Any], case: Case) -> bool:
    """Return True if a diagnostic is at the position in the table, or just above or below it."""
    if case.place.startswith("line "):
        return f"line {found['line']}" == case.place
    if not case.place.startswith("/"):
        return case.place in found["message"]
    pointer = found["pointer"].removeprefix("/input_schema" if case.level == "schema" else "")
    wanted = case.place.rstrip("/")
    return bool(pointer == wanted or pointer.startswith(f"{wanted}/") or (wanted.startswith(f"{pointer}/") and pointer))


def test_no_input_needs_much_time_or_memory(audited: dict[str, Any]) -> None:
    assert audited["runs"]["all"]["seconds"] < LONGEST
    assert audited["bytes"] < LARGEST


def test_no_network_connection_was_made(audited: dict[str, Any], listener: socket.socket) -> None:
    assert audited["canary"] is None
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_building_all_other_inputs_writes_only_to_the_output_folder(audited: dict[str, Any], work: Path) -> None:
    for name, run in audited["runs"].items():
        if name not in {case.id for case in REFUSED}:
            assert run["code"] == 0 and run["unexpected"] == [], (name, run)
    assert {path.name for path in work.iterdir()} == {case.id for case in REFUSED} | {"all"}
    assert {path.name for path in (work / "all").iterdir()} <= {"schemas", "client"} | {f"{case.id}.json" for case in BUILDING}


def test_every_module_passes_the_allowlist(documents: dict[str, Any], work: Path) -> None:
    modules = [path for path in (work / "all/client/runcomfy_client/models").rglob("*.py") if path.name != "_index.py"]
    assert len(modules) >= len(documents)
    for path in modules:
        if path.name != "__init__.py":
            check_module(path.name, path.read_text("utf-8").partition("\n")[2])


@pytest.mark.parametrize("case", BUILDING, ids=lambda case: case.id)
def test_generated_classes_match_their_schemas(case: Case, documents: dict[str, Any], imported: Any) -> None:
    for model_id, schema in expected_schemas(case).items():
        found = imported["models"][model_id]
        assert found["facts"] == expected_facts(schema, schema)
        assert found["sample"] is True
        shipped = documents[model_id]["input_schema"]["properties"]
        assert list(shipped) == list(schema["properties"])
        for wire, sent in found["sent"].items():
            given = [value for value in [*shipped[wire].get("enum", []), shipped[wire].get("default")] if value is not None]
            assert sent == [exact_sent(value, shipped[wire]) for value in given]


def test_importing_the_modules_runs_no_schema_text(imported: Any) -> None:
    assert imported["canary"] is None


def test_no_pattern_is_slow(imported: Any) -> None:
    assert max(imported["slow"].values()) < 0.1


def test_class_names_do_not_come_from_titles(imported: Any) -> None:
    titled = [case.model_id for case in BUILDING if "_title_" in case.id]
    assert len(titled) == 7
    for model_id in titled:
        words = model_id.partition("/")[2].split("_")
        assert imported["models"][model_id]["class"] == "".join(word.capitalize() for word in words)
