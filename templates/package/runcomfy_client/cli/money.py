"""Amounts of money in the output: limits, the spending of a batch, and estimates compared with costs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from runcomfy_client._core.plain_text import escape_control_chars
from runcomfy_client.errors import ConfigurationError
from runcomfy_client.prices import usd_text

if TYPE_CHECKING:
    from runcomfy_client.batch.spending import ModelMoney, Spending
    from runcomfy_client.requests import Request


def check_limit(request: Request[Any], limit: Decimal, *, allow_unpriced: bool) -> None:
    """Check that one job stays within `--max-usd`.

    Raises:
        ConfigurationError: the estimate is higher than `limit`, or is not known.
    """
    estimate = request.estimate()
    if estimate.usd is None:
        if allow_unpriced:
            return
        step = "Add --allow-unpriced to submit it anyway, or remove --max-usd. Nothing was sent."
        raise ConfigurationError(f"The cost of this job is not known: {estimate.basis}", next_step=step)
    if estimate.usd > limit:
        message = f"This job will cost about {usd_text(estimate.usd)} USD ({estimate.basis}), more than --max-usd {usd_text(limit)}"
        raise ConfigurationError(message, next_step="Change the inputs, or raise --max-usd. Nothing was sent.")


def money_text(spending: Spending, limit: Decimal | None) -> str:
    """Return the amounts that a batch has spent and reserved, and the rest of its limit, as text."""
    parts = [f"{usd_text(spending.spent)} USD spent", f"{usd_text(spending.reserved)} reserved"]
    if limit is not None:
        parts.append(f"{usd_text(limit - spending.committed)} left of {usd_text(limit)}")
    if spending.unpriced:
        parts.append(f"{spending.unpriced:,} without a known price")
    return ", ".join(parts)


def money_json(spending: Spending, limit: Decimal | None) -> dict[str, Any]:
    """Return the same as JSON; amounts in USD are strings, so that they stay exact."""
    left = {} if limit is None else {"limit": usd_text(limit), "left": usd_text(limit - spending.committed)}
    return {"spent": usd_text(spending.spent), "reserved": usd_text(spending.reserved), "unpriced": spending.unpriced, **left}


def check_lines(models: Sequence[ModelMoney]) -> list[str]:
    """Return the estimated cost of the jobs of a batch, by model and in total, as lines of text."""
    lines = [f"{escape_control_chars(item.model)}: {item.jobs:,} x, {_estimate_text(item)}" for item in models]
    if len(models) > 1:
        jobs, unpriced = sum(item.jobs for item in models), sum(item.no_estimate for item in models)
        from runcomfy_client.batch.spending import ModelMoney

        total = ModelMoney("", jobs, sum((item.estimate for item in models), Decimal(0)), Decimal(0), unpriced, jobs)
        lines.append(f"total: {_estimate_text(total)}")
    return lines


def _estimate_text(item: ModelMoney) -> str:
    if item.no_estimate == item.jobs:
        return "price not known"
    rest = f", {item.no_estimate:,} without a known price" if item.no_estimate else ""
    return f"about {usd_text(item.estimate)} USD{rest}"


def check_json(models: Sequence[ModelMoney]) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "estimate_usd": usd_text(sum((item.estimate for item in models), Decimal(0))),
        "unpriced": sum(item.no_estimate for item in models),
        "models": [
            {"model": item.model, "jobs": item.jobs, "estimate_usd": usd_text(item.estimate), "unpriced": item.no_estimate}
            for item in models
        ],
    }


def report_lines(models: Sequence[ModelMoney]) -> list[str]:
    """Return the estimates and costs by model, as lines of text."""
    return [
        f"{escape_control_chars(item.model)}: {item.jobs:,} submitted, estimate {usd_text(item.estimate)} USD "
        f"({item.no_estimate:,} unknown), "
        f"cost {usd_text(item.cost)} USD ({item.no_cost:,} unknown)"
        for item in models
    ] or ["nothing was submitted"]


def report_json(models: Sequence[ModelMoney]) -> list[dict[str, Any]]:
    """Return the same as JSON."""
    return [
        {
            "model": item.model,
            "submitted": item.jobs,
            "estimate_usd": usd_text(item.estimate),
            "no_estimate": item.no_estimate,
            "cost_usd": usd_text(item.cost),
            "no_cost": item.no_cost,
        }
        for item in models
    ]
