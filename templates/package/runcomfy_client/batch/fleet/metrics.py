"""Metrics of a worker through OpenTelemetry, if it is installed; otherwise nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from runcomfy_client.batch.states import Counts, Stage


class Metrics:
    """The instruments of one worker, on the meter `runcomfy_client`.

    `runcomfy.batch.submits` counts submits by `batch` and `outcome` (`submitted`, `planned`, `refused`, `unknown`).
    `runcomfy.batch.jobs` is the number of jobs by `batch` and `stage`, `runcomfy.batch.spent` the spending by `batch` in USD, and
    `runcomfy.batch.workers` the number of living workers, each as last read by this worker.
    """

    def __init__(self) -> None:
        self.counts: dict[str, Counts] = {}
        self.spent: dict[str, float] = {}
        self.workers = 0
        try:
            from opentelemetry import metrics
        except ImportError:
            self._submits: Any = None
            return
        meter = metrics.get_meter("runcomfy_client")
        self._submits = meter.create_counter("runcomfy.batch.submits", description="Submits by their outcome")
        observation = metrics.Observation

        def gauge(name: str, description: str, values: Callable[[], Iterable[tuple[float, dict[str, str]]]]) -> None:
            def observe(_options: Any) -> Iterable[Any]:
                return [observation(value, attributes) for value, attributes in values()]

            meter.create_observable_gauge(name, callbacks=[observe], description=description)

        gauge("runcomfy.batch.jobs", "Jobs by stage", self._jobs)
        gauge("runcomfy.batch.spent", "USD spent or reserved", self._money)
        gauge("runcomfy.batch.workers", "Living workers", lambda: [(self.workers, {})])

    @property
    def is_on(self) -> bool:
        """Whether OpenTelemetry is installed."""
        return self._submits is not None

    def submit(self, batch: str, outcome: Stage) -> None:
        """Count a submit."""
        if self._submits is not None:
            self._submits.add(1, {"batch": batch, "outcome": outcome.value})

    def _jobs(self) -> Iterable[tuple[float, dict[str, str]]]:
        for batch, counts in list(self.counts.items()):
            for stage in Stage:
                yield counts[stage], {"batch": batch, "stage": stage.value}

    def _money(self) -> Iterable[tuple[float, dict[str, str]]]:
        for batch, usd in list(self.spent.items()):
            yield usd, {"batch": batch}
