"""Unknown and lost jobs, and changes of a batch between two runs: no job is paid for twice, and none is given up."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from runcomfy_client import AsyncRunComfy, Policy
from runcomfy_client.batch import Batch, BatchError, BatchLimits, LedgerError, Stage, read_ledger
from runcomfy_client.simulator import Fault, JobFails, NeverFinishes, OutputIs, Reply, Simulator

from tests.batch.harness import QUICK, run, simulate, stages, submits
from tests.batch.worker import jobs

NOT_FOUND = Reply(404, {"error_code": 404001, "error_message": "no such request"})
HASTY = Policy(poll_initial=0.001, poll_max=0.01, polls_per_second=1e6, backoff_initial=0.0, backoff_max=0.0, not_found_grace=0.0)


class TestLost:
    """A paid job that the API does not know: a wrong token, a wrong place, or asked for too late."""

    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tests.batch.harness.QUICK", HASTY)

    def test_a_job_not_found_is_not_failed_and_retry_does_not_resubmit_it(self, tmp_path: Path) -> None:
        simulator = simulate(Fault("status", NOT_FOUND, times=None))
        report = run(simulator, tmp_path, 3)
        assert (report.lost, report.unfinished) == (3, 3) and not report.is_done
        assert set(stages(tmp_path).values()) == {Stage.SUBMITTED}
        run(simulator, tmp_path, 3, before=lambda batch: batch.retry())
        assert submits(simulator) == 3

    def test_a_lost_job_is_resumed_once_the_api_knows_it(self, tmp_path: Path) -> None:
        simulator = simulate(Fault("status", NOT_FOUND, times=2))
        assert run(simulator, tmp_path, 2).lost == 2
        report = run(simulator, tmp_path, 2)
        assert report.is_done and submits(simulator) == 2 and set(stages(tmp_path).values()) == {Stage.DOWNLOADED}

    def test_an_expired_result_is_not_requested_forever(self, tmp_path: Path) -> None:
        run(simulate(), tmp_path, 1, save=False)
        assert stages(tmp_path) == {"job-0": Stage.SUCCEEDED}
        gone = simulate(Fault("status", NOT_FOUND, times=None))
        assert run(gone, tmp_path, 1).lost == 1
        with Batch(tmp_path) as batch:
            batch.resolve("job-0", give_up=True)
        assert stages(tmp_path) == {"job-0": Stage.ABANDONED}

    @pytest.mark.parametrize(
        ("resolve", "paid"),
        [
            (lambda batch, simulator: batch.resolve("job-0", request_id=simulator.accepted[0].request_id), 1),
            (lambda batch, _simulator: batch.resolve("job-0", requeue=True), 2),
        ],
        ids=["the same id", "again"],
    )
    def test_a_lost_job_can_be_resolved(self, resolve: Callable[[Batch, Simulator], None], paid: int, tmp_path: Path) -> None:
        simulator = simulate(Fault("status", NOT_FOUND, times=1))
        run(simulator, tmp_path, 1)
        with Batch(tmp_path) as batch:
            resolve(batch, simulator)
        report = run(simulator, tmp_path, 1)
        assert report.is_done and submits(simulator) == paid and report.counts.submits_billed == paid

    def test_a_running_job_cannot_be_resolved(self, tmp_path: Path) -> None:
        simulator = simulate(Fault("submit", NeverFinishes()))
        run(simulator, tmp_path, 1, timeout=0.05)
        with Batch(tmp_path) as batch, pytest.raises(BatchError, match="'job-0' is"):
            batch.resolve("job-0", requeue=True)


def test_repeating_an_interrupted_retry_does_not_pay_again_for_its_failures(tmp_path: Path) -> None:
    """The command that ended with 75 is run again as it is, `--retry` included."""
    simulator = simulate(Fault("submit", JobFails("no"), times=5), Fault("submit", NeverFinishes(), times=1, after=5))
    run(simulator, tmp_path, 3)
    assert set(stages(tmp_path).values()) == {Stage.FAILED} and submits(simulator) == 3
    again: Callable[[Batch], int] = lambda batch: batch.retry()
    assert run(simulator, tmp_path, 3, before=again, timeout=0.2).unfinished == 1
    assert submits(simulator) == 6 and sorted(stages(tmp_path).values()) == [
        Stage.FAILED,
        Stage.FAILED,
        Stage.RUNNING,
    ]
    run(simulator, tmp_path, 3, before=again, timeout=0.2)
    assert submits(simulator) == 6


def test_another_retry_is_possible_after_the_first_has_ended(tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", JobFails("no"), times=4))
    again: Callable[[Batch], int] = lambda batch: batch.retry()
    run(simulator, tmp_path, 2)
    run(simulator, tmp_path, 2, before=again)
    report = run(simulator, tmp_path, 2, before=again)
    assert report.is_done and submits(simulator) == 6 and set(stages(tmp_path).values()) == {Stage.DOWNLOADED}


@pytest.mark.parametrize("how", ["stop", "cancel", "cancel twice"])
def test_a_stop_between_two_attempts_ends_the_submits(how: str, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", Reply(429, retry_after=0.2), times=None))

    async def main() -> int:
        async with simulator.async_http_client() as http:
            async with AsyncRunComfy("test-token", base_url=simulator.base_url, policy=QUICK, http_client=http) as client:
                with Batch(tmp_path) as batch:
                    batch.plan(jobs(20))
                    running = asyncio.create_task(batch.run(client, limits=BatchLimits()))
                    while submits(simulator) < 4:
                        await asyncio.sleep(0)
                    await asyncio.sleep(0.01)  # the answers are read, and the four wait
                    for _ in range(2 if how == "cancel twice" else 1):
                        batch.stop() if how == "stop" else running.cancel()
                        await asyncio.sleep(0)
                    await asyncio.wait({running})
                    return submits(simulator)

    assert asyncio.run(main()) == 4
    assert set(stages(tmp_path).values()) == {Stage.PLANNED}


def test_a_batch_cannot_move_to_another_server(tmp_path: Path) -> None:
    """Tried on a simulator, or run there by mistake with real jobs under way: elsewhere, their ids are nobody's."""
    simulator = simulate(Fault("submit", NeverFinishes(), times=None))
    run(simulator, tmp_path, 2, timeout=0.05)
    elsewhere = simulate()

    async def main() -> None:
        with elsewhere.serve() as server:
            async with AsyncRunComfy("test-token", base_url=server.base_url, policy=QUICK) as client:
                with Batch(tmp_path) as batch:
                    await batch.run(client)

    with pytest.raises(BatchError, match=r"was run at https://simulator.invalid, not http://127.0.0.1"):
        asyncio.run(main())
    assert not elsewhere.calls and set(stages(tmp_path).values()) == {Stage.RUNNING}


