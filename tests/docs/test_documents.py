"""Every command of README and CONTRIBUTING, and every example of README and the pages about client and simulator, runs in a copy of
the project and against the simulator.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from runcomfy_client.simulator import Simulator

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = [README, *((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("client", "simulator"))]
EXAMPLES = [text for page in PAGES for text in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)]
PROSE = re.sub(r"^```.*?^```", "", README + CONTRIBUTING, flags=re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^    ((?:make|pip|python|runcomfy-py|\.venv/bin)\b.*?|\.venv/bin/.*?)(?:\s{2,}#.*)?$", PROSE, re.MULTILINE)
PAGE = """Run it:
curl --request POST --url https://model-api.runcomfy.net/v1/models/acme/page \\
  --data '{"prompt": "a"}'
{"type": "object", "required": ["prompt"], "properties": {"prompt": {"type": "string", "default": "a"}}}
{"output": {"type": "object", "properties": {"image": {"type": "string", "format": "uri"}}}}
"""
CATALOG = (
    '{"models": [{"model_id": "acme/entry", "input_schema": {"type": "object", "properties": {"seed": {"type": "integer"}}}}]}'
)
GENERATOR = """
import contextlib, io, json, sys
from codegen.cli import main
for line in sys.stdin:
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = main(json.loads(line))
    print(json.dumps([code, output.getvalue()]), flush=True)
