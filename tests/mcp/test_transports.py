"""The server as users start it: a process with stdio, or with HTTP and a secret; also if it is killed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.session import ElicitationFnT
from mcp.client.streamable_http import streamable_http_client
from runcomfy_client.batch import Stage
from runcomfy_client.cli import main
from runcomfy_client.quotes.book import read_quotes
from runcomfy_client.simulator import Delay, Fault, Reply

from tests.mcp.harness import ERAS, Elicit, ToolClient, agree, connected_client, simulate, submits

SECRET = "a-secret-of-the-tests-4711"


def environment(base_url: str, home: Path) -> dict[str, str]:
    """Return the environment of a user: a token, the API, and a new home folder."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RUNCOMFY", "PYTEST"))}
    return {**kept, "RUNCOMFY_BASE_URL": base_url, "RUNCOMFY_API_TOKEN": "test-token", "HOME": str(home), "PYTHONUNBUFFERED": "1"}


def stdio(base_url: str, out: Path, *words: str) -> StdioServerParameters:
    """Return the parameters with which a client starts the server. The server writes its process id to a file."""
    tool = [sys.executable, "-m", "runcomfy_client", "mcp", "--out", str(out), *words]
    script = f'echo $$ > "{out}.pid"; exec "$@"'
    return StdioServerParameters(command="sh", args=["-c", script, "sh", *tool], env=environment(base_url, out.parent))


async def live(call: ToolClient) -> str:
    """Run a job from quote to file; repeat the submit."""
    quote_id = await call.quote()
    submitted = await call("submit", quote_id=quote_id, confirm=True)
    assert (await call("submit", quote_id=quote_id, confirm=True))["request_id"] == submitted["request_id"]
    done = await call("job", request_id=submitted["request_id"], wait=20)
    assert done["state"] == "succeeded", done
    saved = await call("save", request_id=submitted["request_id"])
    assert Path(saved["files"][0]["path"]).stat().st_size > 0
    return str(submitted["request_id"])


@pytest.mark.parametrize("elicit", [None, agree])
@pytest.mark.parametrize("era", ERAS)
def test_a_job_over_stdio_with_faults(era: str, elicit: Elicit | None, tmp_path: Path) -> None:
    faults = [Fault("status", Reply(503), times=2), Fault("submit", Reply(429, retry_after=0)), Fault("download", Reply(500))]
    simulator = simulate(*faults, running=0.2)
    with simulator.serve() as server:

        async def main() -> str:
            async with connected_client(stdio(server.base_url, tmp_path / "out", "--max-submits", "3"), era, elicit) as call:
                assert len((await call.client.list_tools()).tools) == 8
                return await live(call)

        assert asyncio.run(main()) == simulator.accepted[0].request_id
    assert len(simulator.accepted) == 1


def test_a_killed_server_never_submits_twice(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Delay(2.0)), sleep=None)
    out = tmp_path / "out"
    with simulator.serve() as server:

        async def killed() -> str:
            async with connected_client(stdio(server.base_url, out, "--max-submits", "3"), ERAS[0]) as call:
                quote_id = await call.quote()
                submit = asyncio.create_task(call("submit", quote_id=quote_id, confirm=True))
                while not submits(simulator):
                    await asyncio.sleep(0.02)
                os.kill(int(Path(f"{out}.pid").read_text()), signal.SIGKILL)
                with pytest.raises(Exception):  # noqa: B017 - whatever the client makes of a server that has gone
                    await asyncio.wait_for(submit, 20)
                return quote_id

        async def again(quote_id: str) -> Any:
            async with connected_client(stdio(server.base_url, out, "--max-submits", "3"), ERAS[1]) as call:
                return await call("submit", quote_id=quote_id, confirm=True)

        quote_id = asyncio.run(killed())
        assert asyncio.run(again(quote_id))["state"] == "unknown"
    assert submits(simulator) == 1
    assert [one.row.stage for one in read_quotes(out)] == [Stage.UNKNOWN]


@contextmanager
def http_server(base_url: str, out: Path, **more: str) -> Iterator[tuple[str, str]]:
    """Run a server over HTTP; yield the URL and the secret that it prints."""
    words = [sys.executable, "-m", "runcomfy_client", "mcp", "--http", "0", "--out", str(out), "--max-submits", "3"]
    shown = {**environment(base_url, out.parent), **more}
    with subprocess.Popen(words, env=shown, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        url = re.search(r"http://\S+/mcp", process.stderr.readline())
        secret = re.search(r"Bearer (\S+)", process.stderr.readline())
        assert url
        try:
            yield url[0], more.get("RUNCOMFY_MCP_SECRET") or (secret[1] if secret else "")
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) in (0, 143)


@asynccontextmanager
async def http_client(url: str, secret: str, era: str, elicit: Elicit | None) -> AsyncIterator[ToolClient]:
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        async with Client(
            streamable_http_client(url, http_client=http), mode=era, elicitation_callback=cast("ElicitationFnT | None", elicit)
        ) as client:
            yield ToolClient(client)


def test_a_job_over_http_in_both_eras(tmp_path: Path) -> None:
    simulator = simulate(Fault("status", Reply(503), times=2), running=0.2)
    with simulator.serve() as server, http_server(server.base_url, tmp_path / "out") as (url, secret):
        assert url.startswith("http://127.0.0.1:") and len(secret) > 30

        async def main() -> list[str]:
            found = []
            for era, elicit in ((ERAS[0], agree), (ERAS[1], None), (ERAS[1], agree)):
                async with http_client(url, secret, era, elicit) as call:
                    found.append(await live(call))
            return found

        assert asyncio.run(main()) == [job.request_id for job in simulator.accepted]


def test_only_callers_with_the_secret_and_no_web_page_get_access(tmp_path: Path) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    simulator = simulate()
    with simulator.serve() as server, http_server(server.base_url, tmp_path / "out", RUNCOMFY_MCP_SECRET=SECRET) as (url, secret):
        good = {"Authorization": f"Bearer {secret}", "Accept": "application/json, text/event-stream"}

        def status(**headers: str) -> int:
            sent = {**good, **{name.replace("_", "-"): value for name, value in headers.items()}}
            return httpx.post(url, json=body, headers={name: value for name, value in sent.items() if value}).status_code

        assert [status(Authorization=one) for one in ("", "Bearer wrong", f"Basic {secret}", f"Bearer {secret}x", secret)] == [
            401
        ] * 5
        assert [status(Host=one) for one in ("evil.example.com", "evil.example.com:80", "127.0.0.1:1")] == [421] * 3
        assert [status(Origin=one) for one in ("https://evil.example.com", "null", "http://localhost.evil.com")] == [403] * 3
        assert status() not in (401, 403, 421)
    assert simulator.calls == ()


@pytest.mark.parametrize("secret", ["short", "with blanks in the middle", "ümläute-are-no-ascii-text"])
def test_an_invalid_secret_is_rejected(
    secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment("http://127.0.0.1:9", tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RUNCOMFY_MCP_SECRET", secret)
    assert main(["mcp", "--http", "0", "--out", str(tmp_path / "out")]) == 64
    error = capsys.readouterr().err
    assert "RUNCOMFY_MCP_SECRET" in error and secret not in error and "Traceback" not in error


def test_the_end_of_stdin_ends_the_server(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "runcomfy_client", "mcp", "--simulate", "--out", str(tmp_path / "out")]
    begun = time.monotonic()
    ran = subprocess.run(
        words, env=environment("http://127.0.0.1:9", tmp_path), input="", capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr
    assert time.monotonic() - begun < 50