@pytest.mark.parametrize("name", ["batch.sqlite3", "batch.sqlite3-wal"])
def test_a_removed_ledger_stops_the_submits(name: str, tmp_path: Path) -> None:
    simulator = simulate()

    def take_away(batch: Batch) -> None:
        (tmp_path / name).unlink()

    with pytest.raises(LedgerError, match="removed or replaced"):
        run(simulator, tmp_path, 5, before=take_away)
    assert submits(simulator) == 0


@pytest.mark.parametrize("emptied", [False, True])
def test_a_folder_without_its_ledger_is_not_restarted(emptied: bool, tmp_path: Path) -> None:
    simulator = simulate()
    run(simulator, tmp_path, 2)
    ledger = tmp_path / "batch.sqlite3"
    ledger.write_bytes(b"") if emptied else ledger.unlink()
    with pytest.raises(LedgerError, match=r"its ledger batch.sqlite3 is missing"):
        run(simulator, tmp_path, 2)
    assert submits(simulator) == 2


def test_the_message_about_a_damaged_ledger_warns_against_deleting_it(tmp_path: Path) -> None:
    run(simulate(), tmp_path, 1)
    (tmp_path / "batch.sqlite3").write_bytes(b"rubbish" * 1000)
    with pytest.raises(LedgerError, match="Don't delete it"):
        Batch(tmp_path)
    with pytest.raises(LedgerError, match="Don't delete it"), read_ledger(tmp_path):
        pass


@pytest.mark.parametrize("url", ["https://user:word@files.example.com/a.mp4", "http://files.example.com/a.mp4"])
def test_a_file_that_can_never_be_saved_needs_a_person(url: str, tmp_path: Path) -> None:
    simulator = simulate(Fault("submit", OutputIs({"video": url})))
    report = run(simulator, tmp_path, 1)
    assert (report.lost, stages(tmp_path)) == (1, {"job-0": Stage.SUCCEEDED})
    with Batch(tmp_path) as batch:
        batch.resolve("job-0", give_up=True)
    assert run(simulator, tmp_path, 1).is_done and submits(simulator) == 1


