"""After Ctrl-C or SIGTERM, the tool names the job that may still run, and the command that resumes it."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import runcomfy_client
from runcomfy_client.batch import Stage, read_ledger
from runcomfy_client.cli.exit_codes import Exit
from runcomfy_client.simulator import Delay, Drip, Fault, Simulator

from tests.cli.harness import GOOD, KLING, CommandResult
from tests.programs import Program

TOOL = Path(runcomfy_client.__path__[0]) / "__main__.py"
BOTH = [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGTERM, Exit.TERMINATED), (signal.SIGHUP, Exit.TERMINATED)]


def stop(simulator: Simulator, folder: Path, words: list[str], *, when: Callable[[], bool], number: int) -> CommandResult:
    """Run a command, and send it a signal as soon as `when` returns True."""
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("the signal is switched off for this process, by nohup for example, and so for its children")
    with simulator.serve() as server:
        env = {"RUNCOMFY_BASE_URL": server.base_url, "RUNCOMFY_API_TOKEN": "test-token"}
        with Program(TOOL, *words, environment=env, folder=folder) as process:
            while not when():
                assert process.poll() is None, process.communicate()
                time.sleep(0.005)
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
    assert process.returncode is not None
    return CommandResult(process.returncode, out, err)


def polls(simulator: Simulator) -> int:
    return sum(call.point == "status" for call in simulator.calls)


@pytest.mark.parametrize(("number", "code"), BOTH)
def test_a_running_job(number: int, code: Exit, tmp_path: Path) -> None:
    simulator = Simulator(seconds_in_queue=0, seconds_running=600)
    ran = stop(simulator, tmp_path, ["run", KLING, *GOOD], when=lambda: polls(simulator) > 0, number=number)
    assert (ran.code, ran.out) == (code, "") and "Traceback" not in ran.err
    assert f"runcomfy-py download {simulator.accepted[0].request_id}" in ran.err


def test_a_queued_job_is_cancelled(tmp_path: Path) -> None:
    simulator = Simulator(seconds_in_queue=600)
    ran = stop(simulator, tmp_path, ["run", KLING, *GOOD, "--json"], when=lambda: polls(simulator) > 0, number=signal.SIGINT)
    output = json.loads(ran.out)
    assert ran.code == 130 and output["exit_code"] == 130 and output["error"]["cancelled"] is True
    assert output["error"]["request_id"] == simulator.accepted[0].request_id


def test_a_submit_without_a_response(tmp_path: Path) -> None:
    simulator = Simulator(faults=[Fault("submit", Delay(30))])
    ran = stop(simulator, tmp_path, ["submit", KLING, *GOOD], when=lambda: bool(simulator.accepted), number=signal.SIGINT)
    assert ran.code == 130 and "may exist and may be billed" in ran.err and "sha256" in ran.err


def test_a_download(tmp_path: Path) -> None:
    simulator = Simulator(seconds_in_queue=0, seconds_running=0, faults=[Fault("download", Drip(3000), times=None)])
    ran = stop(simulator, tmp_path, ["run", KLING, *GOOD], when=lambda: bool(list(tmp_path.glob("*.part"))), number=signal.SIGINT)
    assert ran.code == 130 and "has succeeded" in ran.err and not list(tmp_path.iterdir())
    assert f"runcomfy-py download {simulator.accepted[0].request_id}" in ran.err


def test_an_interrupted_wait_does_not_cancel_the_job(tmp_path: Path) -> None:
    simulator = Simulator(seconds_in_queue=600)
    request_id = simulator.handle(
        "POST",
        f"/v1/models/{KLING}",
        headers={"Authorization": "Bearer test-token"},
        body=json.dumps({"prompt": "a", "start_image_url": "https://e.com/a.png"}).encode(),
    ).json()["request_id"]
    ran = stop(simulator, tmp_path, ["wait", request_id], when=lambda: polls(simulator) > 0, number=signal.SIGINT)
    assert ran.code == 130 and request_id in ran.err
    assert not any(call.point == "cancel" for call in simulator.calls)


@pytest.mark.parametrize(("number", "code"), BOTH)
def test_a_batch(number: int, code: Exit, tmp_path: Path) -> None:
    jobs = [{"model": KLING, "inputs": {"prompt": f"p{number}", "start_image_url": "https://e.com/a.png"}} for number in range(30)]
    (tmp_path / "jobs.jsonl").write_text("\n".join(map(json.dumps, jobs)))
    simulator = Simulator(seconds_in_queue=0, seconds_running=600)
    words = ["batch", "jobs.jsonl", "--out", "night", "--in-flight", "20"]
    ran = stop(simulator, tmp_path, words, when=lambda: len(simulator.accepted) >= 6, number=number)
    assert ran.code == code and "may still run. The same command resumes them" in ran.err
    with read_ledger(tmp_path / "night") as ledger:
        known = {row.request_id for row in ledger.rows() if row.request_id}
        assert not list(ledger.rows(Stage.SUBMITTING, Stage.UNKNOWN))
    assert known == {job.request_id for job in simulator.accepted}
