"""How long the jobs of each model ran, as far as a client has seen. It learns this by itself, and from the ledger of a batch."""

from __future__ import annotations

from collections import OrderedDict, deque
from threading import Lock
from typing import Final

from runcomfy_client.policy import is_number

_MAX_MODELS: Final = 500
_MAX_JOBS: Final = 16
_MIN_JOBS: Final = 3
"""Fewer say little about the next one: the inputs of a model decide how long it takes."""
_MARGIN: Final = 0.4
"""How far beyond what was seen a job is expected, after the first: 40 %. It shrinks with the root of their number."""


class Durations:
    """The last durations of each model, in seconds from when a job began to run. Safe to share between threads."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[tuple[float, float]]] = OrderedDict()
        self._lock = Lock()

    def add(self, model_id: str | None, at_least: float, at_most: float) -> None:
        """Record a job that ended between two polls, so many seconds after it began to run."""
        if model_id is None or not 0 <= at_least <= at_most:
            return
        with self._lock:
            self._seen.setdefault(model_id, deque(maxlen=_MAX_JOBS)).append((at_least, at_most))
            self._seen.move_to_end(model_id)
            if len(self._seen) > _MAX_MODELS:
                self._seen.popitem(last=False)

    def usual(self, model_id: str | None) -> tuple[float, float] | None:
        """Return the shortest and the longest duration to be expected of a model; None if too little is known."""
        seen = self._of(model_id)
        low, high = min((one[0] for one in seen), default=0.0), max((one[1] for one in seen), default=0.0)
        if len(seen) < _MIN_JOBS or low <= 0:
            return None
        margin = 1 + _MARGIN / len(seen) ** 0.5
        return low / margin, high * margin

    def typical(self, model_id: str | None) -> float | None:
        """Return the median duration of a model; None if too little is known."""
        seen = sorted(self._of(model_id), key=sum)
        return sum(seen[len(seen) // 2]) / 2 if len(seen) >= _MIN_JOBS else None

    def dump(self) -> dict[str, list[tuple[float, float]]]:
        """Return everything, for a file."""
        with self._lock:
            return {model_id: list(seen) for model_id, seen in self._seen.items()}

    def load(self, dumped: object) -> None:
        """Record what `dump` returned; whatever has another form is ignored."""
        for model_id, seen in dumped.items() if isinstance(dumped, dict) else ():
            for one in seen if isinstance(seen, list) else ():
                if isinstance(one, list) and len(one) == 2 and all(is_number(number) for number in one):
                    self.add(str(model_id), *one)

    def _of(self, model_id: str | None) -> tuple[tuple[float, float], ...]:
        with self._lock:
            return tuple(self._seen.get(model_id, ())) if model_id is not None else ()
