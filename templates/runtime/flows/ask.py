"""One question about a job, asked a few times at most: its status now, or to cancel it."""

from __future__ import annotations

from typing import Any

from runcomfy_client.protocol.answers import State, Status, read_cancel
from runcomfy_client.flows.effects import Flow, Now, Send, Sleep
from runcomfy_client.errors import RunComfyError
from runcomfy_client.protocol.origin import request_path
from runcomfy_client.protocol.readings import Trouble, reading_of
from runcomfy_client.flows.terms import Terms
from runcomfy_client.flows.wait import Watch


def ask(job: Watch, send: Send, terms: Terms) -> Flow[dict[str, Any]]:
    """Make a call that is safe to make again, until it is answered or the tries are used up; then the last error is raised."""
    policy = terms.policy
    attempt = 0
    while True:
        attempt += 1
        reading = reading_of((yield send), request_id=job.request_id, model_id=job.model_id)
        if not isinstance(reading, Trouble):
            return reading
        pause = reading.error.retry_after
        hopeless = not (reading.passing or (reading.missing and job.fresh)) or (pause or 0.0) > policy.longest_retry_after
        if hopeless or attempt >= policy.tries:
            raise reading.error
        yield Sleep(policy.backoff(attempt), spread=1.0) if pause is None else Sleep(pause)


def ask_status(job: Watch, terms: Terms) -> Flow[Status]:
    """Return the job's status as it is now."""
    body = yield from ask(job, Send("GET", request_path(job.request_id, "status"), timeout=terms.timeout), terms)
    now = yield Now()
    if job.started is None:
        job.started = now
    return job.see(body, now)


def cancel(job: Watch, terms: Terms) -> Flow[bool]:
    """Cancel the job, and return whether it is cancelled: only a queued job can be.

    Asking twice does no harm; but when the first answer was lost, the second may say that there is nothing to cancel any more.
    So a refusal is checked against the status.
    """
    body = yield from ask(job, Send("POST", request_path(job.request_id, "cancel"), timeout=terms.timeout), terms)
    if read_cancel(body):
        return True
    try:
        return (yield from ask_status(job, terms)).state is State.CANCELLED
    except RunComfyError:
        return False
