"""A batch in process: what each answer to a submit does to it, and how it is stopped, resolved, retried and bounded."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runcomfy_client import AsyncRunComfy, InvalidInput, RawRequest
from runcomfy_client.batch import Batch, BatchBusy, BatchError, BatchJob, BatchLimits, BatchReport, InvalidJobs, Stage, read_ledger
from runcomfy_client.simulator import Drip, Drop, Fault, HalfBody, JobFails, NeverFinishes, OutputIs, Reply, Simulator, Unreachable

from tests.batch.harness import QUICK, run, simulate, stages, submits
from tests.batch.worker import jobs
from tests.behaviour.harness import clip

UNKNOWN = [Drop(accepted=True), Drop(accepted=False), Reply(500), Reply(302), Reply(409), HalfBody(), Reply(200, b"no json")]


def test_every_job_succeeds_and_is_saved(tmp_path: Path) -> None:
    simulator = simulate()
    report = run(simulator, tmp_path)
    assert report.is_done and set(stages(tmp_path).values()) == {Stage.DOWNLOADED}
    with read_ledger(tmp_path) as ledger:
        for row in ledger.rows():
            assert all((tmp_path / file.path).stat().st_size == file.bytes for file in ledger.files(row))
            assert row.body_sha256 in {job.body_sha256 for job in simulator.accepted}


def test_running_it_again_submits_nothing(tmp_path: Path) -> None:
    simulator = simulate()
    run(simulator, tmp_path)
    run(simulator, tmp_path)
    assert len(simulator.accepted) == 5


def test_the_intent_is_on_the_disk_before_the_call(tmp_path: Path) -> None:
    seen: list[Stage] = []

    class Looking(Simulator):
        def handle(self, method: str, url: str, **rest: object):  # type: ignore[no-untyped-def]  # hands everything on
            if method == "POST":
                seen.extend(set(stages(tmp_path).values()))
            return super().handle(method, url, **rest)  # type: ignore[arg-type]

    run(Looking(seconds_in_queue=0, seconds_running=0), tmp_path, 1)
    assert seen == [Stage.SUBMITTING]


@pytest.mark.parametrize("effect", UNKNOWN, ids=repr)
def test_an_unknown_submit_is_never_sent_again(effect: object, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", effect, times=1))  # type: ignore[arg-type]  # any effect
    run(simulator, tmp_path, 1)
    assert stages(tmp_path) == {"job-0": Stage.UNKNOWN}
    run(simulator, tmp_path, 1)
    assert submits(simulator) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refused_job_is_retried_on_request_only(status: int, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Reply(status)))
    run(simulator, tmp_path, 2)
    assert sorted(stages(tmp_path).values()) == [Stage.DOWNLOADED, Stage.REFUSED]
    run(simulator, tmp_path, 2)
    assert submits(simulator) == 2
    run(simulator, tmp_path, 2, before=lambda batch: batch.retry())
    assert submits(simulator) == 3 and set(stages(tmp_path).values()) == {Stage.DOWNLOADED}


@pytest.mark.parametrize("status", [401, 402])
def test_an_account_error_stops_the_submits(status: int, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Reply(status), times=None, after=3))
    report = run(simulator, tmp_path, 50, max_concurrent_submits=1)
    assert report.halted and report.account_problem and submits(simulator) == 4
    assert list(stages(tmp_path).values()).count(Stage.PLANNED) == 47, "nothing was started, so it is simply for later"


def test_an_account_without_permission_stops_the_submits(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Reply(403), times=None))
    report = run(simulator, tmp_path, 100, max_concurrent_submits=1)
    assert report.halted and "consecutive" in report.halted and report.account_problem and submits(simulator) < 10


@pytest.mark.parametrize("effect", [Unreachable(), Reply(429, retry_after=0), Reply(503)], ids=repr)
def test_an_outage_ends_the_run_not_the_jobs(effect: object, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", effect, times=None))  # type: ignore[arg-type]  # any effect
    report = run(simulator, tmp_path, 100)
    assert report.halted and "consecutive" in report.halted
    unknown = sum(stage is Stage.UNKNOWN for stage in stages(tmp_path).values())
    assert unknown <= (8 + 4 if effect == Reply(503) else 0)


def test_failed_jobs_are_recorded_as_failed(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", JobFails("no faces found")))
    run(simulator, tmp_path, 2)
    with read_ledger(tmp_path) as ledger:
        failed = list(ledger.rows(Stage.FAILED))
    assert [("no faces found" in str(row.error)) for row in failed] == [True]


def test_a_file_that_was_not_saved_is_saved_in_the_next_run(tmp_path: Path) -> None:
    simulator = simulate(Fault("download", Reply(404), times=1))
    report = run(simulator, tmp_path, 1)
    assert report.unfinished == 1 and stages(tmp_path) == {"job-0": Stage.SUCCEEDED}
    assert run(simulator, tmp_path, 1).is_done and len(simulator.accepted) == 1


def test_without_saving_a_success_is_an_end(tmp_path: Path) -> None:
    report = run(simulate(), tmp_path, 2, save=False)
    assert report.is_done and set(stages(tmp_path).values()) == {Stage.SUCCEEDED} and not list(tmp_path.glob("*.mp4"))


def test_a_job_without_end_is_left_for_the_next_run(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", NeverFinishes()))
    report = run(simulator, tmp_path, 2, timeout=0.05)
    assert report.unfinished == 1 and not report.is_done and len(simulator.accepted) == 2


@settings(max_examples=20, deadline=None)
@given(budget=st.integers(0, 12), submits_at_once=st.integers(1, 6), refused=st.integers(0, 3))
def test_no_budget_is_ever_exceeded(
    budget: int, submits_at_once: int, refused: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("budget")
    simulator = simulate(Fault("submit", Reply(422), times=refused), Fault("submit", Drop(accepted=True), times=2, after=refused))
    for _ in range(3):
        run(simulator, out, 10, max_submits=budget, max_concurrent_submits=submits_at_once, save=False)
        assert len(simulator.accepted) <= budget
    assert len(simulator.accepted) == min(budget, 10 - refused), "all runs together, and a refused submit costs nothing"


class TestResolving:
    """Unknown jobs are resolved by a person, in one of three ways."""

    @pytest.fixture
    def simulator(self, tmp_path: Path) -> Simulator:
        simulator = simulate(Fault("submit", Drop(accepted=True)))
        run(simulator, tmp_path, 2, max_concurrent_submits=1)
        assert stages(tmp_path)["job-0"] is Stage.UNKNOWN
        return simulator

    def test_resolve_as_accepted(self, simulator: Simulator, tmp_path: Path) -> None:
        run(simulator, tmp_path, 2, before=lambda batch: batch.resolve("job-0", request_id=simulator.accepted[0].request_id))
        assert stages(tmp_path)["job-0"] is Stage.DOWNLOADED and submits(simulator) == 2

    def test_resolve_as_not_accepted(self, simulator: Simulator, tmp_path: Path) -> None:
        run(simulator, tmp_path, 2, before=lambda batch: batch.resolve("job-0", requeue=True))
        assert stages(tmp_path)["job-0"] is Stage.DOWNLOADED and submits(simulator) == 3

    def test_resolve_by_giving_up(self, simulator: Simulator, tmp_path: Path) -> None:
        report = run(simulator, tmp_path, 2, before=lambda batch: batch.resolve("job-0", give_up=True))
        assert report.is_done and stages(tmp_path)["job-0"] is Stage.ABANDONED and submits(simulator) == 2

    def test_an_id_of_another_job_is_refused(self, simulator: Simulator, tmp_path: Path) -> None:
        with Batch(tmp_path) as batch, pytest.raises(BatchError, match="another job"):
            batch.resolve("job-0", request_id=simulator.accepted[1].request_id)

    @pytest.mark.parametrize("key", ["job-1", "nobody"])
    def test_only_unknown_jobs_can_be_resolved(self, key: str, simulator: Simulator, tmp_path: Path) -> None:
        with Batch(tmp_path) as batch, pytest.raises(BatchError, match=key):
            batch.resolve(key, requeue=True)

    def test_an_invalid_request_id_is_refused(self, simulator: Simulator, tmp_path: Path) -> None:
        with Batch(tmp_path) as batch, pytest.raises(InvalidInput):
            batch.resolve("job-0", request_id="../x")


class TestPlanning:
    """All jobs or none; the same list again changes nothing."""

    def test_one_bad_job_plans_none(self, tmp_path: Path) -> None:
        with Batch(tmp_path) as batch:
            with pytest.raises(InvalidJobs) as caught:
                batch.plan([*jobs(3), BatchJob(clip(), key="job-0"), BatchJob(clip(), key="a\nb")])
            assert [problem.line for problem in caught.value.problems] == [4, 5] and batch.counts.total == 0

    def test_a_known_key_with_other_inputs_is_refused(self, tmp_path: Path) -> None:
        with Batch(tmp_path) as batch:
            batch.plan([BatchJob(clip(prompt="a"), key="k")])
            with pytest.raises(InvalidJobs, match="other inputs"):
                batch.plan([BatchJob(clip(prompt="b"), key="k")])
            batch.plan([BatchJob(clip(prompt="a"), key="k")])

    def test_a_job_removed_from_the_list_is_withdrawn(self, tmp_path: Path) -> None:
        simulator = simulate()
        with Batch(tmp_path) as batch:
            batch.plan(jobs(5))
        run(simulator, tmp_path, 2)
        assert len(simulator.accepted) == 2 and list(stages(tmp_path).values()).count(Stage.WITHDRAWN) == 3
        run(simulator, tmp_path, 5)
        assert len(simulator.accepted) == 5

    @given(order=st.permutations([0, 0, 1, 2, 2, 2]))
    @settings(max_examples=20, deadline=None)
    def test_without_keys_the_order_does_not_matter(self, order: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
        with Batch(tmp_path_factory.mktemp("order")) as batch:
            batch.plan(clip(prompt=f"p{number}") for number in (0, 0, 1, 2, 2, 2))
            planned = batch.plan(clip(prompt=f"p{number}") for number in order)
            assert (planned.new, planned.known, planned.withdrawn) == (0, 6, 0)

    def test_a_raw_request_is_a_job_too(self, tmp_path: Path) -> None:
        with Batch(tmp_path) as batch:
            batch.plan([RawRequest(model="a/b", inputs={"x": 1.0, "y": "ü"})])
            row = batch.ledger.next_pending()
        assert row is not None and (row.model, row.body) == ("a/b", '{"x":1.0,"y":"ü"}')


class TestStopping:
    """Stopping is clean: submits under way are waited for, everything else is left for the next run."""

    def stop_in(self, simulator: Simulator, out: Path, how: str) -> None:
        async def main() -> None:
            async with simulator.async_http_client() as http:
                async with AsyncRunComfy("test-token", base_url=simulator.base_url, policy=QUICK, http_client=http) as client:
                    with Batch(out) as batch:
                        batch.plan(jobs(40))
                        running = asyncio.create_task(batch.run(client, limits=BatchLimits(max_in_flight=10)))
                        while len(simulator.accepted) < 8:
                            await asyncio.sleep(0)
                        batch.stop() if how == "stop" else running.cancel()
                        await asyncio.wait({running})
                        assert running.cancelled() == (how == "cancel")

        asyncio.run(main())

    @pytest.mark.parametrize("how", ["stop", "cancel"])
    def test_nothing_is_lost_or_doubled(self, how: str, tmp_path: Path) -> None:
        simulator = simulate(running=60)
        self.stop_in(simulator, tmp_path, how)
        with read_ledger(tmp_path) as ledger:
            known = {row.request_id for row in ledger.rows() if row.request_id}
        assert known == {job.request_id for job in simulator.accepted}
        assert set(stages(tmp_path).values()) <= {Stage.PLANNED, Stage.SUBMITTED, Stage.RUNNING}

    def test_jobs_without_their_files_are_not_done(self, tmp_path: Path) -> None:
        simulator = simulate(Fault("download", Drip(1), times=None))

        async def main() -> BatchReport:
            async with simulator.async_http_client() as http:
                async with AsyncRunComfy("test-token", base_url=simulator.base_url, policy=QUICK, http_client=http) as client:
                    with Batch(tmp_path) as batch:
                        batch.plan(jobs(2))
                        running = asyncio.create_task(batch.run(client))
                        while batch.counts[Stage.SUCCEEDED] < 2:
                            await asyncio.sleep(0)
                        batch.stop()
                        return await running

        report = asyncio.run(main())
        assert report.unsaved == 2 and not report.is_done

    def test_a_callback_that_fails_leaves_no_submit_in_doubt(self, tmp_path: Path) -> None:
        simulator = simulate()

        def fail(_tally: object) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            run(simulator, tmp_path, 10, on_status=fail)
        assert submits(simulator) == 0
        with Batch(tmp_path) as batch:
            assert batch.recovered == 0

    def test_a_batch_has_one_process(self, tmp_path: Path) -> None:
        with Batch(tmp_path), pytest.raises(BatchBusy):
            Batch(tmp_path)


def test_importing_the_package_does_not_import_sqlite() -> None:
    code = "import sys, runcomfy_client, runcomfy_client.client; print({'sqlite3', 'click', 'rich'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"


@pytest.mark.parametrize(
    "text", ["\ud800", "\x00", "x" * 100_000, {"\udfff": ["\ud800"]}], ids=["surrogate", "nul", "long", "nested"]
)
def test_no_text_of_the_server_stops_a_batch(text: object, tmp_path: Path) -> None:
    refused = Reply(422, {"error_message": text})
    simulator = simulate(
        Fault("submit", refused), Fault("submit", JobFails(text), after=1), Fault("submit", OutputIs(text), after=2)
    )
    report = run(simulator, tmp_path, 5, max_concurrent_submits=1, save=False)
    assert report.is_done and sorted(stages(tmp_path).values()) == ["failed", "refused", "succeeded", "succeeded", "succeeded"]
