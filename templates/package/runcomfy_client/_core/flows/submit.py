"""Submits a job once. A submit is repeated only when it is certain that the API did not accept it."""

from __future__ import annotations

import logging

from runcomfy_client._core.flows.effects import CallerError, Flow, Monotonic, Send, Sleep, WallClock
from runcomfy_client._core.flows.interrupts import attach_jobs
from runcomfy_client._core.flows.options import CallOptions
from runcomfy_client._core.protocol.prepared_request import PreparedRequest
from runcomfy_client._core.protocol.submit_outcome import Accepted, NotSent, Outcome, Refused, Unknown, outcome_of
from runcomfy_client.errors import ConnectionFailed, RunComfyError, SubmitUnknown
from runcomfy_client.orphans import OrphanedJob

_log = logging.getLogger("runcomfy_client")


def submit(prepared: PreparedRequest, options: CallOptions, *, deadline: float | None = None) -> Flow[str]:
    """Submit, and return the request id.

    `deadline`, on the clock of `Monotonic`, limits the pauses between attempts. A call in flight is not abandoned earlier than
    `submit_grace_period` seconds after it, since the response contains the id.
    """
    attempt = 0
    while True:
        attempt += 1
        match (yield from _send(prepared, options, deadline)):
            case Accepted(request_id):
                _log.debug("submit to %s accepted as %s", prepared.model_id, request_id)
                return request_id
            case Refused(error, may_retry=False):
                raise error
            case Refused(error):
                yield from _wait_before_retry(attempt, error, options, deadline)
            case NotSent(reason):
                yield from _wait_before_retry(
                    attempt, ConnectionFailed(f"No connection: {reason}", model_id=prepared.model_id), options, deadline
                )


def _send(prepared: PreparedRequest, options: CallOptions, deadline: float | None) -> Flow[Outcome]:
    """Make the paid call. Raise `SubmitUnknown` with all known details if the outcome is unknown."""
    policy = options.policy
    timeout, limit = options.http_timeout, None
    if deadline is not None:
        left = max(0.0, deadline - (yield Monotonic())) + policy.submit_grace_period
        timeout, limit = min(timeout, left), min(4 * timeout, left)
    time = yield WallClock()

    def unknown(reason: str, status: int | None = None) -> SubmitUnknown:
        return SubmitUnknown(reason, model_id=prepared.model_id, time=time, body_sha256=prepared.body_sha256, http_status=status)

    try:
        response = yield Send(
            "POST", prepared.path, timeout=timeout, body=prepared.body, shield=policy.submit_grace_period, total_timeout=limit
        )
    except (GeneratorExit, CallerError):
        raise
    except BaseException as stop:
        attach_jobs(stop, OrphanedJob(prepared.model_id, unknown=unknown("interrupted while waiting for it")))
        raise
    outcome = outcome_of(response, model_id=prepared.model_id)
    if isinstance(outcome, Unknown):
        raise unknown(outcome.reason, outcome.status)
    return outcome


def _wait_before_retry(attempt: int, error: RunComfyError, options: CallOptions, deadline: float | None) -> Flow[None]:
    """Wait before the next attempt; raise `error` if no further attempt is allowed."""
    policy = options.policy
    now = yield Monotonic()
    asked = error.retry_after
    pause = policy.backoff(attempt) if asked is None else asked
    out_of_time = pause > policy.retry_after_max or (deadline is not None and now + pause > deadline)
    if attempt >= policy.max_attempts or out_of_time or not options.retry_budget.spend(now):
        raise error
    _log.debug("submit not accepted (%s), next try within %.1f s", error.message, pause)
    yield Sleep(pause, spread=1.0 if asked is None else 0.0)
