"""The money of a batch: reserved before each submit, settled by the cost, released when a submit was not billed.

Amounts are Decimal, and text in the ledger. An attempt whose cost is not known counts as its estimate: what the API bills for
failed and cancelled jobs is not documented, and an unknown submit may be billed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from runcomfy_client.batch.errors import BatchError
from runcomfy_client.batch.records import Row
from runcomfy_client.batch.sql import Flow
from runcomfy_client.catalog import document_of
from runcomfy_client.errors import UnknownModel
from runcomfy_client.prices import Estimate, estimate_inputs, usd_text

_ZERO: Final = Decimal(0)


@dataclass(slots=True)
class Spending:
    """What a batch has spent and reserved so far, over all runs and attempts.

    Attributes:
        spent: the sum of the known costs, in USD.
        reserved: the sum of the estimates of attempts whose cost is not known, in USD.
        unpriced: attempts with neither cost nor estimate: what they cost is not known.
    """

    spent: Decimal = _ZERO
    reserved: Decimal = _ZERO
    unpriced: int = 0

    @property
    def committed(self) -> Decimal:
        """What is spent or reserved, in USD."""
        return self.spent + self.reserved

    def count(self, estimate: str | None, cost: str | None, sign: int = 1) -> None:
        """Add one attempt, or take it away where `sign` is -1."""
        if cost is not None:
            self.spent += sign * Decimal(cost)
        elif estimate is not None:
            self.reserved += sign * Decimal(estimate)
        else:
            self.unpriced += sign

    def apply(self, changes: Iterable[tuple[int, str | None, str | None]]) -> None:
        """Count what `change_spending` has written."""
        for sign, estimate, cost in changes:
            self.count(estimate, cost, sign)


SpendingChange = tuple[int, str | None, str | None]
"""An attempt that was added (1) or taken away (-1): sign, estimate and cost."""


def load_spending(database: sqlite3.Connection) -> Spending:
    """Add up all attempts of a ledger."""
    spending = Spending()
    for estimate, cost in database.execute("SELECT estimate, cost FROM attempts"):
        spending.count(estimate, cost)
    return spending


_PUT_ATTEMPT: Final = """
INSERT INTO attempts ({batch}key, attempt, estimate, cost) VALUES ({batch_value}:key, :attempt, :estimate, :cost)
ON CONFLICT ({batch}key, attempt) DO UPDATE SET estimate = excluded.estimate, cost = excluded.cost
"""
_SETTLE_ATTEMPT: Final = """
UPDATE attempts SET cost = :cost WHERE {in_batch}key = :key AND attempt = :attempt AND cost IS NULL RETURNING estimate
"""
_THIS_ATTEMPT: Final = "FROM attempts WHERE {in_batch}key = :key AND attempt = :attempt"


def change_spending(
    job: Mapping[str, object],
    attempt: int,
    *,
    begins: bool,
    not_billed: bool,
    estimate: Decimal | None,
    cost: Decimal | None,
) -> Flow[list[SpendingChange]]:
    """Write what a change of stage means for the money, inside the commit of that change; return it to be counted after it.

    `job` names it: its `key`, and its `batch` in a ledger of several.
    """
    this = {**job, "attempt": attempt}
    if begins:
        text = None if estimate is None else str(estimate)
        yield _PUT_ATTEMPT, {**this, "estimate": text, "cost": None}
        return [(1, text, None)]
    if cost is not None and not not_billed:
        settled = yield _SETTLE_ATTEMPT, {**this, "cost": str(cost)}
        if settled:
            return [(-1, settled[0][0], None), (1, settled[0][0], str(cost))]
    if not (not_billed or cost is not None):
        return []
    known = yield f"SELECT estimate, cost {_THIS_ATTEMPT}", this
    changes: list[SpendingChange] = [(-1, known[0][0], known[0][1])] if known else []
    if not_billed:
        yield f"DELETE {_THIS_ATTEMPT}", this
        return changes
    before = known[0][0] if known else None
    yield _PUT_ATTEMPT, {**this, "estimate": before, "cost": str(cost)}
    return [*changes, (1, before, str(cost))]


def settle_cost(job: Mapping[str, object], cost: Decimal) -> Flow[list[SpendingChange]]:
    """Write the cost of a job's last attempt that the server told late; return it to be counted after the commit."""
    found = yield "UPDATE jobs SET cost = :cost WHERE {in_batch}key = :key RETURNING attempt", {**job, "cost": str(cost)}
    if not found:
        return []
    return (yield from change_spending(job, found[0][0], begins=False, not_billed=False, estimate=None, cost=cost))


def estimate_row(row: Row) -> Estimate:
    """Return what the job of a row will cost."""
    return estimate_inputs(_document(row.model), json.loads(row.body))


def money_refusal(limit: Decimal | None, committed: Decimal, key: str, estimate: Estimate, *, allow_unpriced: bool) -> str | None:
    """Return why a limit of money does not allow a submit; None when it does. All amounts are in USD."""
    if limit is None:
        return None
    if estimate.usd is None and not allow_unpriced:
        return f"what {key!r} will cost is not known: {estimate.basis}; allow jobs without a price to submit it"
    if (committed < limit) if estimate.usd is None else (committed + estimate.usd <= limit):
        return None
    need = "" if estimate.usd is None else f", and {key!r} needs {usd_text(estimate.usd)}"
    used = f"{usd_text(committed)} of {usd_text(limit)} USD are spent or reserved{need}"
    return f"the limit of money is reached: {used}; go on with a higher one"


def check_priced(rows: Iterable[Row]) -> None:
    """Make sure that the estimate of every planned job is known, under a limit of money.

    Raises:
        BatchError: that of some job is not.
    """
    for row in rows:
        estimate = estimate_row(row)
        if estimate.usd is None:
            step = "Allow jobs without a price (--allow-unpriced, `allow_unpriced=True`), or drop the limit. Nothing was sent."
            raise BatchError(f"What {row.key!r} ({row.model}) will cost is not known: {estimate.basis}", next_step=step)


@cache
def _document(model_id: str) -> dict[str, Any]:
    try:
        return document_of(model_id).raw
    except UnknownModel:
        return {}


@dataclass(frozen=True, slots=True)
class ModelMoney:
    """The money of one model in a batch.

    Attributes:
        model: the model's id.
        jobs: how many jobs are counted.
        estimate: the sum of the known estimates, in USD.
        cost: the sum of the known costs, in USD.
        no_estimate: jobs without an estimate.
        no_cost: jobs whose cost is not known.
    """

    model: str
    jobs: int
    estimate: Decimal
    cost: Decimal
    no_estimate: int
    no_cost: int


def money_by_model(pairs: Iterable[tuple[str, Decimal | None, Decimal | None]]) -> list[ModelMoney]:
    """Add up estimates and costs by model; each pair is a model with the estimate and the cost of one job or attempt."""
    sums: dict[str, ModelMoney] = {}
    for model, estimate, cost in pairs:
        old = sums.get(model, ModelMoney(model, 0, _ZERO, _ZERO, 0, 0))
        sums[model] = ModelMoney(
            model,
            old.jobs + 1,
            old.estimate + (estimate or _ZERO),
            old.cost + (cost or _ZERO),
            old.no_estimate + (estimate is None),
            old.no_cost + (cost is None),
        )
    return [sums[model] for model in sorted(sums)]
