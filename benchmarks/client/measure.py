"""CPU and wall time of things done again and again, taken in turns so that a slow moment of the machine hits all alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median


def cpu(contenders: Mapping[str, Callable[[], object]], *, calls: int, rounds: int) -> dict[str, float]:
    """Return the seconds of CPU that one call of each costs: the median over rounds, after one that is not counted."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, call in contenders.items():
            gc.collect()
            before = time.process_time()
            for _ in range(calls):
                call()
            if number:
                found[name].append((time.process_time() - before) / calls)
    return {name: median(times) for name, times in found.items()}


def wall(contenders: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """Return the seconds that one call of each takes: the median over rounds, after one that is not counted."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, call in contenders.items():
            before = time.perf_counter()
            call()
            if number:
                found[name].append(time.perf_counter() - before)
    return {name: median(times) for name, times in found.items()}
