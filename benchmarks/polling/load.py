"""Thousands of jobs of one client, on virtual time: the flows of the client, without network and clock."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from heapq import heappop, heappush
from statistics import mean
from typing import Any, Final

from runcomfy_client import Policy
from runcomfy_client._core.flows.effects import Monotonic, Send, Sleep
from runcomfy_client._core.flows.limits import RateLimiter, RetryBudget
from runcomfy_client._core.flows.options import CallOptions
from runcomfy_client._core.flows.polling import JobState
from runcomfy_client._core.flows.run import resume
from runcomfy_client._core.protocol.response import Response

MODELS: Final[Mapping[str, float]] = {"five": 5.0, "twenty": 20.0, "minute": 60.0, "three": 180.0, "ten": 600.0}
"""How many seconds the jobs of each model take, more or less a fifth."""
IN_TURN: Final = Policy(poll_initial=0, poll_multiplier=1)
"""All jobs are polled one after the other, all the time."""
_SPREAD: Final = 0.2


def client_options(policy: Policy, *, known: bool = False) -> CallOptions:
    """Return the options of a client; `known`: it has seen jobs of all models before."""
    options = CallOptions(policy, 60.0, False, True, RetryBudget(policy), RateLimiter(policy))
    for model_id, seconds in MODELS.items() if known else ():
        for number in range(16):
            duration = seconds * (1 - _SPREAD + 2 * _SPREAD * number / 15)
            options.durations.add(model_id, duration, duration)
    return options


def delays(options: CallOptions, *, jobs: int, submits_per_second: float) -> tuple[float, float]:
    """Wait for jobs of all models at once; return how long after their ends they are found, on average and at worst, in seconds."""
    draw, model_ids = random.Random(1), list(MODELS)
    flows, ends, waiting, found = [], list[float](), list[tuple[float, int, Any]](), list[float]()
    for number in range(jobs):
        model_id, start = draw.choice(model_ids), number / submits_per_second
        flows.append(resume(JobState(f"r-{number}", model_id, started=start), options, timeout=None))
        ends.append(start + MODELS[model_id] * draw.uniform(1 - _SPREAD, 1 + _SPREAD))
        heappush(waiting, (start, number, None))
    while waiting:
        now, number, told = heappop(waiting)
        try:
            while not isinstance(effect := flows[number].send(told), Sleep):
                told = now if isinstance(effect, Monotonic) else None
                if isinstance(effect, Send) and effect.path.endswith("result"):
                    found.append(now - ends[number])
                    told = _response("succeeded")
                elif isinstance(effect, Send):
                    told = _response("completed" if now >= ends[number] else "in_progress")
        except StopIteration:
            continue
        heappush(waiting, (now + effect.seconds, number, None))
    assert len(found) == jobs
    return mean(found), max(found)


def _response(word: str) -> Response:
    return Response(200, {}, json.dumps({"status": word}).encode())