class TestCopies:
    """A ledger in another place: one that was moved goes on, one that was copied says so before it pays for new jobs."""

    @staticmethod
    def begin(out: Path) -> Simulator:
        simulator = simulate()
        run(simulator, out, 3, max_submits=1)
        return simulator

    @pytest.mark.parametrize("how", ["copied", "copied over", "the ledger alone"])
    def test_a_copy_warns_before_it_pays(self, how: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        simulator = self.begin(tmp_path / "a")
        place = tmp_path / "b"
        if how == "copied over":
            place.mkdir()
        shutil.copytree(tmp_path / "a", place, dirs_exist_ok=True)
        if how == "the ledger alone":
            (place / "batch.lock").unlink()
        with Batch(place) as batch:
            assert batch.copied_from is not None and str(tmp_path / "a") in batch.copied_from
        with caplog.at_level(logging.WARNING, "runcomfy_client"):
            run(simulator, place, 3, max_submits=2)
        assert "is a copy of one in" in caplog.text
        caplog.clear()
        run(simulator, place, 3)
        assert not caplog.records, "it is told once"
        assert submits(simulator) == 3

    @pytest.mark.parametrize("how", ["in place", "moved", "by a link", "from elsewhere"])
    def test_the_same_ledger_does_not_warn(
        self, how: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        simulator = self.begin(tmp_path / "a")
        place = tmp_path / ("b" if how in ("moved", "by a link") else "a")
        if how == "moved":
            (tmp_path / "a").rename(place)
        elif how == "by a link":
            place.symlink_to(tmp_path / "a")
        elif how == "from elsewhere":  # the same volume in another container
            monkeypatch.setattr("socket.gethostname", lambda: "other")
        run(simulator, place, 3)
        assert not caplog.records and submits(simulator) == 3

    def test_a_copy_without_planned_jobs_says_nothing(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        simulator = simulate()
        run(simulator, tmp_path / "a", 2)
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        run(simulator, tmp_path / "b", 2)
        assert not caplog.records and submits(simulator) == 2


def test_expired_files_are_counted_and_not_paid_for_again(tmp_path: Path) -> None:
    simulator = simulate()
    assert run(simulator, tmp_path, 4).missing == 0
    for path in sorted(tmp_path.glob("*.mp4"))[:3]:
        path.unlink()
    report = run(simulator, tmp_path, 4)
    assert (report.missing, report.is_done, submits(simulator)) == (3, True, 4)
    with read_ledger(tmp_path) as ledger:
        missing = ledger.missing_files()
    assert len(missing) == 3 and all(path.startswith(request_id) for request_id, path in missing)


def test_available_results_are_saved_before_running_jobs_are_polled(tmp_path: Path) -> None:
    """After a restart: links expire, and a job that runs does not."""
    simulator = simulate(Fault("submit", NeverFinishes(), times=3))
    run(simulator, tmp_path, 6, save=False, timeout=0.3, max_concurrent_submits=1)
    assert sorted(stages(tmp_path).values()) == [Stage.RUNNING] * 3 + [Stage.SUCCEEDED] * 3
    begun = len(simulator.calls)
    run(simulator, tmp_path, 6, max_in_flight=1, timeout=0.05)
    points = [(call.point, call.url.split("/")[-2]) for call in simulator.calls[begun:]]
    running = set(_ids(tmp_path, Stage.RUNNING))
    first_running = next(index for index, (_point, request_id) in enumerate(points) if request_id in running)
    assert sum(point == "download" for point, _id in points[:first_running]) == 3


def _ids(out: Path, stage: Stage) -> list[str]:
    with read_ledger(out) as ledger:
        return [row.request_id or "" for row in ledger.rows(stage)]


def test_an_error_of_the_server_does_not_make_a_job_lost(tmp_path: Path) -> None:
    simulator = simulate(Fault("status", Reply(403, {"error_code": 403001, "error_message": "Lost balance"}), times=1))
    run(simulator, tmp_path, jobs(1))
    with read_ledger(tmp_path) as ledger:
        [row] = ledger.rows()
    assert "Lost balance" in (row.error or "") and not row.is_lost
