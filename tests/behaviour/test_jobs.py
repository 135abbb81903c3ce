"""The generated client runs jobs against the simulator, sync and async: one submit, the correct result, no lost id."""

from __future__ import annotations

import asyncio
import inspect
import operator
from pathlib import Path
from typing import Any, cast

import pytest
from runcomfy_client import AsyncRunComfy, RawRequest, RunComfy, State, errors, request
from runcomfy_client.models import Kling3_0StandardImageToVideo
from runcomfy_client.simulator import Drop, Fault, Garbage, HalfBody, JobFails, OutputIs, Reply, Simulator, StatusWord
from runcomfy_client.simulator.faults import Effect

from tests.behaviour.harness import IMAGE, KLING, ClientHarness, clip

both = pytest.mark.parametrize("kind", ["sync", "async"])


async def gather(updates: Any) -> list[Any]:
    return [update async for update in updates]


def listed(kind: str, updates: Any) -> Any:
    return list(updates) if kind == "sync" else gather(updates)


async def save_async(client: Any, folder: Path) -> list[Path]:
    paths: list[Path] = await (await client.run(clip())).save(folder)
    return paths


@both
def test_a_job_runs_to_its_typed_output(kind: str) -> None:
    harness = ClientHarness(kind)
    result = harness.call(lambda client: client.run(clip(duration=5), timeout=60))
    assert type(result.output).__name__ == "Kling3_0StandardImageToVideoOutput"
    assert result.output.video.endswith(".mp4") and result.output.image is None
    [accepted] = harness.simulator.accepted
    assert accepted.request_id == result.request_id
    assert accepted.model_id == KLING
    assert accepted.inputs == {"prompt": "a cliff at dawn", "start_image_url": IMAGE, "duration": 5}


@both
def test_callbacks_receive_queue_positions(kind: str) -> None:
    seen: list[Any] = []
    ClientHarness(kind, queued=6, running=6).call(lambda client: client.run(clip(), on_status=seen.append))
    states = [update.state for update in seen]
    assert states[0] == State.QUEUED and State.RUNNING in states and states[-1] == State.COMPLETED
    positions = [update.queue_position for update in seen if update.queue_position is not None]
    assert positions == sorted(positions, reverse=True) and positions
    elapsed = [update.elapsed for update in seen]
    assert elapsed == sorted(elapsed) and elapsed[-1] >= 12


@both
def test_a_job_is_resumed_by_its_id(kind: str) -> None:
    harness = ClientHarness(kind)
    job = harness.call(lambda client: client.submit(clip()))
    assert job.model_id == KLING
    again = harness.call(lambda client: client.job(job.request_id, Kling3_0StandardImageToVideo).result())
    assert again.request_id == job.request_id and again.output.video
    assert len(harness.simulator.accepted) == 1


@both
def test_updates_end_with_the_job(kind: str) -> None:
    harness = ClientHarness(kind)
    job = harness.call(lambda client: client.submit(clip()))
    updates = harness.call(lambda client: listed(kind, client.job(job.request_id).updates(timeout=60)))
    assert updates[-1].state == State.COMPLETED


@both
def test_only_a_queued_job_can_be_cancelled(kind: str) -> None:
    harness = ClientHarness(kind)
    job = harness.call(lambda client: client.submit(clip()))
    assert harness.call(lambda client: client.job(job.request_id).cancel()) is True
    with pytest.raises(errors.JobCancelled) as caught:
        harness.call(lambda client: client.job(job.request_id).result())
    assert caught.value.request_id == job.request_id

    other = harness.call(lambda client: client.submit(clip()))
    harness.clock.sleep(4)
    assert harness.call(lambda client: client.job(other.request_id).cancel()) is False


@both
def test_completed_is_not_success(kind: str) -> None:
    harness = ClientHarness(kind, faults=[Fault("submit", JobFails("the model refused the prompt"))])
    with pytest.raises(errors.JobFailed) as caught:
        harness.call(lambda client: client.run(clip()))
    assert caught.value.request_id == harness.simulator.accepted[0].request_id
    assert "refused the prompt" in str(caught.value)


@both
def test_a_timeout_ends_the_wait_and_names_the_job(kind: str) -> None:
    harness = ClientHarness(kind, running=10_000)
    with pytest.raises(errors.WaitTimeout) as caught:
        harness.call(lambda client: client.run(clip(), timeout=60))
    assert caught.value.request_id == harness.simulator.accepted[0].request_id
    assert harness.clock() == pytest.approx(60, abs=3)


@both
@pytest.mark.parametrize("effect", [Drop(accepted=True), HalfBody(), Garbage(), Reply(502, accepted=True), Reply(500)], ids=repr)
def test_a_submit_of_unknown_outcome_is_never_sent_again(kind: str, effect: Any) -> None:
    harness = ClientHarness(kind, faults=[Fault("submit", effect, times=99)])
    with pytest.raises(errors.SubmitUnknown) as caught:
        harness.call(lambda client: client.run(clip()))
    assert harness.count("submit") == 1
    assert caught.value.model_id == KLING and caught.value.body_sha256