"""
SCHEMA = '{"type": "object", "properties": {"prompt": {"type": "string"}}}'


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the project with a `.venv` that refers to this interpreter, and the files that the commands need."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in listed.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    as_anyone = ["-c", "user.name=anyone", "-c", "user.email=anyone@example.com"]
    for words in (["init", "-q"], ["add", "-A"], [*as_anyone, "commit", "-qm", "A copy"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    tools = folder / ".venv" / "bin"
    tools.mkdir(parents=True)
    for tool, module in (("python", ""), ("runcomfy-codegen", "-m codegen")):
        (tools / tool).write_text(f'#!/bin/sh\nPYTHONPATH="{folder}:{folder}/generated" exec {sys.executable} {module} "$@"\n')
        (tools / tool).chmod(0o755)
    (folder / ".venv" / ".ready").touch()
    for name, text in (("page.txt", PAGE), ("catalog.json", CATALOG), ("schema.json", SCHEMA)):
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def generator(copy: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the generator of the copy. `make build` starts it as a program; here, one process runs all commands."""
    words = [str(copy / ".venv" / "bin" / "python"), "-c", GENERATOR]
    with subprocess.Popen(words, cwd=copy, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


def environment(**more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RUNCOMFY", "PYTEST", "MAKE"))}
    return {**kept, **more}


def test_the_documents_contain_the_tested_examples() -> None:
    assert len(EXAMPLES) >= 6 and len(COMMANDS) >= 12


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.strip().splitlines()[-1][:40])
def test_example(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("RUNCOMFY")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with Simulator(seconds_in_queue=0, seconds_running=0).serve() as server:
        monkeypatch.setenv("RUNCOMFY_BASE_URL", server.base_url)
        exec(compile(example, "example", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize("command", [word for word in COMMANDS if word.startswith((".venv/bin/python", "make demo", "make build"))])
def test_command_of_the_project(command: str, copy: Path) -> None:
    ran = subprocess.run(
        shlex.split(command), cwd=copy, env=environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if command == "make demo":
        assert "completed" in ran.stdout and list((copy / "clips").glob("*.mp4"))


def test_commands_of_the_generator(generator: subprocess.Popen[str]) -> None:
    """All of them, in the order of the documents: one may need what an earlier one has written."""
    assert generator.stdin is not None and generator.stdout is not None
    for command in COMMANDS:
        if not command.startswith(".venv/bin/runcomfy-codegen ") or command.endswith(" pull") or " catalog/" in command:
            continue  # tests/pull and tests/release run `pull` against a catalog server
        generator.stdin.write(f"{json.dumps(shlex.split(command)[1:])}\n")
        generator.stdin.flush()
        code, output = json.loads(generator.stdout.readline())
        assert code == 0, (command, output)


@pytest.mark.parametrize("command", ["make test", "make accept"])
def test_command_that_tests(command: str, copy: Path) -> None:
    assert command in COMMANDS
    ran = subprocess.run(
        [*shlex.split(command), "-o", "lint", "-o", "types"],
        cwd=copy,
        env=environment(PYTEST_ADDOPTS="--collect-only tests/test_cases.py"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0 and "test_cases.py" in ran.stdout, ran.stdout + ran.stderr


def test_commands_that_install(copy: Path, tmp_path: Path) -> None:
    """All together, since they differ only in their extras, and pip then builds the package once."""
    wanted = [word for command in COMMANDS if command.startswith("pip install") for word in shlex.split(command)[2:]]
    assert len(wanted) > 3
    offline = ["--no-compile", "--no-deps", "--no-index", "--no-build-isolation", "--target", str(tmp_path)]
    ran = subprocess.run(
        [sys.executable, "-m", "pip", "install", *wanted, *offline], cwd=copy, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    [installed] = metadata.distributions(name="runcomfy-client", path=[str(tmp_path)])
    extras = re.findall(r"\[(\w+)\]", " ".join(wanted))
    assert extras and {*extras} <= {*installed.metadata.get_all("Provides-Extra", [])}
    assert (tmp_path / "runcomfy_client" / "py.typed").is_file()
    assert (tmp_path / "runcomfy_client" / "simulator" / "media" / "sample.mp4").is_file()


@pytest.mark.parametrize("command", [word for word in COMMANDS if word.startswith("python -m")])
def test_command_that_serves(command: str, tmp_path: Path) -> None:
    words = [sys.executable, *shlex.split(command)[1:]]
    with subprocess.Popen(words, cwd=tmp_path, env=environment(PYTHONUNBUFFERED="1"), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        output = next(line for line in server.stdout if "RUNCOMFY_BASE_URL=" in line)
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0
    assert "http://127.0.0.1:" in output


def test_command_that_opens_a_page(tmp_path: Path) -> None:
    assert "runcomfy-py playground" in COMMANDS
    words = [sys.executable, "-m", "runcomfy_client", "playground"]
    shown = environment(HOME=str(tmp_path), BROWSER="true", PYTHONUNBUFFERED="1")
    with subprocess.Popen(words, cwd=tmp_path, env=shown, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None and server.stdout.readline().startswith("http://127.0.0.1:")
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=30) == 0


@pytest.mark.parametrize(
    "command",
    [
        word
        for word in COMMANDS
        if word.startswith("runcomfy-py") and " photo.png" not in word and " playground" not in word  # tests/files has the bucket
    ],
)
def test_command_at_the_terminal(command: str, tmp_path: Path) -> None:
    line = {
        "model": "kling/kling-3.0/standard/image-to-video",
        "inputs": {"prompt": "a", "start_image_url": "https://example.com/a.png"},
    }
    (tmp_path / "jobs.jsonl").write_text(f"{json.dumps(line)}\n")
    words = [sys.executable, "-m", "runcomfy_client", *shlex.split(command)[1:]]
    with Simulator(seconds_in_queue=0, seconds_running=0).serve() as server:
        shown = environment(RUNCOMFY_BASE_URL=server.base_url)
        ran = subprocess.run(words, cwd=tmp_path, env=shown, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0 and "Traceback" not in ran.stderr, ran.stdout + ran.stderr


def test_command_that_measures(copy: Path) -> None:
    assert "make bench" in COMMANDS
    output = subprocess.run(["make", "-n", "bench"], cwd=copy, capture_output=True, text=True, check=True).stdout
    named = [line.rpartition(" ")[2] for line in output.splitlines() if "-m benchmarks" in line]
    assert named == ["generator", "imports", "client", "polling", "batch", "fleet", "cli"]
    assert all((copy / "benchmarks" / name).is_dir() for name in named)


def test_every_command_is_tested() -> None:
    known = (
        ".venv",
        "make demo",
        "make build",
        "make test",
        "make accept",
        "make bench",
        "make screenshots",
        "make dist",
        "make docs",
        "make setup",
        "pip install",
        "python -m",
        "runcomfy-py",
    )
    assert [command for command in COMMANDS if not command.startswith(known)] == []
