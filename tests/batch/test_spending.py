"""Limits of money: reserved before each submit, replaced by the cost, kept over restarts; and estimates from past costs."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runcomfy_client import RawRequest
from runcomfy_client.batch import Batch, BatchError, BatchJob, BatchLimits, Stage, read_ledger
from runcomfy_client.batch.records import TABLES
from runcomfy_client.batch.spending import Spending, load_spending, money_by_model
from runcomfy_client.catalog import all_documents
from runcomfy_client.simulator import Drop, Fault, JobFails, Reply, Simulator, WithholdCost

from tests.batch.harness import run, stages

MODEL = "bytedance/seedance-2.5/image-to-video/480p"
INPUTS: dict[str, Any] = {"prompt": "x", "image": "https://example.com/a.png"}
EACH = Decimal("0.85")
"""The estimate of a job of 5 seconds."""


def priced(count: int, **inputs: Any) -> list[BatchJob]:
    return [BatchJob(RawRequest(model=MODEL, inputs={**INPUTS, **inputs}), key=f"job-{number}") for number in range(count)]


def unpriced() -> list[BatchJob]:
    return [
        BatchJob(
            RawRequest(
                model="kling/kling-3.0/standard/image-to-video", inputs={"prompt": "x", "start_image_url": "https://a.b/c.png"}
            ),
            key="kling",
        )
    ]


def spending(out: Path) -> Spending:
    with read_ledger(out) as ledger:
        return ledger.spending


def billing(*faults: Fault, price_usd: float = 0.85) -> Simulator:
    """Return a simulator that bills each job the same, whatever the client's price table says."""
    documents = [{**document.raw, "price_table": None} for document in all_documents()]
    return Simulator(documents, seconds_in_queue=0, seconds_running=0, faults=faults, price_usd=price_usd)


def test_a_limit_stops_before_it_is_exceeded_and_can_be_raised(tmp_path: Path) -> None:
    simulator = billing()
    report = run(simulator, tmp_path, priced(5), max_usd=Decimal("2.6"))
    assert len(simulator.accepted) == 3
    assert report.halted and "2.55 of 2.6 USD are spent or reserved" in report.halted
    run(simulator, tmp_path, priced(5), max_usd=Decimal("2.6"))
    assert len(simulator.accepted) == 3
    run(simulator, tmp_path, priced(5), max_usd=Decimal("4.25"))
    assert len(simulator.accepted) == 5
    assert spending(tmp_path) == Spending(Decimal("4.25"), Decimal(0), 0)


def test_a_lower_cost_frees_what_was_reserved(tmp_path: Path) -> None:
    simulator = billing(price_usd=0.1)
    run(simulator, tmp_path, priced(5), max_usd=Decimal("1.3"))
    assert len(simulator.accepted) == 5
    assert spending(tmp_path) == Spending(Decimal("0.5"), Decimal(0), 0)


def test_a_higher_cost_counts_in_full(tmp_path: Path) -> None:
    simulator = billing(price_usd=2)
    run(simulator, tmp_path, priced(5), max_usd=Decimal("2.7"), max_concurrent_submits=1, max_in_flight=1)
    assert len(simulator.accepted) == 1


def test_refused_submits_are_released_failed_and_unknown_ones_stay_reserved(tmp_path: Path) -> None:
    faults = [Fault("submit", Reply(422)), Fault("submit", Drop(accepted=True), after=1), Fault("submit", JobFails(), after=2)]
    run(billing(*faults), tmp_path, priced(3), max_usd=Decimal(10), max_concurrent_submits=1)
    assert sorted(stages(tmp_path).values()) == [Stage.FAILED, Stage.REFUSED, Stage.UNKNOWN]
    assert spending(tmp_path) == Spending(Decimal(0), 2 * EACH, 0)
    with Batch(tmp_path) as batch:
        unknown = next(key for key, stage in stages(tmp_path).items() if stage is Stage.UNKNOWN)
        batch.resolve(unknown, requeue=True)
        assert batch.ledger.spending.reserved == EACH
        batch.retry([Stage.FAILED])
        assert batch.ledger.spending.reserved == EACH  # the failed attempt may have been billed, whatever comes of the next


