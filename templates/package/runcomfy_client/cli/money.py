"""Money at the terminal: limits, what a batch has spent, and estimates against costs."""

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
    """Make sure that one job stays within `--max-usd`.

    Raises:
        ConfigurationError: its estimate is higher, or not known.
    """
    estimate = request.estimate()
    if estimate.usd is None:
        if allow_unpriced:
            return
        step = "Add --allow-unpriced to submit it anyway, or leave out --max-usd. Nothing was sent."
        raise ConfigurationError(f"What this job will cost is not known: {estimate.basis}", next_step=step)
    if estimate.usd > limit:
        message = f"This job will cost about {usd_text(estimate.usd)} USD ({estimate.basis}), more than --max-usd {usd_text(limit)}"
        raise ConfigurationError(message, next_step="Change the inputs, or allow more. Nothing was sent.")


def money_text(spending: Spending, limit: Decimal | None) -> str:
    """Say what a batch has spent and reserved, and what is left of its limit."""
    parts = [f"{usd_text(spending.spent)} USD spent", f"{usd_text(spending.reserved)} reserved"]
    if limit is not None:
        parts.append(f"{usd_text(limit - spending.committed)} left of {usd_text(limit)}")
    if spending.unpriced:
        parts.append(f"{spending.unpriced:,} without a known price")
    return ", ".join(parts)


def money_json(spending: Spending, limit: Decimal | None) -> dict[str, Any]:
    """Return the same as JSON; amounts in USD are texts, so that no digit is lost."""
    left = {} if limit is None else {"limit": usd_text(limit), "left": usd_text(limit - spending.committed)}
    return {"spent": usd_text(spending.spent), "reserved": usd_text(spending.reserved), "unpriced": spending.unpriced, **left}


def check_lines(models: Sequence[ModelMoney]) -> list[str]:
    """Say what the jobs of a batch will cost, model by model, and in all."""
    lines = [f"{escape_control_chars(one.model)}: {one.jobs:,} x, {_estimate_words(one)}" for one in models]
    if len(models) > 1:
        jobs, unpriced = sum(one.jobs for one in models), sum(one.no_estimate for one in models)
        from runcomfy_client.batch.spending import ModelMoney

        total = ModelMoney("", jobs, sum((one.estimate for one in models), Decimal(0)), Decimal(0), unpriced, jobs)
        lines.append(f"in all: {_estimate_words(total)}")
    return lines


def _estimate_words(one: ModelMoney) -> str:
    if one.no_estimate == one.jobs:
        return "price not known"
    rest = f", {one.no_estimate:,} without a known price" if one.no_estimate else ""
    return f"about {usd_text(one.estimate)} USD{rest}"


def check_json(models: Sequence[ModelMoney]) -> dict[str, Any]:
    """Return the same as JSON."""
    return {
        "estimate_usd": usd_text(sum((one.estimate for one in models), Decimal(0))),
        "unpriced": sum(one.no_estimate for one in models),
        "models": [
            {"model": one.model, "jobs": one.jobs, "estimate_usd": usd_text(one.estimate), "unpriced": one.no_estimate}
            for one in models
        ],
    }


def report_lines(models: Sequence[ModelMoney]) -> list[str]:
    """Compare estimates with costs, model by model."""
    return [
        f"{escape_control_chars(one.model)}: {one.jobs:,} submitted, estimate {usd_text(one.estimate)} USD "
        f"({one.no_estimate:,} unknown), "
        f"cost {usd_text(one.cost)} USD ({one.no_cost:,} unknown)"
        for one in models
    ] or ["nothing was submitted"]


def report_json(models: Sequence[ModelMoney]) -> list[dict[str, Any]]:
    """Return the same as JSON."""
    return [
        {
            "model": one.model,
            "submitted": one.jobs,
            "estimate_usd": usd_text(one.estimate),
            "no_estimate": one.no_estimate,
            "cost_usd": usd_text(one.cost),
            "no_cost": one.no_cost,
        }
        for one in models
    ]
