"""The spending of a batch: each submit reserves its estimate; the cost replaces it, or it is released if nothing was billed.

Amounts are Decimal, and text in the ledger. If the cost of an attempt is not known, its estimate counts: it is not documented
whether the API bills failed and cancelled jobs, and an unknown submit may be billed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
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
    """What a batch has spent and reserved, over all runs and attempts.

    Attributes:
        spent: the sum of the known costs in USD.
        reserved: the sum of the estimates of attempts without a known cost, in USD.
        unpriced: the number of attempts with neither cost nor estimate.
    """

    spent: Decimal = _ZERO
    reserved: Decimal = _ZERO
    unpriced: int = 0

    @property
    def committed(self) -> Decimal:
        """The amount in USD that is spent or reserved."""
        return self.spent + self.reserved

    def count(self, estimate: str | None, cost: str | None, sign: int = 1) -> None:
        """Add one attempt, or subtract it if `sign` is -1."""
        if cost is not None:
            self.spent += sign * Decimal(cost)
        elif estimate is not None:
            self.reserved += sign * Decimal(estimate)
        else:
            self.unpriced += sign

    def apply(self, changes: Iterable[tuple[int, str | None, str | None]]) -> None:
        """Apply the changes that `change_spending` has written."""
        for sign, estimate, cost in changes:
            self.count(estimate, cost, sign)


SpendingChange = tuple[int, str | None, str | None]
"""An attempt that was added (1) or removed (-1): sign, estimate and cost."""


def load_spending(database: sqlite3.Connection) -> Spending:
    """Add up all attempts of a ledger."""
    spending = Spending()
    for estimate, cost in database.execute("SELECT estimate, cost FROM attempts"):
        spending.count(estimate, cost)
    return spending


_PUT_ATTEMPT: Final = """
INSERT INTO attempts (key, attempt, estimate, cost) VALUES (:key, :attempt, :estimate, :cost)
ON CONFLICT (key, attempt) DO UPDATE SET estimate = excluded.estimate, cost = excluded.cost
"""
_RECORD_COST: Final = """
UPDATE attempts SET cost = :cost WHERE key = :key AND attempt = :attempt AND cost IS NULL RETURNING estimate
"""
_THIS_ATTEMPT: Final = "FROM attempts WHERE key = :key AND attempt = :attempt"


def change_spending(
    key: str,
    attempt: int,
    *,
    begins: bool,
    not_billed: bool,
    estimate: Decimal | None,
    cost: Decimal | None,
) -> Flow[list[SpendingChange]]:
    """Write the effect of a change of stage on the spending; return the changes, to apply after the commit."""
    this = {"key": key, "attempt": attempt}
    if begins:
        text = None if estimate is None else str(estimate)
        yield _PUT_ATTEMPT, {**this, "estimate": text, "cost": None}
        return [(1, text, None)]
    if cost is not None and not not_billed:
        settled = yield _RECORD_COST, {**this, "cost": str(cost)}
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


def record_cost(key: str, cost: Decimal) -> Flow[list[SpendingChange]]:
    """Write the cost of a job's last attempt that the server reported late; return the changes, to apply after the commit."""
    updated = yield "UPDATE jobs SET cost = :cost WHERE key = :key RETURNING attempt", {"key": key, "cost": str(cost)}
    if not updated:
        return []
    return (yield from change_spending(key, updated[0][0], begins=False, not_billed=False, estimate=None, cost=cost))


def estimate_row(row: Row) -> Estimate:
    """Return the estimated cost of the job of a row."""
    return estimate_inputs(_document(row.model), json.loads(row.body))


def money_refusal(limit: Decimal | None, committed: Decimal, key: str, estimate: Estimate, *, allow_unpriced: bool) -> str | None:
    """Return why a limit of spending does not allow a submit; None if it does. All amounts are in USD."""
    if limit is None:
        return None
    if estimate.usd is None and not allow_unpriced:
        return f"the cost of {key!r} is not known: {estimate.basis}; to submit it, allow jobs without a price"
    if (committed < limit) if estimate.usd is None else (committed + estimate.usd <= limit):
        return None
    need = "" if estimate.usd is None else f", and {key!r} needs {usd_text(estimate.usd)}"
    used = f"{usd_text(committed)} of {usd_text(limit)} USD are spent or reserved{need}"
    return f"the limit of spending is reached: {used}; continue with a higher limit"


def check_priced(rows: Iterable[Row]) -> None:
    """Check that all planned jobs have an estimate, which a limit of spending requires.

    Raises:
        BatchError: a job has none.
    """
    for row in rows:
        estimate = estimate_row(row)
        if estimate.usd is None:
            step = "Allow jobs without a price (--allow-unpriced, `allow_unpriced=True`), or remove the limit. Nothing was sent."
            raise BatchError(f"The cost of {row.key!r} ({row.model}) is not known: {estimate.basis}", next_step=step)


@cache
def _document(model_id: str) -> dict[str, Any]:
    try:
        return document_of(model_id).raw
    except UnknownModel:
        return {}


@dataclass(frozen=True, slots=True)
class ModelMoney:
    """The estimates and costs of one model in a batch.

    Attributes:
        model: the model's id.
        jobs: the number of jobs or attempts.
        estimate: the sum of the known estimates in USD.
        cost: the sum of the known costs in USD.
        no_estimate: the number without an estimate.
        no_cost: the number without a known cost.
    """

    model: str
    jobs: int
    estimate: Decimal
    cost: Decimal
    no_estimate: int
    no_cost: int


def money_by_model(pairs: Iterable[tuple[str, Decimal | None, Decimal | None]]) -> list[ModelMoney]:
    """Add up estimates and costs by model. Each item is the model, the estimate and the cost of one job or attempt."""
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