def test_jobs_without_an_estimate_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    simulator = billing()
    with pytest.raises(BatchError, match=r"'kling'.*is not known") as raised:
        run(simulator, tmp_path, [*priced(2), *unpriced()], max_usd=Decimal(10))
    assert "--allow-unpriced" in raised.value.next_step
    assert not simulator.accepted
    run(simulator, tmp_path, [*priced(2), *unpriced()], max_usd=Decimal(10), allow_unpriced=True)
    assert len(simulator.accepted) == 3


def test_a_late_cost_is_recorded(tmp_path: Path) -> None:
    run(billing(Fault("result", WithholdCost(), times=2)), tmp_path, priced(1))
    with read_ledger(tmp_path) as ledger:
        costs = [row.cost for row in ledger.rows()]
    assert costs in ([None], ["0.85"])  # the second answer may be withheld too
    run(billing(Fault("result", WithholdCost(), times=1)), tmp_path / "other", priced(1))
    assert spending(tmp_path / "other") == Spending(EACH, Decimal(0), 0)


def test_estimates_learn_from_a_ledger(tmp_path: Path) -> None:
    run(billing(price_usd=0.33), tmp_path, priced(3))
    request = RawRequest(model=MODEL, inputs={**INPUTS, "prompt": "other", "duration": 5})
    past = request.estimate(ledger=tmp_path).past
    assert str(past) == "the last 3 such jobs cost 0.33 USD each"
    assert RawRequest(model=MODEL, inputs={**INPUTS, "duration": 9}).estimate(ledger=tmp_path).past is None
    with read_ledger(tmp_path) as ledger:
        [one] = money_by_model(ledger.attempts())
    assert (one.jobs, one.estimate, one.cost) == (3, 3 * EACH, Decimal("0.99"))
    with pytest.raises(BatchError):
        request.estimate(ledger=tmp_path / "nothing")


def test_amounts_are_text_in_the_ledger(tmp_path: Path) -> None:
    run(billing(), tmp_path, priced(1))
    with sqlite3.connect(tmp_path / "batch.sqlite3") as database:
        kinds = database.execute(
            "SELECT typeof(attempts.cost), typeof(estimate), typeof(jobs.cost) FROM attempts JOIN jobs USING (key)"
        )
        assert kinds.fetchall() == [("text", "text", "text")]
    database.close()


def test_a_ledger_of_version_1_is_upgraded(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "batch.sqlite3") as database:
        database.executescript(
            TABLES.replace("cost TEXT,\n    changed_at", "cost REAL,\n    changed_at").partition(
                "CREATE TABLE IF NOT EXISTS attempts"
            )[0]
        )
        database.execute("INSERT INTO about VALUES ('version', '1')")
        row = ("a", 0, MODEL, "{}", "x", "downloaded", 1, "r-1", None, None, 0.35, "2026-11-25")
        database.execute(
            "INSERT INTO jobs (key, position, model, body, body_sha256, stage, attempt, request_id, error, "
            f"output, cost, changed_at) VALUES ({', '.join('?' * 12)})",
            row,
        )
    database.close()
    with Batch(tmp_path) as batch:
        assert batch.ledger.spending.spent == Decimal("0.35")
        found = batch.ledger.row("a")
        assert found is not None and found.cost == "0.35"


@pytest.mark.parametrize("limit", [Decimal(-1), Decimal("NaN"), Decimal("Infinity"), 1.5])
def test_a_limit_is_an_amount(limit: Any) -> None:
    with pytest.raises(ValueError, match="max_usd"):
        BatchLimits(max_usd=limit)


@settings(max_examples=15, deadline=None)
@given(
    limit=st.decimals("0", "6", places=2),
    price=st.sampled_from([0.1, 0.85]),
    faults=st.lists(
        st.tuples(st.sampled_from([Reply(422), Drop(accepted=True), Reply(503), JobFails()]), st.integers(0, 5)), max_size=3
    ),
    runs=st.integers(1, 3),
)
def test_no_limit_is_ever_exceeded_over_restarts(
    limit: Decimal, price: float, faults: list[tuple[Any, int]], runs: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("batch")
    simulator = billing(*(Fault("submit", effect, after=after) for effect, after in faults), price_usd=price)
    for _ in range(runs):
        run(simulator, out, priced(6), max_usd=limit)
        with Batch(out) as batch:
            assert batch.ledger.spending.committed <= limit
            assert batch.ledger.spending == load_spending(batch.ledger._database)
    assert Decimal(str(price)) * len(simulator.accepted) <= limit
