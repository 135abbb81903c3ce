"""In a run with all kinds of errors, the token appears only in its header."""

from __future__ import annotations

import logging
import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client import Hooks, RunComfyError
from runcomfy_client.simulator import Drop, Fault, Garbage, HalfBody, JobFails, OutputIs, Reply, StatusWord, Unreachable

from tests.behaviour.harness import ClientHarness, clip

CANARY = "canary-0815"
FAULTS = [
    Fault("submit", Unreachable(), times=2),
    Fault("submit", Reply(429, retry_after=1), after=3),
    Fault("submit", Drop(accepted=True), after=5),
    Fault("submit", Reply(401, body={"error": f"bad token {CANARY[::-1]}"}), after=6),
    Fault("submit", JobFails({"why": "no"}), after=7),
    Fault("submit", OutputIs({"video": "https://evil.example.com/a.mp4?signature=s3cret"}), after=8),
    Fault("status", Reply(503), times=3),
    Fault("status", Garbage(), after=4),
    Fault("status", Reply(302, body={}), after=6),
    Fault("status", StatusWord("odd"), after=7),
    Fault("result", HalfBody()),
    Fault("download", Reply(503)),
]


def exposed(error: BaseException) -> str:
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    # the frames of this test and its harness contain the token, like those of a user
    ours = "".join(traceback.format_exception(error))
    inside = [part for part in shown.split("  File ") if "runcomfy_client" in part.partition(",")[0]]
    return ours + "".join(inside) + repr(error) + str(error) + repr(vars(error))


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_token_appears_only_in_its_header(kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shown: list[str] = []
    seen: list[Any] = []
    frozen: list[bytes] = []

    def look(outcome: Any) -> None:
        shown.append(exposed(outcome) if isinstance(outcome, RunComfyError) else repr(outcome) + repr(vars(outcome)))
        frozen.append(pickle.dumps(outcome))

    def sync(client: Any) -> None:
        for _, outcome in client.run_all(
            [clip(prompt=str(number)) for number in range(10)], on_status=lambda *update: seen.append(update)
        ):
            look(outcome)
            try:
                if not isinstance(outcome, RunComfyError):
                    outcome.save(tmp_path)
            except RunComfyError as error:
                look(error)
        shown.append(repr(client) + repr(vars(client)) + repr(client.with_options(http_timeout=1)))

    async def asynchronous(client: Any) -> None:
        async for _, outcome in client.run_all(
            [clip(prompt=str(number)) for number in range(10)], on_status=lambda *update: seen.append(update)
        ):
            look(outcome)
            try:
                if not isinstance(outcome, RunComfyError):
                    await outcome.save(tmp_path)
            except RunComfyError as error:
                look(error)
        shown.append(repr(client) + repr(vars(client)))

    harness = ClientHarness(kind, faults=FAULTS)
    harness.options["hooks"] = Hooks(request=seen.append, response=seen.append)
    with caplog.at_level(logging.DEBUG):
        harness.call(sync if kind == "sync" else asynchronous)
    assert sum("Error" in text or "Failed" in text for text in shown) >= 3, "too little went wrong"
    assert CANARY not in "".join(shown) + caplog.text + repr(seen)
    assert "s3cret" not in caplog.text
    assert not any(
        CANARY.encode() in data for data in [*frozen, *(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())]
    )
    bare = ("download", "elsewhere")
    assert {call.headers.get("authorization") for call in harness.simulator.calls if call.point not in bare} == {f"Bearer {CANARY}"}
    assert not any("authorization" in call.headers for call in harness.simulator.calls if call.point in bare)