@both
def test_a_rate_limited_submit_is_retried_after_retry_after(kind: str) -> None:
    harness = ClientHarness(kind, faults=[Fault("submit", Reply(429, retry_after=7), times=2)])
    harness.call(lambda client: client.submit(clip()))
    assert harness.count("submit") == 3 and len(harness.simulator.accepted) == 1
    assert harness.clock() >= 14


@both
def test_transient_failures_do_not_end_the_wait(kind: str) -> None:
    troubles: list[Effect] = [Reply(503), Drop(accepted=False), Garbage(), HalfBody(), Reply(500), StatusWord("reticulating")]
    faults = [Fault("status", effect, after=number * 2) for number, effect in enumerate(troubles)]
    harness = ClientHarness(kind, faults=faults, running=60)
    assert harness.call(lambda client: client.run(clip())).output.video
    assert len(harness.simulator.accepted) == 1


@both
def test_the_files_are_saved_once_and_without_the_token(kind: str, tmp_path: Path) -> None:
    harness = ClientHarness(kind)
    paths = harness.call(lambda client: client.run(clip()).save(tmp_path) if kind == "sync" else save_async(client, tmp_path))
    [path] = paths
    assert path.parent == tmp_path and path.suffix == ".mp4" and path.read_bytes()[4:8] == b"ftyp"
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    downloads = [call for call in harness.simulator.calls if call.point == "download"]
    assert downloads and not any("authorization" in {name.lower() for name in call.headers} for call in downloads)


@both
def test_a_raw_request_runs_a_model_without_a_class(kind: str) -> None:
    harness = ClientHarness(kind)
    raw = RawRequest(model=KLING, inputs={"prompt": "a", "start_image_url": IMAGE})
    assert harness.call(lambda client: client.run(raw)).output.video
    assert harness.simulator.accepted[0].inputs == raw.inputs


@both
def test_a_refusal_contains_the_message_of_the_server(kind: str) -> None:
    harness = ClientHarness(kind)
    with pytest.raises(errors.InvalidRequest) as caught:
        harness.call(lambda client: client.run(clip().with_extra_inputs({"sed": 7})))
    assert "sed" in str(caught.value)
    assert harness.count("submit") == 1 and not harness.simulator.accepted
    with pytest.raises(errors.UnknownModel):
        harness.call(lambda client: client.run(RawRequest(model="no/such-model", inputs={})))


def test_a_job_runs_over_a_real_socket(tmp_path: Path) -> None:
    with Simulator(seconds_in_queue=0, seconds_running=0).serve() as server, RunComfy(base_url=server.base_url) as client:
        [path] = client.run(request(KLING, prompt="a", start_image_url=IMAGE), timeout=30).save(tmp_path)
    assert path.read_bytes()[4:8] == b"ftyp"


def test_the_base_url_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def run() -> str:
        async with AsyncRunComfy() as client:
            return (await client.run(clip(), timeout=30)).request_id

    with Simulator(seconds_in_queue=0, seconds_running=0) as simulator, simulator.serve() as server:
        monkeypatch.setenv("RUNCOMFY_BASE_URL", server.base_url)
        assert asyncio.run(run()) == simulator.accepted[0].request_id


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, list[str]]:
        public = {name: member for name, member in vars(kind).items() if not name.startswith("_") and callable(member)}
        return {name: list(inspect.signature(member).parameters) for name, member in public.items()}

    sync, awaited = methods(RunComfy), methods(AsyncRunComfy)
    assert sync.keys() - {"close"} == awaited.keys() - {"close", "aclose"}
    for name in sync.keys() & awaited.keys():
        assert sync[name] == awaited[name]


@both
def test_a_request_mutated_after_construction_is_checked_before_it_is_sent(kind: str) -> None:
    harness = ClientHarness(kind)
    changed = clip(duration=5, multi_prompt=[{"prompt": "a", "duration": 5}])
    cast("list[Any]", changed.multi_prompt).append(5)
    broken: dict[str, Any] = {**clip().payload(), "duration": 99}
    for wrong in (changed, type(clip()).model_construct(**broken)):
        with pytest.raises(errors.InvalidInput):
            harness.call(operator.methodcaller("run", wrong))
    assert harness.count("submit") == 0


@both
@pytest.mark.parametrize("wrong", [None, KLING, {"prompt": "a"}, Kling3_0StandardImageToVideo], ids=repr)
def test_only_requests_can_be_run(kind: str, wrong: Any) -> None:
    harness = ClientHarness(kind)
    words = "call the class with its inputs" if isinstance(wrong, type) else "a request is expected"
    with pytest.raises(TypeError, match=words):
        harness.call(lambda client: client.run(wrong))
    assert harness.count("submit") == 0


@both
@pytest.mark.parametrize(
    "output", [{"video": 5, "cls": 1}, {"video": 5, "_fields_set": ["x"]}, {"self": 1, "video": []}, 7, None, [], "x"], ids=repr
)
def test_an_output_of_any_shape_keeps_the_paid_result(kind: str, output: Any) -> None:
    harness = ClientHarness(kind, faults=[Fault("submit", OutputIs(output))])
    result = harness.call(lambda client: client.run(clip()))
    assert result.raw["output"] == output and result.request_id == harness.simulator.accepted[0].request_id
    if isinstance(output, dict):
        assert {**result.output.model_extra, "video": result.output.video} == {**output, "video": output["video"]}
