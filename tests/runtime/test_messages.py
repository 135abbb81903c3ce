"""Messages about jobs and invalid calls: the correct next step, and none that only concerns submits."""

from __future__ import annotations

import pickle
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from runcomfy_client import AsyncRunComfy, RunComfy, orphaned_job
from runcomfy_client.batch import BatchReport, Counts, Stage
from runcomfy_client.errors import ConfigurationError, DownloadError, JobFailed, RunComfyError, ServerError, SubmitUnknown

from tests.runtime.download_harness import save
from tests.runtime.harness import ACCEPTED, DONE, SUCCESS, ClientHarness, Film, Reply, ScriptedServer, json_reply, raw_reply

KINDS = pytest.mark.parametrize("kind", ["sync", "async"])


def server(**more: Reply | list[Reply]) -> ScriptedServer:
    return ScriptedServer(**{"submit": ACCEPTED, "status": DONE, "result": SUCCESS, **more})


@KINDS
@pytest.mark.parametrize("status", [400, 402, 422])
def test_a_rejected_poll_is_not_reported_as_a_rejected_submit(kind: str, status: int) -> None:
    with pytest.raises(RunComfyError) as caught:
        ClientHarness(kind, server(status=json_reply(status))).run()
    assert caught.value.request_id == "r-1"
    assert (
        "The job continues" in str(caught.value)
        and "costs nothing" not in str(caught.value)
        and "nothing was" not in str(caught.value)
    )


def test_the_message_about_a_finished_job_does_not_say_that_it_continues() -> None:
    assert orphaned_job(JobFailed("no", request_id="r-1")) is None
    left = orphaned_job(ServerError("no", request_id="r-1"))
    assert left is not None and left.request_id == "r-1"


def test_the_sync_client_rejects_a_coroutine_function_as_callback() -> None:
    async def show(_status: Any) -> None: ...

    saying = server()
    with pytest.raises(ConfigurationError, match="coroutine function"):
        ClientHarness("sync", saying).run(on_status=show)
    assert saying.calls == []


@KINDS
def test_pickling_a_job_is_an_error_that_names_the_id(kind: str) -> None:
    with pytest.raises(TypeError, match="store its request_id, 'r-1'"):
        pickle.dumps(ClientHarness(kind, server()).submit())


def test_a_copy_of_a_result_can_still_save(tmp_path: Path) -> None:
    def use(client: Any) -> Any:
        return copy(client.run(Film(prompt="x"))).save(tmp_path)

    (path,) = ClientHarness("sync", server(file=raw_reply(b"film"))).call(use)
    assert path.read_bytes() == b"film"


@KINDS
def test_saving_into_a_file_is_an_error_and_fetches_nothing(kind: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("mine")
    with pytest.raises(DownloadError, match=r"script\.py is a file, not a folder") as caught:
        save(kind, tmp_path / "script.py")
    assert caught.value.request_id == "r-1" and "Pass the path of a folder" in str(caught.value)
    assert (tmp_path / "script.py").read_text() == "mine"


def test_the_message_of_a_lost_response_has_one_full_stop() -> None:
    error = SubmitUnknown("the connection broke.", model_id="m", time=datetime.now(UTC), body_sha256="0")
    assert "the connection broke. Sent" in error.message


@pytest.mark.parametrize("maker", [RunComfy, AsyncRunComfy])
def test_an_invalid_base_url_names_its_source_and_value(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"base_url=, 'example\.com', must look like"):
        maker("a-long-token", base_url="example.com")
    monkeypatch.setenv("RUNCOMFY_BASE_URL", "http://example.com")
    with pytest.raises(ConfigurationError, match=r"RUNCOMFY_BASE_URL, 'http://example\.com', must be https"):
        maker("a-long-token")
    monkeypatch.setenv("RUNCOMFY_BASE_URL", "https://me:secret@example.com")
    with pytest.raises(ConfigurationError, match="RUNCOMFY_BASE_URL must not contain") as caught:
        maker("a-long-token")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("maker", [RunComfy, AsyncRunComfy])
def test_the_in_process_simulator_is_not_resolved_on_the_network(maker: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"http_client=simulator\.http_client\(\)"):
        maker("a-long-token", base_url="https://simulator.invalid")


@pytest.mark.parametrize("halted", [None, "the budget is spent"])
def test_the_repr_of_a_batch_report_is_short(halted: str | None) -> None:
    tally = Counts()
    tally.by_stage.update({Stage.DOWNLOADED: 1200, Stage.UNKNOWN: 1})
    printed = str(BatchReport(Path("night"), tally, halted, 0))
    assert printed.startswith("night: ") and "1,200 downloaded" in printed and "1 unknown" in printed
    assert ("the budget" in printed) == bool(halted)
