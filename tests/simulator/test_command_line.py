"""`python -m runcomfy_client.simulator` runs until it is stopped, and reports errors without a traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.simulator.schema_documents import FILM, GOOD, TOKEN

COMMAND = [sys.executable, "-W", "error", "-m", "runcomfy_client.simulator"]


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    (tmp_path / "film.json").write_text(json.dumps(FILM), encoding="utf-8")
    return tmp_path


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Run the simulator; yield the process, its first output, and its address."""
    process = subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        said = "".join(iter(process.stdout.readline, "Stop with Ctrl-C.\n"))
        found = re.search(r"export RUNCOMFY_BASE_URL=(http://127\.0\.0\.1:\d+)\n", said)
        assert found, said
        yield process, said, found[1]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name == "nt", reason="signals of this kind cannot be sent on Windows")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_simulator_runs_until_it_is_stopped(schemas: Path, number: int) -> None:
    with running("--schemas", str(schemas), "--seconds-in-queue", "0", "--seconds-running", "0") as (process, said, base_url):
        assert said.startswith("Simulating 1 model: 0 s in the queue, 0 s to run.")
        links = httpx.post(f"{base_url}/v1/models/{FILM['model_id']}", json=GOOD, headers=TOKEN).json()
        assert httpx.get(links["result_url"], headers=TOKEN).json()["status"] == "succeeded"
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "\n2 calls, 1 job accepted.\n", "")


def test_faults_are_configured_on_the_command_line(schemas: Path) -> None:
    with running("--schemas", str(schemas), "--fault", "catalog:429,retry-after=3", "--fault", "balance:500") as (_, _, base_url):
        first, second = (httpx.get(f"{base_url}/v1/models", headers=TOKEN) for _ in range(2))
        assert (first.status_code, first.headers["retry-after"], second.status_code) == (429, "3", 200)
        assert httpx.get(f"{base_url}/prod/v2/balance", headers=TOKEN).status_code == 500


def failing(*options: str) -> tuple[int, str]:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--fault", "submit:explode"], 2, "write POINT:EFFECT"),
        (["--fault", "foo"], 2, "a fault is POINT:EFFECT"),
        (["--port", "http"], 2, "--port"),
        (["--port", "65536"], 2, "--port: '65536' is not a port: use an integer from 0 (a free port) to 65535"),
        (["--seconds-running", "-1"], 2, "--seconds-running: '-1' is not a number of seconds of 0 or more"),
        (["--seconds-in-queue", "nan"], 2, "--seconds-in-queue: 'nan' is not a number of seconds of 0 or more"),
        (["--host", "no-such-host.invalid"], 1, "error: --host no-such-host.invalid: "),
        (["--schemas", "no/such/folder"], 2, "no schema documents"),
        (["--host", "203.0.113.1"], 1, "error: --host 203.0.113.1: "),
    ],
)
def test_an_invalid_option_is_reported_in_one_line(options: list[str], code: int, words: str) -> None:
    returned, said = failing(*options)
    assert returned == code
    assert words in said


def test_a_port_in_use_is_reported_with_a_next_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        returned, said = failing("--port", str(port))
    assert (returned, said) == (1, f"error: port {port} is in use; --port 0 selects a free one\n")


def test_a_missing_jsonschema_is_reported_with_a_command() -> None:
    """A module that is None in `sys.modules` cannot be imported."""
    start = (
        "import runpy, sys; sys.modules['jsonschema'] = None; runpy.run_module('runcomfy_client.simulator', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", start], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: the simulator checks inputs with jsonschema, which is not installed: pip install ")
    assert "[simulator]" in line
