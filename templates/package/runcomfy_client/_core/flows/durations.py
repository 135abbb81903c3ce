"""Records how long the jobs of each model ran. A client records its own jobs, and loads those in the ledger of a batch."""

from __future__ import annotations

from collections import OrderedDict, deque
from threading import Lock
from typing import Final

from runcomfy_client.policy import is_number

_MAX_MODELS: Final = 500
_MAX_JOBS: Final = 16
_MIN_JOBS: Final = 3
"""The minimum number of jobs for a prediction. The inputs of a model affect the duration, so fewer jobs predict little."""
_MARGIN: Final = 0.4
"""The margin around the recorded durations after one job: 40 %. It decreases with the square root of the number of jobs."""


class Durations:
    """The last durations of each model, in seconds since the job began to run. Thread-safe."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[tuple[float, float]]] = OrderedDict()
        self._lock = Lock()

    def add(self, model_id: str | None, at_least: float, at_most: float) -> None:
        """Record a job that ended between `at_least` and `at_most` seconds after it began to run: the times of two polls."""
        if model_id is None or not 0 <= at_least <= at_most:
            return
        with self._lock:
            self._seen.setdefault(model_id, deque(maxlen=_MAX_JOBS)).append((at_least, at_most))
            self._seen.move_to_end(model_id)
            if len(self._seen) > _MAX_MODELS:
                self._seen.popitem(last=False)

    def expected_range(self, model_id: str | None) -> tuple[float, float] | None:
        """Return the shortest and the longest expected duration of a model; None if too few jobs are recorded."""
        seen = self._recorded(model_id)
        low, high = min((pair[0] for pair in seen), default=0.0), max((pair[1] for pair in seen), default=0.0)
        if len(seen) < _MIN_JOBS or low <= 0:
            return None
        margin = 1 + _MARGIN / len(seen) ** 0.5
        return low / margin, high * margin

    def median(self, model_id: str | None) -> float | None:
        """Return the median duration of a model; None if too few jobs are recorded."""
        seen = sorted(self._recorded(model_id), key=sum)
        return sum(seen[len(seen) // 2]) / 2 if len(seen) >= _MIN_JOBS else None

    def dump(self) -> dict[str, list[tuple[float, float]]]:
        """Return all recorded durations in a form for JSON."""
        with self._lock:
            return {model_id: list(seen) for model_id, seen in self._seen.items()}

    def load(self, dumped: object) -> None:
        """Record what `dump` returned. Entries of any other form are ignored."""
        for model_id, seen in dumped.items() if isinstance(dumped, dict) else ():
            for pair in seen if isinstance(seen, list) else ():
                if isinstance(pair, list) and len(pair) == 2 and all(is_number(number) for number in pair):
                    self.add(str(model_id), *pair)

    def _recorded(self, model_id: str | None) -> tuple[tuple[float, float], ...]:
        with self._lock:
            return tuple(self._seen.get(model_id, ())) if model_id is not None else ()
