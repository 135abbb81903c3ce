"""The limits of a batch, shared by three worker processes: never exceeded, and reached. The simulator's own record decides."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from runcomfy_client.batch import BatchLimits, Stage
from runcomfy_client.batch.fleet.database import open_database, run_flow
from runcomfy_client.batch.fleet.worker_registry import register
from runcomfy_client.batch.spending import Spending

from tests.batch.worker import jobs
from tests.fleet.harness import USD, Fleet, estimate_of, priced

HELD = "submit:delay=1,times=always"
SLOW = "submit:delay=0.05,times=always"
GUARD = """
CREATE FUNCTION runcomfy.check_budget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF ({}) AND NEW.spent + NEW.reserved > NEW.max_usd THEN RAISE EXCEPTION 'the budget is exceeded'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_budget BEFORE UPDATE ON runcomfy.batches FOR EACH ROW EXECUTE FUNCTION runcomfy.check_budget();
"""
"""Every change of the sums is checked by PostgreSQL itself, and ends the worker that exceeds the budget."""


def start_three(fleet: Fleet) -> None:
    for _ in range(3):
        fleet.start()


def add_workers_of_others(database: str) -> None:
    """Let the ledger have workers that do nothing for this batch: those of other teams."""
    with closing(open_database(database)) as connection:
        for number in range(20):
            run_flow(connection, register(f"other-{number}", host="there", pid=1, version="1", lease=3600))


def test_the_cap_of_submits_is_reached_and_never_exceeded(database: str, tmp_path: Path) -> None:
    limits = BatchLimits(max_concurrent_submits=4)
    with Fleet(database, tmp_path, 24, HELD, limits=limits, save=False, lease=60, hold=True) as fleet:
        add_workers_of_others(database)
        start_three(fleet)
        for _ in range(6):
            fleet.until(lambda: fleet.server.ask("held")["now"] == 4, seconds=30)  # nothing is answered before
            fleet.server.ask("release")
        fleet.finish()
        assert fleet.server.ask("held") == {"now": 0, "most": 4}
        assert fleet.verdict().accepted == 24


def test_each_worker_has_as_many_jobs_in_flight_as_it_may(database: str, tmp_path: Path) -> None:
    with Fleet(database, tmp_path, 45, save=False, lease=60, running=50, stand_still=True) as fleet:
        for _ in range(3):
            fleet.start(in_flight=5)

        def accepted() -> int:
            return len(fleet.server.ask("record")["accepted"])

        for wave in (15, 30, 45):
            fleet.until(lambda: accepted() >= wave)  # noqa: B023  # it is over before the next wave
            fleet.calls(30)  # the jobs are polled, and no worker submits another one
            assert accepted() == wave
            fleet.server.ask("advance 50")
        fleet.finish()
        assert fleet.verdict().open == 0


def test_the_rate_of_submits_is_never_exceeded(database: str, tmp_path: Path) -> None:
    """A submit arrives after its intent, so the n-th cannot arrive before the n-th slot."""
    gap, limits = 0.2, BatchLimits(submits_per_second=5)
    with Fleet(database, tmp_path, 9, save=False, lease=60, limits=limits) as fleet:
        start_three(fleet)
        fleet.finish()
        with fleet.batch() as batch:
            rows = batch._connection.execute("SELECT at FROM runcomfy.events WHERE stage = 'submitting' ORDER BY number")
            intents = [datetime.fromisoformat(at).timestamp() for [at] in rows]
        arrivals = sorted(fleet.server.ask("record")["submitted_at"])
    assert len(intents) == len(arrivals) == 9
    assert min(later - earlier for earlier, later in pairwise(intents)) > gap - 0.002, "the ledger keeps milliseconds"
    assert all(at > intents[0] + number * gap - 0.002 for number, at in enumerate(arrivals))


def test_each_slot_of_the_rate_is_used_once(database: str, tmp_path: Path) -> None:
    """The slots are 1,000 s apart; the test makes the next one begin."""
    begin_slot = "UPDATE runcomfy.batches SET next_submit_at = clock_timestamp(); NOTIFY runcomfy"
    until_next = "SELECT extract(epoch FROM next_submit_at - clock_timestamp()) FROM runcomfy.batches"
    limits = BatchLimits(submits_per_second=0.001)
    with Fleet(database, tmp_path, 6, save=False, lease=60, limits=limits) as fleet, fleet.batch() as batch:

        def accepted() -> int:
            return len(fleet.server.ask("record")["accepted"])

        start_three(fleet)
        for number in range(1, 7):
            fleet.until(lambda: accepted() >= number)  # noqa: B023  # it is over before the next slot
            assert batch.counts.submits_billed == number
            found = batch._connection.execute(until_next).fetchone()
            assert found is not None and 0 < found[0] <= 1000
            batch._connection.execute(begin_slot)
        fleet.finish()
        assert fleet.verdict().accepted == 6


def test_budget_of_submits_pause_new_jobs_and_cancellation_are_exact(database: str, tmp_path: Path) -> None:
    """After each, exactly the submits whose intent was committed before arrive, and no other."""

    def accepted() -> set[str]:
        keys = [key for _id, key in fleet.server.ask("record")["accepted"]]
        assert len(keys) == len(set(keys))
        return set(keys)

    def billed_once_quiet() -> int:
        """How many intents there are, once all of them have arrived."""
        billed = batch.counts.submits_billed
        fleet.until(lambda: not batch.counts[Stage.SUBMITTING])
        assert len(accepted()) == batch.counts.submits_billed == billed
        return billed

    with Fleet(database, tmp_path, 100, SLOW, save=False, lease=60, running=0) as fleet, fleet.batch() as batch:
        batch.set_limits(BatchLimits(max_submits=25), save=False)
        for _ in range(3):
            fleet.start(stay=True)
        fleet.until(lambda: batch.status().state.startswith("halted"))
        assert accepted() == {f"job-{number}" for number in range(25)}

        batch.set_limits(BatchLimits(), save=False)
        fleet.until(lambda: len(accepted()) >= 30)
        assert batch.pause() <= 4
        first = billed_once_quiet()

        added = batch.plan(list(jobs(200))[80:])
        assert (added.new, added.known, added.withdrawn) == (100, 20, 80 - first)
        assert billed_once_quiet() == first, "the workers have heard of new jobs, and the batch is still paused"
        batch.resume()
        fleet.until(lambda: len(accepted()) >= first + 20)
        withdrawn = batch.cancel()
        in_all = billed_once_quiet()
        assert withdrawn == first + 120 - in_all
        assert accepted() == {f"job-{number}" for number in [*range(first), *range(80, 80 + in_all - first)]}
        fleet.until(lambda: batch.counts[Stage.SUCCEEDED] == in_all)
        for worker in fleet.workers:
            worker.terminate()
        fleet.finish()


def affordable(limit: Decimal, estimates: list[Decimal], factor: Decimal) -> int:
    """How many jobs are submitted, in their order, if each costs `factor` times its estimate, and its estimate must be there."""
    spent = Decimal(0)
    for count, estimate in enumerate(estimates):
        if spent + estimate > limit:
            return count
        spent += factor * estimate
    return len(estimates)


@pytest.mark.parametrize("factor", [Decimal(1), Decimal("0.5"), Decimal("1.5")])
def test_a_budget_in_usd_is_exact(factor: Decimal, database: str, tmp_path: Path) -> None:
    """The next job in the order of the list is submitted if and only if its estimate fits into what is left of the budget.

    Reservations and costs are recorded in any order, by three workers. Before the batch halts, all costs are known. So if no
    job costs more than its estimate, which jobs are submitted is certain. If they cost more, it depends on when that is known.
    """
    estimates = list(map(estimate_of, range(40)))
    limit = sum(estimates[:15], Decimal(0))
    usd_per_second = {name: float(usd * factor) for name, usd in USD.items()}
    with Fleet(database, tmp_path, priced(40), SLOW, save=False, lease=60, usd_per_second=usd_per_second) as fleet:
        with fleet.batch() as batch:
            batch.set_limits(BatchLimits(max_usd=limit), save=False)
            batch._connection.execute(GUARD.format("TRUE" if factor <= 1 else "NEW.submits_billed > OLD.submits_billed").encode())
            for _ in range(3):
                fleet.start()
            fleet.finish()
            status = batch.status()
        keys = {key for _id, key in fleet.server.ask("record")["accepted"]}
    count = len(keys)
    assert keys == {f"job-{number}" for number in range(count)}, "the order of the list"
    assert status.spending == Spending(sum(estimates[:count], Decimal(0)) * factor, Decimal(0), 0)
    assert "limit of spending is reached" in status.state
    assert status.spending.spent + estimates[count] > limit, "the next job is not affordable"
    if factor <= 1:
        assert count == affordable(limit, estimates, factor)
    else:
        assert affordable(limit, estimates, factor) <= count <= affordable(limit, estimates, Decimal(1))
    assert factor != 1 or status.spending.spent == limit, "the budget is used to the cent"
